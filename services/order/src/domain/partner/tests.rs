//! Which partners may transact, and who their provider is.

use rstest::rstest;
use uuid::Uuid;
use vocab::PartnerType::{DirectBill, IndirectProvider, IndirectReseller};

use super::super::tests::a_partner;
use super::*;

const PROVIDER: PartnerId = PartnerId(Uuid::from_u128(0xbbbb));

fn draft(kind: PartnerType, provider: Option<PartnerId>) -> PartnerDraft {
    PartnerDraft { kind, provider, ..a_partner().facts }
}

fn a_provider(kind: PartnerType) -> Partner {
    Partner { id: PROVIDER, facts: draft(kind, None), ..a_partner() }
}

#[rstest]
#[case::par_1_direct_bill(DirectBill, None, true)]
#[case::par_1_indirect_provider(IndirectProvider, None, true)]
#[case::par_1_indirect_reseller(IndirectReseller, Some(PROVIDER), false)]
fn who_transacts(
    #[case] kind: PartnerType,
    #[case] provider: Option<PartnerId>,
    #[case] transacts: bool,
) {
    let partner = Partner { facts: draft(kind, provider), ..a_partner() };
    let checked = partner.check_transacts();
    assert_eq!(checked.is_ok(), transacts);
    if let Err(why) = checked {
        assert_eq!((why.reason(), why.rule()), ("CONTACT_INDIRECT_PROVIDER", "PAR-1"));
        assert_eq!(why.metadata(), [("provider", format!("partners/{PROVIDER}"))]);
    }
}

#[rstest]
#[case::par_1_reseller_of_a_provider(
    IndirectReseller,
    Some(PROVIDER),
    Some(IndirectProvider),
    true
)]
#[case::par_1_reseller_of_nobody(IndirectReseller, None, None, false)]
#[case::par_1_reseller_of_an_unknown(IndirectReseller, Some(PROVIDER), None, false)]
#[case::par_1_reseller_of_a_direct_partner(
    IndirectReseller,
    Some(PROVIDER),
    Some(DirectBill),
    false
)]
#[case::par_1_direct_partner_with_a_provider(
    DirectBill,
    Some(PROVIDER),
    Some(IndirectProvider),
    false
)]
#[case::par_1_direct_partner(DirectBill, None, None, true)]
fn who_has_a_provider(
    #[case] kind: PartnerType,
    #[case] provider: Option<PartnerId>,
    #[case] found: Option<PartnerType>,
    #[case] fits: bool,
) {
    let found = found.map(a_provider);
    assert_eq!(draft(kind, provider).check_provider(found.as_ref()).is_ok(), fits);
}

#[rstest]
#[case::par_13_same_cloud(Cloud::Commercial, true)]
#[case::par_13_another_cloud(Cloud::UsGovernment, false)]
fn a_reseller_is_in_its_providers_cloud(#[case] cloud: Cloud, #[case] fits: bool) {
    let reseller = PartnerDraft { cloud, ..draft(IndirectReseller, Some(PROVIDER)) };
    assert_eq!(reseller.check_cloud(Some(&a_provider(IndirectProvider))).is_ok(), fits);
}

#[rstest]
#[case::par_9_signed(None, Some(true), 2)]
#[case::par_9_not_signed_as_before(None, Some(false), 1)]
#[case::d_46_the_name_as_before(Some("Seller"), None, 1)]
#[case::par_9_another_name(Some("Reseller"), None, 2)]
#[case::d_46_nothing(None, None, 1)]
fn what_an_operator_changes(
    #[case] name: Option<&str>,
    #[case] signed: Option<bool>,
    #[case] version: i64,
) {
    let update = UpdatePartner {
        partner: a_partner().id,
        display_name: name.map(str::to_owned),
        has_signed_agreement: signed,
    };
    let next = a_partner().updated(&update);
    assert_eq!(next.version, version);
    assert_eq!(next.facts.display_name, name.unwrap_or("Seller"));
    assert_eq!(next.facts.has_signed_agreement, signed.unwrap_or(false));
    assert_eq!(next.etag() == a_partner().etag(), version == 1);
}
