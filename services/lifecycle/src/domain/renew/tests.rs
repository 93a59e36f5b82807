//! What the next term is.

use rstest::rstest;
use vocab::{BillingCycle, ProductKind, PromotionId, Segment, SkuId, TermLength};

use super::*;
use crate::domain::tests::{
    World, a_trial_of, an_offer, date, eur, instant, just_after, kinds, money, monthly_billed, no,
    server, yearly,
};
use crate::domain::{Product, ScheduledSet, Status, cancel_window, schedule, set_auto_renew, step};

const BOUGHT: &str = "2026-01-10T15:00:00Z";
const RENEWAL: &str = "2027-01-10T00:01:00Z";

fn renewed(world: &World, sub: &Subscription, now: &str) -> Change {
    world.ring(sub, now).pop().unwrap()
}

#[test]
fn ren_1_work_begins_a_minute_into_the_day_after_the_end() {
    let world = World::new().selling(&yearly("120.00"));
    let sub = world.later(&world.buy(&yearly("120.00"), 10, BOUGHT), "2026-02-01T00:00:00Z");
    assert_eq!(sub.alarm(), Some(instant(RENEWAL)));
    assert_eq!(world.ring(&sub, "2027-01-10T00:00:59.999Z"), []);
    let change = renewed(&world, &sub, RENEWAL);
    assert_eq!((change.kind, change.effective_at), (ChangeKind::Renewed, instant(RENEWAL)));
    assert_eq!(
        money(std::slice::from_ref(&change)),
        [(ChargeKind::Renew, 10, "1,200.00 EUR".to_owned())]
    );
    let term = change.next.term.unwrap();
    assert_eq!((term.start, term.end), (date("2027-01-10"), date("2028-01-09")));
    assert_eq!(change.next.status, Status::Active);
}

/// A renewal that completes at 21:17:05.250 opens 168 hours from then, not from midnight.
#[test]
fn trp_6_the_window_counts_from_the_completion() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 10, "2022-03-02T10:00:00Z");
    let next = renewed(&world, &sub, "2023-03-02T21:17:05.250Z").next;
    assert_eq!(next.cancellable_until, Some(instant("2023-03-09T21:17:05.250Z")));
}

#[test]
fn ren_2_the_partner_has_168_hours_after_the_completion() {
    let world = World::new().selling(&yearly("365.00"));
    let next = renewed(&world, &world.buy(&yearly("365.00"), 10, BOUGHT), RENEWAL).next;
    let until = instant("2027-01-17T00:01:00Z");
    assert_eq!(world.cancel(&next, until).unwrap().total().unwrap(), eur("-3580.00"));
    assert_eq!(no(world.cancel(&next, just_after(until))), ("CANCELLATION_WINDOW_CLOSED", "CAN-3"));
    assert!(world.resize(&next, 4, "2027-01-17T00:01:00Z").is_ok());
}

#[test]
fn can_2_the_window_reopens_after_every_renewal() {
    let world = World::new().selling(&yearly("1.00"));
    let mut sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    for year in 2027..2030 {
        sub = world.later(&sub, &format!("{year}-01-10T00:01:00Z"));
        assert_eq!(sub.cancellable_until, Some(instant(&format!("{year}-01-17T00:01:00Z"))));
        assert!(world.cancel(&sub, instant(&format!("{year}-01-17T00:01:00Z"))).is_ok());
    }
}

#[test]
fn sea_11_the_whole_quantity_is_one_batch() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.resized(&world.buy(&yearly("1.00"), 10, BOUGHT), 15, "2026-06-01T00:00:00Z");
    let batches = renewed(&world, &sub, RENEWAL).next.batches;
    let [batch] = batches.as_slice() else { panic!("{batches:?}") };
    assert_eq!((batch.quantity, batch.anchor), (15, instant(RENEWAL)));
    assert_eq!(batch.deadline, Some(instant("2027-01-17T00:01:00Z")));
}

#[test]
fn bil_2_the_price_is_locked_for_a_term_and_asked_for_at_the_next() {
    let world = World::new()
        .selling(&monthly_billed("120.00"))
        .selling_from("2026-03-01T00:00:00Z", &monthly_billed("240.00"))
        .selling_from("2027-01-10T00:00:00.001Z", &monthly_billed("480.00"));
    let sub = world.buy(&monthly_billed("120.00"), 1, BOUGHT);
    let lines: Vec<_> = world
        .ring(&sub, "2027-02-10T00:00:00Z")
        .iter()
        .flat_map(|change| change.charges.clone())
        .map(|line| line.amount)
        .collect();
    assert_eq!(lines, [vec![eur("10.00"); 11], vec![eur("20.00"); 2]].concat());
}

