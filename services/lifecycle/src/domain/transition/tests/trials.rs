//! What a trial becomes on demand.

use super::*;
use crate::domain::{Attempt, Wishes, explain};

const CONVERTED: &str = "2026-03-20T09:00:00Z";

/// A trial of the bigger suite, started on the tenth of March.
fn a_trial() -> (World, OfferTerms, Subscription) {
    let (world, _, big) = two_suites();
    let trial = OfferTerms {
        product: Product { sku: SkuId("trial".to_owned()), ..a_trial_of(&big).product },
        ..a_trial_of(&big)
    };
    let world = world.selling(&trial);
    let sub = world.buy(&trial, 25, BOUGHT);
    (world, big, sub)
}

#[rstest]
#[case::tri_5_all_25(25, Ok(()))]
#[case::tri_5_more(40, Ok(()))]
#[case::tri_5_no_fewer(24, Err(("MIN_SEATS", "TRI-5")))]
fn mid_term_to_something_new(
    #[case] quantity: i64,
    #[case] expected: Result<(), (&'static str, &'static str)>,
) {
    let (world, big, trial) = a_trial();
    let done = go(&world, &trial, Destination::New(&big), quantity, CONVERTED);
    let Ok(()) = expected else { return assert_eq!(Err(no(done)), expected) };
    let change = done.unwrap().source;
    let next = &change.next;
    assert_eq!((change.kind, next.id, next.quantity), (ChangeKind::Converted, trial.id, quantity));
    let term = next.term.unwrap();
    assert_eq!(
        (term.start, term.end, term.anchor_day),
        (date("2026-03-20"), date("2027-03-19"), 20)
    );
    // A credit of nothing, and the first charge in full (TRP-58, D-49).
    assert_eq!(per_seat(&change), [convert(25, "0.00"), convert(quantity, "62.00")]);
}

/// A first purchase: the policy in force, and its window from this instant.
#[test]
fn d_37_a_conversion_opens_its_own_window() {
    let (world, big, trial) = a_trial();
    assert_eq!((trial.cancellable_until, trial.policy.id.as_str()), (None, "NEVER"));
    let next = go(&world, &trial, Destination::New(&big), 30, CONVERTED).unwrap().source.next;
    let until = Some(instant("2026-03-27T09:00:00Z"));
    assert_eq!((next.policy.id.as_str(), next.cancellable_until), ("LIC168", until));
    let batches: Vec<_> = next.batches.iter().map(|it| (it.quantity, it.deadline)).collect();
    assert_eq!(batches, [(30, until)]);
}

/// Term and billing are free to choose.
#[test]
fn tri_5_the_term_is_chosen() {
    let (world, _, trial) = a_trial();
    let month = of_sku("big", &month_to_month("0.00"), "70.00");
    let next = go(&world, &trial, Destination::New(&month), 25, CONVERTED).unwrap().source.next;
    let term = next.term.unwrap();
    assert_eq!((term.start, term.end), (date("2026-03-20"), date("2026-04-19")));
}

#[test]
fn d_49_converted_with_auto_renew_off_it_stays_off() {
    let (world, big, trial) = a_trial();
    let trial = Subscription { auto_renew: false, ..trial };
    let change = go(&world, &trial, Destination::New(&big), 25, CONVERTED).unwrap().source;
    assert!(!change.next.auto_renew);
    let ends_on = date("2027-03-19");
    assert_eq!(change.warnings, [Warning::AutoRenewStaysOff { ends_on }]);
}

/// Existing seats of the suite, bought on some day; its window may be open.
fn existing(world: &World, big: &OfferTerms, bought: &str) -> Subscription {
    let id = SubscriptionId(Uuid::from_u128(9));
    Subscription { id, ..world.buy(big, 10, bought) }
}

/// One batch with a window of its own; of UPG-6 only the end matters.
#[test]
fn tri_6_all_25_join_an_existing_subscription() {
    let (world, big, trial) = a_trial();
    let target = existing(&world, &big, "2026-03-19T00:00:00Z");
    let done = go(&world, &trial, Destination::Existing(&target), 25, CONVERTED).unwrap();
    let (gone, joined) = (done.source.next, done.target.unwrap().next);
    assert_eq!((gone.status, gone.status_reason), (Status::Deleted, StatusReason::Transitioned));
    assert_eq!((joined.quantity, joined.term, joined.price), (35, target.term, target.price));
    let moved = joined.batches.last().unwrap();
    assert_eq!((moved.quantity, moved.deadline), (25, Some(instant("2026-03-27T09:00:00Z"))));
}

