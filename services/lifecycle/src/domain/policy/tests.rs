//! The policy table, at its boundaries.

use rstest::rstest;
use vocab::{BillingCycle, ProductKind, TermLength};

use super::*;
use crate::domain::tests::{a_trial_of, an_offer, instant, just_before, yearly};

fn stamped(kind: ProductKind, at: &str) -> StampedPolicy {
    let offer = an_offer(kind, Some(TermLength::OneYear), BillingCycle::Annual, "1.00");
    Policy::default().stamp(&offer, instant(at))
}

#[rstest]
#[case::trp_14_the_last_second_of_may(
    ProductKind::SoftwareSubscription,
    "2021-05-31T23:59:59Z",
    "SW60",
    Refund::Prorated
)]
#[case::can_1_perpetual_before_june(
    ProductKind::SoftwarePerpetual,
    "2021-05-31T23:59:59.999Z",
    "SW60",
    Refund::Full
)]
#[case::trp_14_the_first_instant_of_june(
    ProductKind::SoftwareSubscription,
    "2021-06-01T00:00:00Z",
    "SW30",
    Refund::Prorated
)]
#[case::can_1_perpetual_from_june(
    ProductKind::SoftwarePerpetual,
    "2021-06-01T00:00:00Z",
    "PERP30",
    Refund::Full
)]
#[case::can_1_the_last_day_of_sw30(
    ProductKind::SoftwareSubscription,
    "2022-07-10T23:59:59.999Z",
    "SW30",
    Refund::Prorated
)]
#[case::can_1_the_first_instant_of_sub168(
    ProductKind::SoftwareSubscription,
    "2022-07-11T00:00:00Z",
    "SUB168",
    Refund::Prorated
)]
#[case::can_1_licences(
    ProductKind::LicenseBased,
    "2021-01-01T00:00:00Z",
    "LIC168",
    Refund::Prorated
)]
#[case::can_1_publishers(
    ProductKind::IsvSaasMetered,
    "2026-01-01T00:00:00Z",
    "ISV72",
    Refund::Full
)]
#[case::cat_17_redhat_and_suse(
    ProductKind::LinuxPlan,
    "2026-01-01T00:00:00Z",
    "NEVER",
    Refund::Nothing
)]
#[case::d_26_reservations(
    ProductKind::AzureReservation,
    "2026-01-01T00:00:00Z",
    "SUPPORT",
    Refund::BySupport
)]
fn the_row_in_force(
    #[case] kind: ProductKind,
    #[case] at: &str,
    #[case] id: &str,
    #[case] refund: Refund,
) {
    let row = stamped(kind, at);
    assert_eq!((row.id.as_str(), row.refund), (id, refund));
}

#[test]
fn can_1_every_kind_has_one_row_at_every_instant() {
    for kind in ProductKind::ALL {
        for at in ["2021-05-31T00:00:00Z", "2021-06-01T00:00:00Z", "2022-07-11T00:00:00Z"] {
            for at in [instant(at), just_before(instant(at))] {
                let rows =
                    POLICIES.iter().filter(|row| row.kinds.contains(kind) && row.holds_at(at));
                assert_eq!(rows.count(), 1, "{kind} at {at}");
            }
        }
    }
}

#[test]
fn can_1_a_trial_comes_under_never() {
    let row =
        Policy::default().stamp(&a_trial_of(&yearly("1.00")), instant("2026-01-01T00:00:00Z"));
    assert_eq!((row.id.as_str(), row.window), ("NEVER", None));
}

#[test]
fn can_1_a_row_that_the_offer_names_wins() {
    let offer = OfferTerms { policy_id: Some("SUPPORT".into()), ..yearly("1.00") };
    let row = Policy::default().stamp(&offer, instant("2026-01-01T00:00:00Z"));
    assert_eq!((row.id.as_str(), row.refund), ("SUPPORT", Refund::BySupport));
}

#[rstest]
#[case::d_27_the_law_lengthens("DE", ProductKind::LicenseBased, Some(Window::CalendarDays(14)))]
#[case::d_27_another_market("FR", ProductKind::LicenseBased, Some(Window::Hours(168)))]
#[case::d_45_the_law_opens_none("DE", ProductKind::LinuxPlan, None)]
fn statutory(#[case] market: &str, #[case] kind: ProductKind, #[case] expected: Option<Window>) {
    let law =
        StatutoryRow { market: market.parse().unwrap(), kind, window: Window::CalendarDays(14) };
    let policy = Policy { statutory: vec![law], ..Policy::default() };
    let offer = an_offer(kind, Some(TermLength::OneYear), BillingCycle::Annual, "1.00");
    assert_eq!(policy.stamp(&offer, instant("2026-01-10T15:00:00Z")).window, expected);
}
