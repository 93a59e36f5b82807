//! To whom a customer can be registered.

use rstest::rstest;
use uuid::Uuid;
use vocab::{PartnerId, PartnerType};

use super::super::PartnerDraft;
use super::super::tests::{a_customer, a_partner, words};
use super::*;

#[rstest]
#[case::par_2_by_a_direct_partner(PartnerType::DirectBill, Cloud::Commercial, None)]
#[case::par_2_by_a_provider(PartnerType::IndirectProvider, Cloud::Commercial, None)]
#[case::par_1_not_by_a_reseller(
    PartnerType::IndirectReseller,
    Cloud::Commercial,
    Some("CONTACT_INDIRECT_PROVIDER")
)]
#[case::par_13_not_across_clouds(
    PartnerType::DirectBill,
    Cloud::UsGovernment,
    Some("CLOUD_MISMATCH")
)]
fn who_registers_a_customer(
    #[case] kind: PartnerType,
    #[case] cloud: Cloud,
    #[case] expected: Option<&str>,
) {
    let provider =
        (kind == PartnerType::IndirectReseller).then_some(PartnerId(Uuid::from_u128(0xbbbb)));
    let facts = PartnerDraft { kind, cloud, provider, ..a_partner().facts };
    let partner = Partner { facts, ..a_partner() };
    let checked = a_customer().facts.check_seller(&partner);
    assert_eq!(checked.err().map(|why| words(&why).0), expected);
}
