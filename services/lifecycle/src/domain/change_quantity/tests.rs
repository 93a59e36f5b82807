//! More seats and fewer, at the edges of their windows.

use rstest::rstest;
use vocab::{BillingCycle, ProductKind, TermLength};

use super::*;
use crate::domain::reducible;
use crate::domain::tests::{
    World, a_trial_of, an_offer, eur, instant, just_after, money, month_to_month, monthly_billed,
    no, perpetual, server, yearly,
};
use crate::domain::{
    OfferTerms, Product, ReducibleSeats, ScheduledSet, Status, Warning, schedule, suspend,
};

const BOUGHT: &str = "2026-01-10T15:00:00Z";

/// The worked example: a cycle of 31 days at 31.00.
#[test]
fn pcx_6_two_of_five_seats_after_five_days() {
    let world = World::new();
    let sub = world.buy(&month_to_month("31.00"), 10, "2026-03-01T00:00:00Z");
    let grown = world.resize(&sub, 15, "2026-03-11T00:00:00Z").unwrap().unwrap();
    assert_eq!(grown.total().unwrap(), eur("105.00"));
    assert_eq!(grown.next.batches[1].deadline, Some(instant("2026-03-18T00:00:00.000Z")));

    let shrunk = world.resize(&grown.next, 13, "2026-03-15T12:00:00Z").unwrap().unwrap();
    assert_eq!(shrunk.total().unwrap(), eur("-32.00"));
    assert_eq!(shrunk.charges[0].credits, Some(grown.charges[0].id));

    assert!(world.resize(&grown.next, 13, "2026-03-18T00:00:00.000Z").is_ok());
    assert!(world.resize(&grown.next, 13, "2026-03-18T00:00:00.001Z").is_err());
}

#[rstest]
#[case::sea_1_the_day_of_the_purchase("2026-03-01T09:00:00Z", "31.00", 31)]
#[case::bil_3_the_day_of_adding_is_charged("2026-03-11T23:59:59.999Z", "21.00", 21)]
#[case::bil_3_the_last_day_of_the_cycle("2026-03-31T12:00:00Z", "1.00", 1)]
#[case::bil_3_the_next_cycle_in_full("2026-04-01T00:00:00Z", "31.00", 30)]
fn a_seat_added(#[case] now: &str, #[case] price: &str, #[case] billed_days: i64) {
    let world = World::new();
    let sub = world.buy(&monthly_billed("372.00"), 1, "2026-03-01T00:00:00Z");
    let change = world.resize(&sub, 2, now).unwrap().unwrap();
    let line = &change.charges[0];
    assert_eq!((line.kind, line.quantity), (ChargeKind::AddSeats, 1));
    assert_eq!((line.amount, line.billed_days), (eur(price), billed_days));
    assert_eq!((line.effective_at, line.committed_at), (instant(now), instant(now)));
}

#[test]
fn bil_3_from_the_next_cycle_on_added_seats_pay_in_full() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("372.00"), 1, "2026-03-01T00:00:00Z");
    let grown = world.resized(&sub, 3, "2026-03-11T00:00:00Z");
    let changes = world.ring(&grown, "2026-04-01T00:00:00Z");
    assert_eq!(money(&changes), [(ChargeKind::Cycle, 3, "93.00 EUR".to_owned())]);
}

/// Buy 10, add 5 five days later: on day 8 exactly those 5 can be reduced.
#[test]
fn trp_8_only_the_batch_inside_its_window() {
    let world = World::new();
    let sub = world.buy(&yearly("365.00"), 10, BOUGHT);
    let grown = world.resized(&sub, 15, "2026-01-15T15:00:00Z");
    let day_8 = "2026-01-18T15:00:00Z";
    assert!(world.resize(&grown, 10, day_8).is_ok());
    let refused = world.resize(&grown, 9, day_8).unwrap_err();
    assert_eq!((refused.reason(), refused.rule()), ("CANCELLATION_WINDOW_CLOSED", "SEA-3"));
    assert_eq!(refused.allowed_until(), Some(instant("2026-01-22T15:00:00Z")));
}