#[test]
fn ren_4_without_scheduled_changes_everything_stays() {
    let world = World::new().selling(&monthly_billed("120.00"));
    let sub = world.buy(&monthly_billed("120.00"), 7, BOUGHT);
    let next = renewed(&world, &sub, RENEWAL).next;
    assert_eq!((next.quantity, next.billing, next.product), (7, sub.billing, sub.product));
    assert_eq!(next.term.unwrap().length, TermLength::OneYear);
    assert!(next.auto_renew);
}

#[test]
fn ren_4_applies_the_scheduled_changes() {
    let three_years = an_offer(
        ProductKind::LicenseBased,
        Some(TermLength::ThreeYears),
        BillingCycle::Annual,
        "300.00",
    );
    let world = World::new().selling(&yearly("120.00")).selling(&three_years);
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let wanted = ScheduledSet {
        quantity: Some(4),
        offer: Some(three_years.product.offer.clone()),
        co_term: None,
        ..ScheduledSet::default()
    };
    let saved = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let change = renewed(&world, &saved, RENEWAL);
    let next = &change.next;
    assert_eq!((next.quantity, next.ends_on()), (4, Some(date("2030-01-09"))));
    assert_eq!(
        (next.product.offer.clone(), next.scheduled.clone()),
        (three_years.product.offer, None)
    );
    assert_eq!(change.total().unwrap(), eur("400.00"));
}

#[test]
fn sch_6_a_scheduled_decrease_needs_no_window() {
    let world = World::new().selling(&server("1.00"));
    let sub = world.buy(&server("1.00"), 10, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(1), ..ScheduledSet::default() };
    let late = world.on("2026-12-01T00:00:00Z");
    let saved = schedule(&sub, &wanted, &world.prices, late).unwrap().unwrap().next;
    assert_eq!(renewed(&world, &saved, RENEWAL).next.quantity, 1);
}

#[test]
fn ren_6_a_scheduled_change_that_fails_is_dropped_and_the_renewal_goes_on() {
    let monthly = monthly_billed("132.00");
    let world = World::new()
        .selling(&yearly("120.00"))
        .selling(&monthly)
        .withdrawing_from("2027-01-10T00:00:00Z", &monthly);
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let wanted = ScheduledSet {
        quantity: Some(4),
        offer: Some(monthly.product.offer),
        co_term: None,
        ..ScheduledSet::default()
    };
    let saved = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let changes = world.ring(&saved, RENEWAL);
    assert_eq!(
        kinds(&changes),
        [ChangeKind::WindowClosed, ChangeKind::ScheduleDropped, ChangeKind::Renewed]
    );
    assert_eq!(changes[1].reason, Some("OFFER_WITHDRAWN"));
    assert_eq!(changes[1].warnings.len(), 1);
    assert_eq!(changes[2].next.quantity, 10);
}

#[test]
fn ren_6_without_a_price_the_subscription_expires() {
    let world = World::new()
        .selling(&yearly("1.00"))
        .withdrawing_from("2027-01-10T00:00:00Z", &yearly("1.00"));
    let change = renewed(&world, &world.buy(&yearly("1.00"), 1, BOUGHT), "2027-06-01T00:00:00Z");
    assert_eq!((change.kind, change.reason), (ChangeKind::Expired, Some("OFFER_WITHDRAWN")));
    assert_eq!(change.next.status_since, instant(RENEWAL));
    assert_eq!(change.alarm(), None);
}

#[test]
fn ren_6_an_offer_that_has_lost_its_term_does_not_renew() {
    let termless = OfferTerms { length: None, ..yearly("1.00") };
    let world =
        World::new().selling(&yearly("1.00")).selling_from("2026-06-01T00:00:00Z", &termless);
    let change = renewed(&world, &world.buy(&yearly("1.00"), 1, BOUGHT), RENEWAL);
    assert_eq!(change.reason, Some("OFFER_WITHDRAWN"));
}

#[test]
fn trp_24_auto_renew_must_still_be_on_at_the_renewal() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 10, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(4), ..ScheduledSet::default() };
    let saved = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let off = set_auto_renew(&saved, false, world.on(BOUGHT)).unwrap().unwrap().next;
    let change = renewed(&world, &off, RENEWAL);
    assert_eq!((change.kind, change.next.quantity), (ChangeKind::Expired, 10));
}

