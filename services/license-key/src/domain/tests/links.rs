//! When a download link opens, and what can be chosen.

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use testkit::noon;
use uuid::Uuid;
use vocab::{CustomerId, DownloadLinkId, SubscriptionId};

use super::a_sku;
use crate::domain::{
    Download, DownloadLink, DownloadOption, LinkPolicy, PurchaseState, Rejection, Standing, Wanted,
    choose,
};

const AGE: SignedDuration = SignedDuration::from_hours(14 * 24);
const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

fn option(language: &str) -> DownloadOption {
    DownloadOption {
        version: "2022".to_owned(),
        language: language.to_owned(),
        file_type: "ISO".to_owned(),
    }
}

fn a_link(download_count: i64, is_revoked: bool) -> DownloadLink {
    let policy = LinkPolicy::named("14-days-from-issue").unwrap();
    DownloadLink {
        id: DownloadLinkId(Uuid::from_u128(1)),
        customer: CustomerId(Uuid::from_u128(2)),
        purchase: SubscriptionId(Uuid::from_u128(3)),
        option: option("en"),
        artifact_uri: String::new(),
        policy: policy.id.to_owned(),
        max_download_count: policy.max_download_count,
        download_count,
        issued_at: noon(),
        expires_at: policy.expires_at(noon()),
        revoked_at: is_revoked.then(noon),
    }
}

const USED_UP: Standing = Standing::UsedUp { max_download_count: 50 };
const ACTIVE: PurchaseState = PurchaseState::Active;

#[rstest]
#[case::dwn_2_new(0, false, ACTIVE, SignedDuration::ZERO, Standing::Valid)]
#[case::dwn_2_before_the_50th(49, false, ACTIVE, AGE, Standing::Valid)]
#[case::dwn_2_after_the_50th(50, false, ACTIVE, SignedDuration::ZERO, USED_UP)]
#[case::d_7_a_millisecond_late(0, false, ACTIVE, AGE + MILLISECOND, Standing::Expired { at: noon() + AGE })]
#[case::trp_49_both(50, false, ACTIVE, AGE + MILLISECOND, USED_UP)]
#[case::dwn_5_revoked(0, true, ACTIVE, SignedDuration::ZERO, Standing::Revoked)]
#[case::dwn_5_cancelled(
    0,
    false,
    PurchaseState::Cancelled,
    SignedDuration::ZERO,
    Standing::Revoked
)]
#[case::dwn_5_expired(50, false, PurchaseState::Expired, AGE, Standing::Revoked)]
#[case::sus_1_suspended(0, false, PurchaseState::Suspended, AGE, Standing::Dormant { state: PurchaseState::Suspended })]
#[case::sus_1_suspended_and_too_old(0, false, PurchaseState::Suspended, AGE + MILLISECOND, Standing::Expired { at: noon() + AGE })]
fn a_link_stands(
    #[case] download_count: i64,
    #[case] is_revoked: bool,
    #[case] state: PurchaseState,
    #[case] age: SignedDuration,
    #[case] expected: Standing,
) {
    let now: Timestamp = noon() + age;
    assert_eq!(a_link(download_count, is_revoked).standing(state, now), expected);
}

#[rstest]
#[case::dwn_1_named(Some("de"), &["de", "en"], Some("de"))]
#[case::dwn_1_the_only_one(None, &["en"], Some("en"))]
#[case::cat_12_one_of_several_has_to_be_named(None, &["de", "en"], None)]
#[case::cat_12_another(Some("fr"), &["de", "en"], None)]
#[case::cat_12_none_at_all(None, &[], None)]
fn a_choice_is_made(
    #[case] language: Option<&str>,
    #[case] offered: &[&str],
    #[case] expected: Option<&str>,
) {
    let download =
        |language: &&str| Download { option: option(language), artifact_uri: String::new() };
    let wanted = Wanted { language: language.map(str::to_owned), ..Wanted::default() };
    let chosen = choose(&a_sku("a"), offered.iter().map(download).collect(), &wanted);
    match (chosen, expected) {
        (Ok(chosen), Some(language)) => assert_eq!(chosen.option, option(language)),
        (Err(Rejection::DownloadNotOffered { .. }), None) => {}
        (chosen, expected) => panic!("{chosen:?} instead of {expected:?}"),
    }
}