#[test]
fn sea_2_each_batch_has_its_own_window_to_the_millisecond() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 10, BOUGHT);
    let until = sub.batches[0].deadline.unwrap();
    assert_eq!(until, instant("2026-01-17T15:00:00Z"));
    assert!(change_quantity(&sub, 9, world.at(until)).is_ok());
    assert_eq!(
        no(change_quantity(&sub, 9, world.at(just_after(until)))),
        ("CANCELLATION_WINDOW_CLOSED", "SEA-3")
    );
}

#[test]
fn sea_3_the_refusal_names_the_last_window_and_the_way_out() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 10, BOUGHT);
    let refused = world.resize(&sub, 8, "2026-02-01T00:00:00Z").unwrap_err();
    assert_eq!(refused.allowed_until(), Some(instant("2026-01-17T15:00:00Z")));
    assert_eq!(
        refused.to_string(),
        "only 0 of 2 seats can be taken back (the last window closed at 2026-01-17T15:00:00Z); \
         schedule the decrease for the renewal after 2027-01-09"
    );
}

#[test]
fn trp_9_a_batch_shrinks_with_its_reductions() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 10, BOUGHT);
    let grown = world.resized(&sub, 15, "2026-01-15T15:00:00Z");
    let shrunk = world.resized(&grown, 12, "2026-01-18T15:00:00Z");
    let left = reducible(&shrunk, instant("2026-01-18T15:00:00Z"));
    assert_eq!(left.total, 2);
}

#[test]
fn trp_10_an_increase_after_a_decrease_is_a_new_batch() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 10, BOUGHT);
    let shrunk = world.resized(&sub, 8, "2026-01-12T00:00:00Z");
    let grown = world.resized(&shrunk, 10, "2026-01-13T00:00:00Z");
    let batches: Vec<_> =
        grown.batches.iter().map(|batch| (batch.quantity, batch.deadline.unwrap())).collect();
    assert_eq!(
        batches,
        [(8, instant("2026-01-17T15:00:00Z")), (2, instant("2026-01-20T00:00:00Z"))]
    );
}

#[test]
fn d_13_the_earliest_deadline_goes_first_with_a_credit_each() {
    let world = World::new();
    let sub = world.buy(&yearly("365.00"), 3, BOUGHT);
    let grown = world.resized(&sub, 5, "2026-01-12T15:00:00Z");
    let change = world.resize(&grown, 1, "2026-01-13T15:00:00Z").unwrap().unwrap();
    assert_eq!(
        money(std::slice::from_ref(&change)),
        [
            (ChargeKind::RemoveSeats, 3, "-1,086.00 EUR".to_owned()),
            (ChargeKind::RemoveSeats, 1, "-362.00 EUR".to_owned()),
        ]
    );
    assert_eq!(change.next.batches.len(), 1);
}

#[test]
fn d_13_of_equal_deadlines_the_older_batch_goes_first() {
    let world = World::new();
    let mut sub = world.resized(&world.buy(&yearly("1.00"), 3, BOUGHT), 5, "2026-01-12T15:00:00Z");
    let deadline = sub.batches[1].deadline;
    for batch in &mut sub.batches {
        batch.deadline = deadline;
    }
    let change = world.resize(&sub, 3, "2026-01-13T15:00:00Z").unwrap().unwrap();
    assert_eq!(change.next.batches[0].quantity, 1);
    assert_eq!(change.next.batches[1].quantity, 2);
}

/// Windows of several lengths end in another order than they began.
#[test]
fn d_13_the_deadline_decides_before_the_age() {
    let world = World::new();
    let mut sub = world.resized(&world.buy(&yearly("1.00"), 3, BOUGHT), 5, "2026-01-12T15:00:00Z");
    sub.batches[0].deadline = Some(instant("2026-03-01T00:00:00Z"));
    let change = world.resize(&sub, 4, "2026-01-13T15:00:00Z").unwrap().unwrap();
    assert_eq!((change.next.batches[0].quantity, change.next.batches[1].quantity), (3, 1));
}

/// Seats added on 2026-02-05, a cycle boundary on 02-10, reduced on 02-11: one cycle's charge
/// less its used days comes back, and the days charged before stay.
#[test]
fn d_32_used_days_count_from_the_cycle_when_the_batch_is_older() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("336.00"), 1, BOUGHT);
    let grown = world.resized(&sub, 2, "2026-02-05T18:00:00Z");
    let change = world.resize(&grown, 1, "2026-02-11T12:00:00Z").unwrap().unwrap();
    let line = &change.charges[0];
    assert_eq!((line.cycle_days, line.billed_days), (28, 26));
    assert_eq!(line.amount, eur("-26.00"));
}