/// Each row: when it was bought, and the policy of the renewed term with its window.
#[rstest]
#[case::trp_15_renewed_after_the_change("2021-11-01T00:00:00Z", "SUB168", true)]
#[case::d_1_every_renewal_after_it("2022-08-01T00:00:00Z", "SUB168", true)]
fn the_policy_of_a_renewal(#[case] bought: &str, #[case] id: &str, #[case] reopens: bool) {
    let world = World::new().selling(&server("1.00"));
    let sub = world.buy(&server("1.00"), 1, bought);
    let renewal = sub.term.unwrap().over_at() + jiff::SignedDuration::from_mins(1);
    let next = world.later(&sub, &renewal.to_string());
    assert_eq!((next.policy.id.as_str(), next.cancellable_until.is_some()), (id, reopens));
}

#[test]
fn can_1_a_row_that_does_not_reopen_gives_the_new_term_no_window() {
    let isv = an_offer(
        ProductKind::IsvSaasLicense,
        Some(TermLength::OneYear),
        BillingCycle::Annual,
        "1.00",
    );
    let world = World::new().selling(&isv);
    let next = renewed(&world, &world.buy(&isv, 3, BOUGHT), RENEWAL).next;
    assert_eq!(cancel_window(&next, instant(RENEWAL)), crate::domain::CancelWindow::NotInThisTerm);
    assert_eq!(no(world.cancel(&next, instant(RENEWAL))), ("CANCELLATION_WINDOW_CLOSED", "CAN-1"));
    assert!(world.resize(&next, 2, RENEWAL).is_err());
    let grown = world.resized(&next, 5, "2027-02-01T00:00:00Z");
    assert_eq!(grown.batches[1].deadline, Some(instant("2027-02-04T00:00:00Z")), "SEA-12");
}

/// Three days late: the term starts on its day and is charged in full; the window and the used
/// days count from the completion.
#[test]
fn d_30_a_late_renewal_moves_the_window_alone() {
    let world = World::new().selling(&yearly("365.00"));
    let sub = world.buy(&yearly("365.00"), 1, BOUGHT);
    let change = renewed(&world, &sub, "2027-01-13T08:00:00Z");
    assert_eq!(change.effective_at, instant(RENEWAL));
    assert_eq!(change.committed_at, instant("2027-01-13T08:00:00Z"));
    assert_eq!(change.charges[0].effective_at, instant(RENEWAL));
    assert_eq!(change.total().unwrap(), eur("365.00"));
    assert_eq!(change.next.term.unwrap().start, date("2027-01-10"));
    assert_eq!(change.next.anchor, instant("2027-01-13T08:00:00Z"));
    assert_eq!(change.next.cancellable_until, Some(instant("2027-01-20T08:00:00Z")));
    let cancelled = world.cancel(&change.next, instant("2027-01-13T09:00:00Z")).unwrap();
    assert_eq!(cancelled.total().unwrap(), eur("-364.00"));
}

#[rstest]
#[case::trp_3_anchor_29_february("2028-02-29T10:00:00Z", yearly("1.00"), "2032-02-29")]
#[case::tim_5_renewals_keep_the_anchor(
    "2026-01-31T10:00:00Z",
    crate::domain::tests::month_to_month("1.00"),
    "2026-05-31"
)]
fn after_four_renewals(#[case] bought: &str, #[case] offer: OfferTerms, #[case] start: &str) {
    let world = World::new().selling(&offer);
    let mut sub = world.buy(&offer, 1, bought);
    let mut renewals = 0;
    while renewals < 4 {
        let due = sub.alarm().unwrap();
        let change = step(&sub, &world.prices, world.at(due)).unwrap().unwrap();
        renewals += i32::from(change.kind == ChangeKind::Renewed);
        sub = change.next;
    }
    assert_eq!(sub.term.unwrap().start, date(start));
}

#[test]
fn ren_5_a_trial_becomes_what_is_paid_for() {
    let paid = monthly_billed("120.00");
    let world = World::new().selling(&paid);
    let sub = world.buy(&a_trial_of(&paid), 25, "2026-01-31T10:00:00Z");
    let change = renewed(&world, &sub, "2026-02-28T00:01:00Z");
    assert_eq!(change.kind, ChangeKind::Converted);
    assert_eq!(
        money(std::slice::from_ref(&change)),
        [(ChargeKind::Convert, 25, "250.00 EUR".to_owned())]
    );
    assert_eq!(change.next.term.unwrap().anchor_day, 31);
    assert_eq!(change.next.cancellable_until, Some(instant("2026-03-07T00:01:00Z")));
}

