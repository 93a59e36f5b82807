//! The next-charge instruction: when it can be given, what it then does, and what drops it.

use rstest::rstest;
use vocab::{ProductKind, TermLength};

use super::*;
use crate::domain::tests::{
    World, a_trial_of, an_offer, date, eur, instant, just_after, money, month_to_month,
    monthly_billed, no, perpetual, yearly,
};
use crate::domain::{
    Change, ChargeKind, Policy, ScheduledSet, change_quantity, schedule, set_auto_renew, suspend,
};

const BOUGHT: &str = "2026-01-10T15:00:00Z";
/// The first cycle of three years runs.
const SOON: &str = "2026-06-01T10:00:00Z";

fn three_years(billing: BillingCycle) -> OfferTerms {
    an_offer(ProductKind::LicenseBased, Some(TermLength::ThreeYears), billing, "1000.00")
}

/// A world that sells three years by the month, by the year and at once, and a year likewise.
fn world() -> World {
    let world = World::new().selling(&three_years(BillingCycle::Monthly));
    let world = world.selling(&three_years(BillingCycle::Annual));
    let world = world.selling(&three_years(BillingCycle::Triennial));
    world.selling(&yearly("120.00")).selling(&monthly_billed("120.00"))
}

fn ask(
    world: &World,
    sub: &Subscription,
    billing: BillingCycle,
    now: &str,
) -> Result<Option<Change>, Rejection> {
    let settled = world.settled(sub, instant(now));
    change_billing(&settled, billing, &world.prices, world.on(now))
}

fn asked(world: &World, sub: &Subscription, billing: BillingCycle, now: &str) -> Subscription {
    ask(world, sub, billing, now).unwrap().unwrap().next
}

/// D-40's own example: 23 x 27.78 + 27.73, after a first year of 333.33.
#[test]
fn d_40_the_rest_of_the_price_is_split_anew_at_the_boundary() {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    let sub = asked(&world, &sub, BillingCycle::Monthly, SOON);
    assert_eq!((sub.billing, sub.cycle.unit_price), (BillingCycle::Annual, eur("333.33")));
    let (from, cycles) = sub.cycles_ahead().unwrap();
    assert_eq!((from, cycles.len()), (date("2027-01-10"), 24));
    assert_eq!(cycles.last().unwrap().unit_price, eur("27.73"));

    let charged = world.ring(&sub, "2029-01-09T23:59:59.999Z");
    let lines = money(&charged);
    let (last, others) = lines.split_last().unwrap();
    assert_eq!(others.len(), 23);
    assert!(others.iter().all(|line| *line == (ChargeKind::Cycle, 1, "27.78 EUR".to_owned())));
    assert_eq!(*last, (ChargeKind::Cycle, 1, "27.73 EUR".to_owned()));
    let next = &charged.last().unwrap().next;
    assert_eq!((next.billing, next.price), (BillingCycle::Monthly, eur("1000.00")));
    assert_eq!((next.next_charge.clone(), next.cycle_count()), (None, 24));
    assert_eq!(next.term.unwrap().end, date("2029-01-09"), "the commitment is no shorter (TRM-2)");
}

/// What follows renews as it is billed, at the price of its offer.
#[test]
fn d_50_without_a_scheduled_plan_the_renewal_is_billed_the_same() {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    let sub = asked(&world, &sub, BillingCycle::Monthly, SOON);
    let renewed = world.later(&sub, "2029-01-10T00:01:00Z");
    assert_eq!((renewed.billing, renewed.rebilled), (BillingCycle::Monthly, None));
    assert_eq!((renewed.cycle.unit_price, renewed.cycle_count()), (eur("27.78"), 36));
}