/// The deduction is rounded per seat, then multiplied: 10.00 - round(10.00 x 3 / 31), twice.
#[test]
fn sea_6_what_was_charged_less_the_days_used() {
    let world = World::new();
    let sub = world.buy(&month_to_month("10.00"), 5, "2026-03-01T00:00:00Z");
    let change = world.resize(&sub, 3, "2026-03-03T10:00:00Z").unwrap().unwrap();
    assert_eq!(change.charges[0].effective_unit_price, eur("-9.03"));
    assert_eq!(change.total().unwrap(), eur("-18.06"));
}

#[test]
fn sea_4_the_request_carries_the_new_total() {
    let world = World::new();
    let change =
        world.resize(&world.buy(&yearly("1.00"), 10, BOUGHT), 12, BOUGHT).unwrap().unwrap();
    assert_eq!((change.quantity_before, change.next.quantity), (10, 12));
}

#[test]
fn sea_5_the_breakdown_goes_by_deadline() {
    let world = World::new();
    let sub = world.resized(&world.buy(&yearly("1.00"), 10, BOUGHT), 15, "2026-01-15T15:00:00Z");
    let now = reducible(&sub, instant("2026-01-15T15:00:00Z"));
    assert_eq!(now.total, 14);
    assert_eq!(
        now.parts,
        [
            ReducibleSeats { quantity: 10, allowed_until: instant("2026-01-17T15:00:00Z") },
            ReducibleSeats { quantity: 4, allowed_until: instant("2026-01-22T15:00:00Z") },
        ]
    );
    assert_eq!(
        reducible(&sub, instant("2026-03-01T00:00:00Z")).closed_at,
        Some(instant("2026-01-22T15:00:00Z"))
    );
}

#[rstest]
#[case::sea_13_down_to_the_minimum(5, Ok(5))]
#[case::sea_13_not_below_the_minimum(4, Err(("MIN_SEATS", "SEA-13")))]
fn the_offers_minimum(#[case] total: i64, #[case] expected: Result<i64, (&str, &str)>) {
    let world = World::new();
    let plain = yearly("1.00");
    let offer = OfferTerms { product: Product { seat_minimum: 5, ..plain.product }, ..plain };
    let sub = world.buy(&offer, 10, BOUGHT);
    assert_eq!(reducible(&sub, instant(BOUGHT)).total, 5);
    let outcome = world.resize(&sub, total, BOUGHT).map(|change| change.unwrap().next.quantity);
    assert_eq!(outcome.map_err(|no| (no.reason(), no.rule())), expected);
}

#[test]
fn sea_7_the_1200th_update_is_the_last() {
    let world = World::new();
    let sub = Subscription { update_count: 1199, ..world.buy(&yearly("1.00"), 10, BOUGHT) };
    let last = world.resized(&sub, 11, BOUGHT);
    assert_eq!(last.update_count, 1200);
    assert_eq!(no(world.resize(&last, 12, BOUGHT)), ("UPDATE_LIMIT_1200", "SEA-7"));
    assert!(world.cancel(&last, instant(BOUGHT)).is_ok());
    assert!(suspend(&last, world.on(BOUGHT)).is_ok());
}

fn with_a_scheduled_decrease(world: &World) -> Subscription {
    let sub = world.buy(&yearly("1.00"), 10, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(3), ..ScheduledSet::default() };
    schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next
}

#[test]
fn sea_8_a_change_of_seats_deletes_scheduled_changes() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = with_a_scheduled_decrease(&world);
    let change = world.resize(&sub, 11, BOUGHT).unwrap().unwrap();
    assert_eq!(change.next.scheduled, None);
    assert!(matches!(change.warnings[..], [Warning::ScheduledChangesDropped { .. }]));
}

#[test]
fn trp_22_the_warning_says_what_is_gone() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = with_a_scheduled_decrease(&world);
    let change = world.resize(&sub, 11, BOUGHT).unwrap().unwrap();
    assert_eq!(
        change.warnings[0].to_string(),
        "the changes that were scheduled for the renewal are gone: 3 seats"
    );
}

