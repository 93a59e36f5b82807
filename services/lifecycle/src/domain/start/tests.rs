//! What a purchase begins with.

use rstest::rstest;
use vocab::ProductKind;

use super::*;
use crate::domain::Policy;
use crate::domain::tests::{
    World, a_purchase, a_trial_of, an_offer, date, eur, instant, month_to_month, monthly_billed,
    no, perpetual, server, yearly,
};

#[test]
fn d_38_everything_counts_from_the_order() {
    let world = World::new();
    let purchase = a_purchase(&yearly("120.00"), 10, "2026-01-10T15:00:00.123Z");
    let change = start(&purchase, world.on("2026-01-12T08:00:00Z")).unwrap();
    let sub = &change.next;
    let ordered_at = instant("2026-01-10T15:00:00.123Z");
    assert_eq!(
        (change.effective_at, sub.anchor, sub.status_since),
        (ordered_at, ordered_at, ordered_at)
    );
    assert_eq!(change.committed_at, instant("2026-01-12T08:00:00Z"));
    assert_eq!(change.charges[0].effective_at, ordered_at);
    assert_eq!(change.charges[0].committed_at, instant("2026-01-12T08:00:00Z"));
    assert_eq!(sub.term.unwrap().start, date("2026-01-10"));
    assert_eq!(sub.cancellable_until, Some(instant("2026-01-17T15:00:00.123Z")));
}

#[test]
fn tim_1_the_first_day_is_the_day_in_utc() {
    let sub = World::new().buy(&yearly("1.00"), 1, "2026-01-10T23:30:00-05:00");
    assert_eq!(sub.term.unwrap().start, date("2026-01-11"));
}

#[test]
fn tim_2_the_last_day_belongs_to_the_term() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, "2022-03-02T10:00:00Z");
    assert_eq!(sub.ends_on(), Some(date("2023-03-01")));
    assert!(!sub.is_renewal_pending(instant("2023-03-01T23:59:59.999Z")));
    assert!(sub.is_renewal_pending(instant("2023-03-02T00:00:00Z")));
}

#[test]
fn tim_5_a_purchase_sets_the_anchor_to_its_day() {
    let sub = World::new().buy(&month_to_month("1.00"), 1, "2026-01-31T10:00:00Z");
    assert_eq!(sub.term.unwrap().anchor_day, 31);
}

#[test]
fn trm_1_what_is_bought_once_has_no_term() {
    let change = World::new().try_buy(&perpetual("500.00"), 2, "2026-01-10T15:00:00Z").unwrap();
    let sub = &change.next;
    assert_eq!((sub.term, sub.auto_renew, sub.next_cycle()), (None, false, None));
    assert_eq!(change.total().unwrap(), eur("1000.00"));
    assert_eq!((change.charges[0].billed_days, change.charges[0].cycle_days), (1, 1));
    assert_eq!(sub.cancellable_until, Some(instant("2026-02-09T23:59:59.999Z")));
}

#[rstest]
#[case::trm_2_monthly(monthly_billed("120.00"), "10.00", Some("2026-02-09"))]
#[case::trm_2_annual(yearly("120.00"), "120.00", Some("2027-01-09"))]
fn the_first_cycle(#[case] offer: OfferTerms, #[case] price: &str, #[case] end: Option<&str>) {
    let sub = World::new().buy(&offer, 1, "2026-01-10T15:00:00Z");
    assert_eq!(sub.cycle.unit_price, eur(price));
    assert_eq!(Some(sub.cycle.end), end.map(date));
    assert_eq!(sub.ends_on(), Some(date("2027-01-09")));
}

#[rstest]
#[case::trm_5_licences_renew_by_default(ProductKind::LicenseBased, "2020-01-01T00:00:00Z", true)]
#[case::trp_16_the_first_instant(ProductKind::SoftwareSubscription, "2021-10-14T00:00:00Z", true)]
#[case::trm_6_one_second_earlier(ProductKind::SoftwareSubscription, "2021-10-13T23:59:59Z", false)]
#[case::trp_17_is_not_the_date_of_the_billing_plans(
    ProductKind::SoftwareSubscription,
    "2021-10-21T23:59:59Z",
    true
)]
fn renews_and_is_listed(#[case] kind: ProductKind, #[case] at: &str, #[case] expected: bool) {
    let offer = an_offer(kind, Some(TermLength::OneYear), BillingCycle::Annual, "1.00");
    let sub = World::new().buy(&offer, 1, at);
    assert_eq!(sub.auto_renew, expected);
    assert_eq!(sub.is_listed_as_subscription(), expected);
}

#[test]
fn trm_7_perpetual_purchases_are_not_listed_as_subscriptions() {
    assert!(
        !World::new()
            .buy(&perpetual("1.00"), 1, "2026-01-01T00:00:00Z")
            .is_listed_as_subscription()
    );
}

#[rstest]
#[case::can_1_is_stamped_at_the_order("2021-05-31T23:59:59Z", "SW60", "2021-07-30T23:59:59.999Z")]
#[case::trp_14_one_second_later("2021-06-01T00:00:00Z", "SW30", "2021-07-01T23:59:59.999Z")]
#[case::d_1_the_row_of_today("2022-07-11T00:00:00Z", "SUB168", "2022-07-18T00:00:00Z")]
fn the_stamped_policy(#[case] at: &str, #[case] id: &str, #[case] until: &str) {
    let sub = World::new().buy(&server("1.00"), 1, at);
    assert_eq!(sub.policy.id, id);
    assert_eq!(sub.cancellable_until, Some(instant(until)));
}

#[rstest]
#[case::sea_4_none(yearly("1.00"), 0, ("QUANTITY_INVALID", "SEA-4"))]
#[case::sea_4_negative(yearly("1.00"), -3, ("QUANTITY_INVALID", "SEA-4"))]
#[case::tri_1_a_trial_has_25(a_trial_of(&yearly("1.00")), 26, ("TRIAL_LOCKED", "TRI-1"))]
#[case::d_11_more_than_can_be_charged(yearly("1.00"), i64::MAX, ("QUANTITY_INVALID", "D-11"))]
#[case::trm_4_a_month_annually(
    an_offer(ProductKind::LicenseBased, Some(TermLength::OneMonth), BillingCycle::Annual, "1.00"),
    1, ("BILLING_NOT_OFFERED", "TRM-4"))]
#[case::trm_4_once_by_the_month(
    an_offer(ProductKind::SoftwarePerpetual, None, BillingCycle::Monthly, "1.00"),
    1, ("BILLING_NOT_OFFERED", "TRM-4"))]
fn refused(
    #[case] offer: OfferTerms,
    #[case] quantity: i64,
    #[case] expected: (&'static str, &'static str),
) {
    assert_eq!(no(World::new().try_buy(&offer, quantity, "2026-01-10T15:00:00Z")), expected);
}

#[test]
fn tri_1_the_seats_of_a_trial_are_a_knob() {
    let world = World { policy: Policy { trial_seats: 5, ..Policy::default() }, ..World::new() };
    assert_eq!(world.buy(&a_trial_of(&yearly("1.00")), 5, "2026-01-10T15:00:00Z").quantity, 5);
}