/// A scheduled plan decides the next term's billing; a later instruction changes this term alone.
#[test]
fn d_50_a_scheduled_plan_stands() {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    let offer = three_years(BillingCycle::Triennial).product.offer;
    let set = ScheduledSet { offer: Some(offer), ..ScheduledSet::default() };
    let saved = schedule(&sub, &set, &world.prices, world.on(SOON)).unwrap().unwrap().next;
    let sub = asked(&world, &saved, BillingCycle::Monthly, SOON);
    assert_eq!(sub.scheduled, Some(set));
    let renewed = world.later(&sub, "2029-01-10T00:01:00Z");
    assert_eq!(
        (renewed.billing, renewed.cycle.unit_price),
        (BillingCycle::Triennial, eur("1000.00"))
    );

    // The plan that there is now can be saved for the next term while this one's is to change.
    let sub = asked(
        &world,
        &world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT),
        BillingCycle::Monthly,
        SOON,
    );
    let set = ScheduledSet { offer: Some(sub.product.offer.clone()), ..ScheduledSet::default() };
    let sub = schedule(&sub, &set, &world.prices, world.on(SOON)).unwrap().unwrap().next;
    assert_eq!(world.later(&sub, "2029-01-10T00:01:00Z").billing, BillingCycle::Annual);
}

/// Each row: what was bought and when it is asked; the months are counted at the next boundary.
#[rstest]
#[case::trm_9_thirteen_months_are_left("2027-11-10T00:00:00Z", None)]
#[case::trm_9_thirteen_to_the_last_moment("2027-12-09T23:59:59.999Z", None)]
#[case::trm_9_twelve_are_too_few("2027-12-10T00:00:00Z", Some(("BILLING_NOT_OFFERED", "D-40")))]
fn to_annual(#[case] now: &str, #[case] expected: Option<(&'static str, &'static str)>) {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Monthly), 1, BOUGHT);
    match (ask(&world, &sub, BillingCycle::Annual, now), expected) {
        (outcome, Some(expected)) => assert_eq!(no(outcome), expected),
        (outcome, None) => {
            let sub = outcome.unwrap().unwrap().next;
            let (_, cycles) = sub.cycles_ahead().unwrap();
            let prices: Vec<_> = cycles.iter().map(|cycle| cycle.unit_price).collect();
            assert_eq!(prices, [eur("333.33"), eur("27.73")], "23 months of 27.78 were paid");
        }
    }
}

#[rstest]
#[case::d_40_the_boundary_is_the_terms_end(
    yearly("120.00"), BillingCycle::Monthly, ("SCHEDULE_INSTEAD", "D-40"))]
#[case::d_40_a_year_is_not_more_than_one(
    monthly_billed("120.00"), BillingCycle::Annual, ("BILLING_NOT_OFFERED", "D-40"))]
#[case::trm_9_triennial_only_with_a_term(
    three_years(BillingCycle::Annual), BillingCycle::Triennial, ("BILLING_NOT_OFFERED", "TRM-4"))]
#[case::trm_4_longer_than_the_term(
    month_to_month("1.00"), BillingCycle::Annual, ("BILLING_NOT_OFFERED", "TRM-4"))]
#[case::trm_4_once(
    three_years(BillingCycle::Annual), BillingCycle::OneTime, ("BILLING_NOT_OFFERED", "TRM-4"))]
#[case::d_15_a_trial(a_trial_of(&yearly("1.00")), BillingCycle::Annual, ("TRIAL_LOCKED", "D-15"))]
#[case::d_47_bought_once(perpetual("1.00"), BillingCycle::Annual, ("PERPETUAL_PURCHASE", "D-47"))]
fn refused(
    #[case] offer: OfferTerms,
    #[case] billing: BillingCycle,
    #[case] expected: (&'static str, &'static str),
) {
    let world = world();
    let quantity = if offer.product.is_trial { 25 } else { 1 };
    let sub = world.buy(&offer, quantity, BOUGHT);
    assert_eq!(no(ask(&world, &sub, billing, BOUGHT)), expected);
}

