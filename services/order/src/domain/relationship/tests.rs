//! What a request says of the customer, and who can accept it.

use jiff::ToSpan;
use rstest::rstest;
use testkit::noon;
use vocab::Cloud;

use super::super::tests::{CUSTOMER, PARTNER, a_customer, a_partner};
use super::*;

fn waiting(key: CustomerKey) -> Relationship {
    let request = RequestRelationship { key, test_clock: None };
    Relationship::requested(RelationshipId(Uuid::from_u128(1)), PARTNER, request, noon())
}

fn by_domain() -> Relationship {
    waiting(CustomerKey::Domain("contoso.example".to_owned()))
}

#[rstest]
#[case::par_14_by_tenant(CustomerKey::TenantId(Uuid::from_u128(0x7e)))]
#[case::par_14_by_domain(CustomerKey::Domain("contoso.example".to_owned()))]
fn a_request_names_no_customer(#[case] key: CustomerKey) {
    assert_eq!(waiting(key).accepted, None);
}

#[rstest]
#[case::par_13_same_cloud(Cloud::Commercial, true)]
#[case::par_13_another_cloud(Cloud::UsGovernment, false)]
fn clouds_never_mix(#[case] cloud: Cloud, #[case] fits: bool) {
    let mut partner = a_partner();
    partner.facts.cloud = cloud;
    let accepted = by_domain().accepted_by(&a_customer(), &partner, noon());
    assert_eq!(accepted.is_ok(), fits);
    if let Err(why) = accepted {
        assert_eq!((why.reason(), why.rule()), ("CLOUD_MISMATCH", "PAR-13"));
    }
}

#[test]
fn par_14_what_was_accepted_stays_as_it_was() {
    let first = by_domain().accepted_by(&a_customer(), &a_partner(), noon()).unwrap();
    assert_eq!(first.accepted, Some(Acceptance { customer: CUSTOMER, at: noon() }));
    let again = first.accepted_by(&a_customer(), &a_partner(), noon() + 1.hours());
    assert_eq!(again, Ok(first));
}
