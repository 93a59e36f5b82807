//! What of a purchase is software, and who may see its key.

use rstest::rstest;
use testkit::noon;
use vocab::{Fulfilment, ProductKind};

use super::a_purchase;
use crate::domain::{
    KeyAvailability, KeyKind, Live, Purchase, PurchaseState, Rejection, may_ask, may_import,
    may_show, newest_of_each,
};

#[rstest]
#[case::key_1_mak(KeyKind::Mak, true, Ok(()))]
#[case::key_1_kms_is_never_issued(KeyKind::Kms, true, Err(("KMS_NOT_OFFERED", "KEY-1")))]
#[case::key_1_kms_is_refused_before_the_product_is_looked_at(
    KeyKind::Kms, false, Err(("KMS_NOT_OFFERED", "KEY-1"))
)]
#[case::key_4_a_plain_licence(KeyKind::Mak, false, Err(("NO_KEY_FOR_PRODUCT", "KEY-4")))]
fn what_may_be_asked(
    #[case] kind: KeyKind,
    #[case] has_key: bool,
    #[case] expected: Result<(), (&str, &str)>,
) {
    let mut purchase = a_purchase();
    purchase.fulfilment.product_key = has_key;
    let outcome = may_ask(&purchase, kind).map_err(|no| (no.reason(), no.rule()));
    assert_eq!(outcome, expected);
}

#[test]
fn key_1_no_kms_key_enters_a_pool() {
    assert_eq!(may_import(KeyKind::Mak), Ok(()));
    assert_eq!(may_import(KeyKind::Kms), Err(Rejection::KmsNotOffered));
}

#[rstest]
#[case::key_4_live(PurchaseState::Active, PurchaseState::Active, Ok(()))]
#[case::key_4_not_yet_started(PurchaseState::Active, PurchaseState::Pending, Err("KEY-4"))]
#[case::sus_1_suspended(PurchaseState::Active, PurchaseState::Suspended, Err("SUS-1"))]
#[case::pcx_1_cancelled(PurchaseState::Active, PurchaseState::Cancelled, Err("PCX-1"))]
#[case::pcx_1_expired(PurchaseState::Active, PurchaseState::Expired, Err("PCX-1"))]
#[case::pcx_1_deleted(PurchaseState::Active, PurchaseState::Deleted, Err("PCX-1"))]
#[case::pcx_1_the_copy_knows_it_first(
    PurchaseState::Cancelled,
    PurchaseState::Active,
    Err("PCX-1")
)]
#[case::sus_1_resumed_and_the_copy_lags(PurchaseState::Suspended, PurchaseState::Active, Ok(()))]
#[case::key_4_started_and_the_copy_lags(PurchaseState::Pending, PurchaseState::Active, Ok(()))]
fn what_may_be_shown(
    #[case] copy: PurchaseState,
    #[case] live: PurchaseState,
    #[case] expected: Result<(), &str>,
) {
    let copy = Purchase { state: copy, ..a_purchase() };
    let live = Live { state: live, partner: copy.partner, now: noon() };
    let outcome = may_show(&copy, &live);
    assert!(outcome.as_ref().map_or_else(|no| no.reason() == "KEY_UNAVAILABLE", |()| true));
    assert_eq!(outcome.map_err(|no| no.rule()), expected);
}

#[test]
fn refusals_say_what_to_do_instead() {
    let no = |state| Rejection::KeyUnavailable { state }.to_string();
    assert_eq!(
        no(PurchaseState::Suspended),
        "the purchase is SUSPENDED, so its key is unavailable; resume it first"
    );
    assert!(no(PurchaseState::Cancelled).ends_with("buy again to get another key"));
    assert!(no(PurchaseState::Pending).ends_with("try again once it is active"));
}

#[rstest]
#[case::cat_13_a_plain_licence_has_none(false, PurchaseState::Active, KeyAvailability::NotNeeded)]
#[case::cat_13_cancelled_it_has_none_either(
    false,
    PurchaseState::Cancelled,
    KeyAvailability::NotNeeded
)]
#[case::pcx_3_live(true, PurchaseState::Active, KeyAvailability::Available)]
#[case::pcx_3_cancelled(true, PurchaseState::Cancelled, KeyAvailability::Unavailable)]
#[case::pcx_3_expired(true, PurchaseState::Expired, KeyAvailability::Unavailable)]
#[case::pcx_3_deleted(true, PurchaseState::Deleted, KeyAvailability::Unavailable)]
#[case::sus_1_suspended(true, PurchaseState::Suspended, KeyAvailability::Unavailable)]
#[case::pcx_3_not_yet_started(true, PurchaseState::Pending, KeyAvailability::Unavailable)]
fn whether_a_key_can_be_read(
    #[case] has_key: bool,
    #[case] state: PurchaseState,
    #[case] expected: KeyAvailability,
) {
    let fulfilment = Fulfilment { product_key: has_key, ..Fulfilment::default() };
    assert_eq!(Purchase { state, fulfilment, ..a_purchase() }.key(), expected);
}

#[rstest]
#[case::cat_13_a_plain_licence(ProductKind::LicenseBased, (false, false, None), false)]
#[case::cat_13_with_a_key(ProductKind::LicenseBased, (true, false, None), true)]
#[case::cat_13_with_a_download(ProductKind::LinuxPlan, (false, true, None), true)]
#[case::cat_13_with_instructions(ProductKind::Esu, (false, false, Some("https://example.org")), true)]
#[case::cat_13_software(ProductKind::SoftwarePerpetual, (false, false, None), true)]
#[case::cat_13_server_software(ProductKind::SoftwareSubscription, (false, false, None), true)]
#[case::cat_13_a_reservation(ProductKind::AzureReservation, (false, false, None), false)]
fn what_is_software(
    #[case] kind: ProductKind,
    #[case] (product_key, download, instructions): (bool, bool, Option<&str>),
    #[case] expected: bool,
) {
    let instructions_uri = instructions.map(ToOwned::to_owned);
    let fulfilment = Fulfilment { product_key, download, instructions_uri, setup_uri: None };
    assert_eq!(Purchase { kind, fulfilment, ..a_purchase() }.is_software(), expected);
}

#[test]
fn the_highest_version_of_each_purchase_is_left() {
    let version = |id: u128, version| Purchase {
        id: vocab::SubscriptionId(uuid::Uuid::from_u128(id)),
        version,
        ..a_purchase()
    };
    let newest = newest_of_each([version(2, 1), version(1, 3), version(2, 2), version(1, 1)]);
    assert_eq!(newest, [version(1, 3), version(2, 2)]);
}