/// The catalog lists the plans that are really offered.
#[test]
fn trm_4_a_plan_that_is_not_sold_cannot_be_changed_to() {
    let world = World::new().selling(&three_years(BillingCycle::Annual));
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    let refused = ask(&world, &sub, BillingCycle::Monthly, SOON);
    assert_eq!(no(refused), ("BILLING_NOT_OFFERED", "TRM-4"));
}

#[test]
fn d_46_setting_the_billing_that_is_set_changes_nothing() {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    assert_eq!(ask(&world, &sub, BillingCycle::Annual, SOON), Ok(None));
    let sub = asked(&world, &sub, BillingCycle::Monthly, SOON);
    assert_eq!(ask(&world, &sub, BillingCycle::Monthly, SOON), Ok(None));
}

/// The present cycle again takes the instruction back.
#[test]
fn d_41_it_can_be_taken_back() {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    let sub = asked(&world, &sub, BillingCycle::Monthly, SOON);
    let change = ask(&world, &sub, BillingCycle::Annual, SOON).unwrap().unwrap();
    assert_eq!(
        (change.kind, change.next.next_charge.clone()),
        (ChangeKind::BillingChangeRemoved, None)
    );
    assert_eq!(change.next.update_count, 2, "both are counted (SEA-7)");
    assert_eq!(world.later(&change.next, "2027-01-10T00:00:00Z").cycle.unit_price, eur("333.33"));
}

/// It needs ACTIVE, and outlives what does not end the subscription.
#[test]
fn d_41_it_survives_seats_auto_renew_and_suspension() {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    let off = set_auto_renew(&sub, false, world.on(SOON)).unwrap().unwrap().next;
    let sub = asked(&world, &off, BillingCycle::Monthly, SOON);
    let grown = change_quantity(&sub, 3, world.on(SOON)).unwrap().unwrap().next;
    let suspended = suspend(&grown, world.on(SOON)).unwrap().next;
    assert_eq!(suspended.next_charge, sub.next_charge);
    assert_eq!(no(ask(&world, &suspended, BillingCycle::Annual, SOON)), ("NOT_ACTIVE", "SUS-9"));
    let charged = world.ring(&suspended, "2027-01-10T00:00:00Z");
    assert_eq!(money(&charged), [(ChargeKind::Cycle, 3, "83.34 EUR".to_owned())]);
}

#[test]
fn d_41_cancelling_drops_it() {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    let sub = asked(&world, &sub, BillingCycle::Monthly, BOUGHT);
    let cancelled = world.cancel(&sub, just_after(instant(BOUGHT))).unwrap().next;
    assert_eq!(cancelled.next_charge, None);
}

/// Only this verb is locked by a cycle charge that is due and not committed (D-33).
#[test]
fn lck_3_a_cycle_charge_locks_it() {
    let world = world();
    let sub = world.buy(&three_years(BillingCycle::Monthly), 1, BOUGHT);
    let due_at = instant("2026-02-10T00:00:00Z");
    let at = Occasion { cycle_charge: Some(due_at), ..world.at(just_after(due_at)) };
    let settled = world.settled(&sub, at.now);
    let refused = change_billing(&settled, BillingCycle::Annual, &world.prices, at);
    assert_eq!(no(refused), ("CYCLE_CHARGE_IN_PROGRESS", "LCK-5"));
    let nothing = change_billing(&settled, BillingCycle::Monthly, &world.prices, at);
    assert_eq!(nothing, Ok(None), "what is so already needs no lock (T-8)");
    assert!(change_quantity(&settled, 2, at).is_ok());
}

#[test]
fn sea_7_it_is_a_counted_update() {
    let world = World { policy: Policy { update_limit: 1, ..Policy::default() }, ..world() };
    let sub = world.buy(&three_years(BillingCycle::Annual), 1, BOUGHT);
    let sub = asked(&world, &sub, BillingCycle::Monthly, SOON);
    assert_eq!(no(ask(&world, &sub, BillingCycle::Annual, SOON)), ("UPDATE_LIMIT_1200", "SEA-7"));
}