#[test]
fn ren_5_a_trial_that_becomes_nothing_expires() {
    let trial = a_trial_of(&yearly("1.00"));
    let trial = OfferTerms { product: Product { converts_to: None, ..trial.product }, ..trial };
    let world = World::new().selling(&trial);
    let sub = world.buy(&trial, 25, "2026-01-31T10:00:00Z");
    assert_eq!(renewed(&world, &sub, "2026-02-28T00:01:00Z").kind, ChangeKind::Expired);
}

#[test]
fn pro_2_a_renewal_ends_the_promotion() {
    let world = World::new().selling(&yearly("120.00"));
    let mut sub = world.buy(&yearly("100.00"), 1, BOUGHT);
    sub.promotion = Some("spring".into());
    let change = renewed(&world, &sub, RENEWAL);
    assert_eq!((change.next.promotion, change.charges[0].amount), (None, eur("120.00")));
}

/// A promotion of everybody's, in force in January 2027.
fn winter(id: &str, percent: i64) -> Promotion {
    Promotion {
        id: PromotionId(id.into()),
        title: "Winter".into(),
        percent,
        skus: [SkuId("sku".into())].into(),
        markets: [].into(),
        segments: [].into(),
        terms: [].into(),
        from: date("2027-01-01"),
        until: date("2027-01-31"),
    }
}

/// Each row: the promotions that there are, the customer's segment, and the one that the renewal
/// has, with its price.
#[rstest]
#[case::pro_2_in_force_at_the_new_start(&[winter("winter", 10)], None, Some("winter"), "108.00")]
#[case::pro_2_the_largest_percentage(
    &[winter("a", 10), winter("b", 20)], None, Some("b"), "96.00")]
#[case::pro_2_then_the_least_id(&[winter("b", 10), winter("a", 10)], None, Some("a"), "108.00")]
#[case::pro_2_its_days_are_over(
    &[Promotion { until: date("2027-01-09"), ..winter("winter", 10) }], None, None, "120.00")]
#[case::pro_2_its_first_day(
    &[Promotion { from: date("2027-01-10"), ..winter("winter", 10) }], None, Some("winter"), "108.00")]
#[case::pro_2_another_market(
    &[Promotion { markets: ["FR".parse().unwrap()].into(), ..winter("winter", 10) }], None, None, "120.00")]
#[case::pro_2_another_term(
    &[Promotion { terms: [TermLength::OneMonth].into(), ..winter("winter", 10) }], None, None, "120.00")]
#[case::pro_2_another_sku(
    &[Promotion { skus: [SkuId("other".into())].into(), ..winter("winter", 10) }], None, None, "120.00")]
#[case::pro_2_the_customers_segment(
    &[Promotion { segments: [Segment::Education].into(), ..winter("winter", 10) }],
    Some(Segment::Education), Some("winter"), "108.00")]
#[case::pro_2_another_segment(
    &[Promotion { segments: [Segment::Education].into(), ..winter("winter", 10) }],
    Some(Segment::Commercial), None, "120.00")]
#[case::pro_2_an_unknown_segment(
    &[Promotion { segments: [Segment::Education].into(), ..winter("winter", 10) }], None, None, "120.00")]
fn the_promotion_of_a_renewal(
    #[case] promotions: &[Promotion],
    #[case] segment: Option<Segment>,
    #[case] expected: Option<&str>,
    #[case] price: &str,
) {
    let world = World::new().selling(&yearly("120.00"));
    let world = promotions.iter().fold(world, World::promoting);
    let sub = Subscription { segment, ..world.buy(&yearly("100.00"), 1, BOUGHT) };
    let change = renewed(&world, &sub, RENEWAL);
    assert_eq!(change.next.promotion.as_deref(), expected);
    assert_eq!((change.next.price, change.charges[0].amount), (eur(price), eur(price)));
    assert_eq!(change.charges[0].promotion.as_deref(), expected);
}

#[test]
fn tri_8_a_trial_that_converts_never_has_a_promotion() {
    let paid = yearly("120.00");
    let world = World::new().selling(&paid).promoting(&winter("winter", 10));
    let sub = world.buy(&a_trial_of(&paid), 25, "2026-12-10T10:00:00Z");
    let change = renewed(&world, &sub, "2027-01-10T00:01:00Z");
    assert_eq!((change.kind, change.next.promotion), (ChangeKind::Converted, None));
    assert_eq!(change.next.price, eur("120.00"));
}