#[test]
fn trp_23_a_no_op_deletes_nothing_and_does_not_count() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = with_a_scheduled_decrease(&world);
    assert_eq!(world.resize(&sub, 10, BOUGHT), Ok(None));
    assert_eq!(world.settled(&sub, instant(BOUGHT)), sub);
}

fn an_isv_offer() -> OfferTerms {
    let term = Some(TermLength::OneYear);
    an_offer(ProductKind::IsvSaasLicense, term, BillingCycle::Annual, "365.00")
}

#[test]
fn sea_12_seats_of_a_publisher_come_back_in_full_within_72_hours() {
    let world = World::new();
    let sub = world.resized(&world.buy(&an_isv_offer(), 2, BOUGHT), 4, "2026-03-01T00:00:00Z");
    assert_eq!(sub.batches[1].deadline, Some(instant("2026-03-04T00:00:00Z")));
    let change = world.resize(&sub, 2, "2026-03-04T00:00:00Z").unwrap().unwrap();
    let charged = sub.batches[1].charged_per_seat;
    assert_eq!(change.total().unwrap(), charged.checked_mul(2).unwrap().negated());
}

#[test]
fn d_21_a_server_subscription_grows_and_never_shrinks() {
    let world = World::new();
    let sub = world.resized(&world.buy(&server("1.00"), 2, BOUGHT), 4, BOUGHT);
    assert_eq!(no(world.resize(&sub, 3, BOUGHT)), ("CANCELLATION_WINDOW_CLOSED", "D-21"));
    assert_eq!(reducible(&sub, instant(BOUGHT)).total, 0);
}

#[rstest]
#[case::sea_9_reducing_to_none(yearly("1.00"), 0, ("USE_CANCEL", "SEA-9"))]
#[case::sea_4_less_than_none(yearly("1.00"), -1, ("QUANTITY_INVALID", "SEA-4"))]
#[case::sea_10_a_trial(a_trial_of(&yearly("1.00")), 26, ("TRIAL_LOCKED", "D-15"))]
#[case::d_47_what_was_bought_once(perpetual("1.00"), 26, ("PERPETUAL_PURCHASE", "D-47"))]
#[case::d_11_more_than_can_be_charged(yearly("1.00"), i64::MAX, ("QUANTITY_INVALID", "D-11"))]
fn refused(
    #[case] offer: OfferTerms,
    #[case] total: i64,
    #[case] expected: (&'static str, &'static str),
) {
    let world = World::new();
    assert_eq!(no(world.resize(&world.buy(&offer, 25, BOUGHT), total, BOUGHT)), expected);
}

#[test]
fn cat_9_not_beyond_the_offers_maximum() {
    let world = World::new();
    let plain = yearly("1.00");
    let offer =
        OfferTerms { product: Product { seat_maximum: Some(300), ..plain.product }, ..plain };
    let sub = world.buy(&offer, 299, BOUGHT);
    assert!(world.resize(&sub, 300, BOUGHT).is_ok());
    assert_eq!(no(world.resize(&sub, 301, BOUGHT)), ("SEAT_LIMIT", "CAT-9"));
}

#[rstest]
#[case::sea_10_suspended(Status::Suspended)]
#[case::sus_9_expired(Status::Expired)]
#[case::sus_9_cancelled(Status::Cancelled)]
#[case::sus_9_pending(Status::Pending)]
fn needs_active(#[case] status: Status) {
    let world = World::new();
    let sub = Subscription { status, ..world.buy(&yearly("1.00"), 10, BOUGHT) };
    assert_eq!(no(world.resize(&sub, 11, BOUGHT)), ("NOT_ACTIVE", "SUS-9"));
}

#[test]
fn lck_4_a_pending_renewal_answers_try_again() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 10, BOUGHT);
    assert!(world.resize(&sub, 11, "2027-01-09T23:59:59.999Z").is_ok());
    assert_eq!(
        no(world.resize(&sub, 11, "2027-01-10T00:00:00Z")),
        ("RENEWAL_PENDING_RETRY", "LCK-4")
    );
    assert_eq!(world.resize(&sub, 10, "2027-01-10T00:00:00Z"), Ok(None));
}