#[rstest]
#[case::tri_6_not_fewer(24)]
#[case::tri_6_not_more(26)]
fn all_or_none(#[case] quantity: i64) {
    let (world, big, trial) = a_trial();
    let target = existing(&world, &big, "2026-03-01T00:00:00Z");
    let refused = go(&world, &trial, Destination::Existing(&target), quantity, CONVERTED);
    assert_eq!(no(refused), ("TRIAL_LOCKED", "TRI-6"));
}

/// The trial ends on 9 April.
#[rstest]
#[case::tri_6_the_same_day("2025-04-10T00:00:00Z", Ok(()))]
#[case::tri_6_a_day_earlier("2025-04-09T00:00:00Z", Err(("END_BEFORE_CURRENT", "TRI-6")))]
fn the_end_of_the_target(
    #[case] bought: &str,
    #[case] expected: Result<(), (&'static str, &'static str)>,
) {
    let (world, big, trial) = a_trial();
    let target = world.settled(&existing(&world, &big, bought), instant(CONVERTED));
    let done = go(&world, &trial, Destination::Existing(&target), 25, CONVERTED);
    assert_eq!(done.map(|_| ()).map_err(|no| (no.reason(), no.rule())), expected);
}

/// 25 trial seats do not count for the cap until they are converted (CAT-9).
#[rstest]
#[case::trp_35_exactly_300(275, true)]
#[case::trp_35_one_too_many(276, false)]
fn the_cap(#[case] seats: i64, #[case] fits: bool) {
    let (world, mut big, trial) = a_trial();
    big.product.restrictions.seats_capped_as = Some("smb".to_owned());
    big.product.seat_maximum = Some(300);
    let id = SubscriptionId(Uuid::from_u128(9));
    let target = Subscription { id, ..world.buy(&big, seats, "2026-03-19T00:00:00Z") };
    let world = world.holding(&target).holding(&trial);
    let done = go(&world, &trial, Destination::Existing(&target), 25, CONVERTED);
    assert_eq!(done.is_ok(), fits);
}

/// All that can be done to it is to convert it, now or at its end.
#[test]
fn tri_2_seats_and_status_stay_as_they_are() {
    let (world, _, trial) = a_trial();
    for told in explain(alone(&trial), &Wishes::default(), &world.prices, world.on(CONVERTED)) {
        let is_locked = matches!(
            told.attempt,
            Attempt::Increase(_)
                | Attempt::Decrease(_)
                | Attempt::Cancel
                | Attempt::Suspend
                | Attempt::Resume
                | Attempt::ChangeAddOns(_)
                | Attempt::ChangeBilling(_)
                | Attempt::Transfer
        );
        let reason = told.reasons.first().map(Rejection::reason);
        assert_eq!(reason == Some("TRIAL_LOCKED"), is_locked, "{told:?}");
        let is_open = matches!(told.attempt, Attempt::Schedule(_) | Attempt::Transition);
        assert!(!is_open || reason.is_none(), "{told:?}");
    }
}

/// A trial is nobody's target.
#[test]
fn d_15_no_seats_join_a_trial() {
    let (world, big, trial) = a_trial();
    let id = SubscriptionId(Uuid::from_u128(9));
    let source = Subscription { id, ..world.buy(&big, 5, "2026-03-01T00:00:00Z") };
    let refused = go(&world, &source, Destination::Existing(&trial), 5, CONVERTED);
    assert_eq!(no(refused).0, "PATH_NOT_SUPPORTED");
}

#[test]
fn tri_9_scheduled_changes_are_dropped() {
    let (world, big, trial) = a_trial();
    let wanted = ScheduledSet { quantity: Some(10), ..ScheduledSet::default() };
    let saved = schedule(&trial, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let change = go(&world, &saved, Destination::New(&big), 25, CONVERTED).unwrap().source;
    assert_eq!(change.next.scheduled, None);
    assert_eq!(change.warnings, [Warning::ScheduledChangesDropped { dropped: wanted }]);
}

/// Nothing can be converted once the trial is over: the renewal converts it.
#[test]
fn lck_6_a_trial_that_is_over_is_converted_by_itself() {
    let (world, big, trial) = a_trial();
    let refused = go(&world, &trial, Destination::New(&big), 25, "2026-04-10T00:00:00Z");
    assert_eq!(no(refused).0, "RENEWAL_PENDING_RETRY");
    let after = world.later(&trial, "2026-04-10T00:01:00Z");
    assert_eq!((after.product.is_trial, after.quantity), (false, 25));
}
