//! Seats join what exists: when it qualifies, and what each side then is.

use super::*;

/// A subscription of the bigger suite, and one of the smaller.
fn both(bought: &str, small_bought: &str) -> (World, Subscription, Subscription) {
    let (world, small, big) = two_suites();
    let target = world.buy(&big, 20, bought);
    let target = Subscription { id: SubscriptionId(Uuid::from_u128(9)), ..target };
    let source = world.buy(&small, 10, small_bought);
    (world, source, target)
}

fn join(
    world: &World,
    source: &Subscription,
    target: &Subscription,
    quantity: i64,
    now: &str,
) -> Result<Transitioned, Rejection> {
    let target = &world.settled(target, instant(now));
    go(world, source, Destination::Existing(target), quantity, now)
}

#[test]
fn d_18_the_target_keeps_its_term_and_the_source_is_gone() {
    let (world, source, target) = both("2026-03-10T15:00:00Z", "2026-03-01T00:00:00Z");
    let done = join(&world, &source, &target, 10, LATER).unwrap();
    let (gone, joined) = (&done.source.next, &done.target.as_ref().unwrap().next);
    assert_eq!((joined.id, joined.quantity), (target.id, 30));
    assert_eq!(
        (joined.term, joined.billing, joined.price),
        (target.term, target.billing, target.price)
    );
    assert_eq!((gone.quantity, gone.status), (0, Status::Deleted));
    assert_eq!(gone.status_reason, StatusReason::Transitioned);
    assert_eq!((gone.transitioned_to, gone.alarm()), (Some(target.id), None));
    assert_eq!((gone.update_count, joined.update_count), (1, 1));
    assert_eq!(done.source.kind, ChangeKind::Transitioned);
}

/// The new seats pay at the target's locked price in its own cycle; the source's are credited in its
/// own.
#[test]
fn d_42_the_target_charges_at_its_own_price_and_cycle() {
    let (world, source, target) = both("2026-03-10T15:00:00Z", "2026-03-01T00:00:00Z");
    let target = Subscription { price: eur("600.00"), ..target };
    let cycle = crate::domain::Cycle { unit_price: eur("50.00"), ..target.cycle };
    let target = Subscription { cycle, ..target };
    let done = join(&world, &source, &target, 10, LATER).unwrap();
    // 12 of the 31 days of March, and 21 of the 31 from the tenth on.
    assert_eq!(per_seat(&done.source), [convert(10, "-12.00")]);
    assert_eq!(per_seat(&done.target.unwrap()), [convert(10, "33.87")]);
}

#[rstest]
#[case::upg_6_the_last_instant_of_the_window("2026-03-17T15:00:00Z", Err(("TARGET_IN_WINDOW", "UPG-6")))]
#[case::trp_32_bought_just_now("2026-03-10T16:00:00Z", Err(("TARGET_IN_WINDOW", "UPG-6")))]
#[case::upg_6_a_millisecond_later("2026-03-17T15:00:00.001Z", Ok(()))]
fn the_window_of_the_target(
    #[case] now: &str,
    #[case] expected: Result<(), (&'static str, &'static str)>,
) {
    let (world, source, target) = both("2026-03-10T15:00:00Z", "2026-03-01T00:00:00Z");
    let done = join(&world, &source, &target, 10, now);
    if let Err(no) = &done {
        // When it closes is told (TTO-3).
        assert!(no.metadata().contains(&("closes_at", "2026-03-17T15:00:00Z".to_owned())));
    }
    assert_eq!(done.map(|_| ()).map_err(|no| (no.reason(), no.rule())), expected);
}

#[test]
fn upg_6_open_batches_of_added_seats_do_not_count() {
    let (world, source, target) = both("2026-03-10T15:00:00Z", "2026-03-01T00:00:00Z");
    let target = world.resized(&target, 25, "2026-03-19T00:00:00Z");
    assert!(join(&world, &source, &target, 10, LATER).is_ok());
}

/// Days are compared, not instants.
#[rstest]
#[case::trp_33_the_same_day("2026-03-10T15:00:00Z", "2026-03-10T23:00:00Z", Ok(()))]
#[case::trp_33_a_day_later("2026-03-11T00:00:00Z", "2026-03-10T23:59:00Z", Ok(()))]
#[case::upg_6_a_day_earlier(
    "2026-03-09T23:59:00Z",
    "2026-03-10T00:00:00Z",
    Err(("END_BEFORE_CURRENT", "UPG-6"))
)]
fn the_end_of_the_target(
    #[case] target_bought: &str,
    #[case] source_bought: &str,
    #[case] expected: Result<(), (&'static str, &'static str)>,
) {
    let (world, source, target) = both(target_bought, source_bought);
    let done = join(&world, &source, &target, 10, LATER);
    assert_eq!(done.map(|_| ()).map_err(|no| (no.reason(), no.rule())), expected);
}

#[test]
fn upg_6_terms_must_be_as_long() {
    let (world, source, _) = both(BOUGHT, BOUGHT);
    let kind = ProductKind::LicenseBased;
    let three = an_offer(kind, Some(TermLength::ThreeYears), BillingCycle::Monthly, "0.00");
    let target = world.buy(&of_sku("big", &three, "720.00"), 5, BOUGHT);
    let target = Subscription { id: SubscriptionId(Uuid::from_u128(9)), ..target };
    let refused = join(&world, &source, &target, 10, LATER);
    assert_eq!(no(refused), ("TERM_LENGTH_DIFFERS", "UPG-6"));
}

/// A SKU that is closed to new purchase still grows where it exists.
#[test]
fn cat_10_an_existing_target_may_be_closed_to_new_purchase() {
    let (world, source, target) = both("2026-03-10T15:00:00Z", "2026-03-01T00:00:00Z");
    let refusal = Some(refused_by("CAT-10", None));
    let path = Path { refusal, ..way(&source.product, &target.product) };
    let (to, path) = (Destination::Existing(&target), Some(&path));
    let wanted = Transition { source: &source, to, path, quantity: 10, transfers_licences: true };
    let target_settled = world.settled(&target, instant(LATER));
    let wanted = Transition { to: Destination::Existing(&target_settled), ..wanted };
    assert!(wanted.carry_out(&world.prices, world.on(LATER)).is_ok());
}

/// Seats that move keep their deadlines, and what closed before does not close again.
#[test]
fn d_36_windows_that_closed_at_the_source_do_not_close_at_the_target() {
    let (world, source, target) = both("2026-03-10T15:00:00Z", "2026-03-01T00:00:00Z");
    let source = world.resized(&source, 15, "2026-03-19T00:00:00Z");
    let done = join(&world, &source, &target, 16, LATER).unwrap();
    let joined = done.target.unwrap().next;
    let moved: Vec<_> =
        joined.batches.iter().skip(1).map(|it| (it.quantity, it.deadline)).collect();
    let (first, second) = (source.batches[0].deadline, source.batches[1].deadline);
    assert_eq!(moved, [(10, first), (5, second), (1, None)]);
    assert!(Some(instant(LATER)) < joined.alarm());
    assert_eq!(joined.alarm(), second.map(just_after));
}

#[test]
fn upg_12_a_part_joins_and_the_rest_stays() {
    let (world, source, target) = both("2026-03-10T15:00:00Z", "2026-03-01T00:00:00Z");
    let done = join(&world, &source, &target, 4, LATER).unwrap();
    let (left, joined) = (&done.source.next, &done.target.as_ref().unwrap().next);
    assert_eq!((left.quantity, left.status, joined.quantity), (6, Status::Active, 24));
    assert_eq!(left.transitioned_to, None);
}

/// Its seats change in mid-term, so what was to change with its renewal is gone, and it is told.
#[test]
fn sea_8_scheduled_changes_of_the_target_are_dropped() {
    let (world, source, target) = both("2026-03-10T15:00:00Z", "2026-03-01T00:00:00Z");
    let wanted = ScheduledSet { quantity: Some(4), ..ScheduledSet::default() };
    let saved = schedule(&target, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let change = join(&world, &source, &saved, 10, LATER).unwrap().target.unwrap();
    assert_eq!(change.next.scheduled, None);
    assert_eq!(change.warnings, [Warning::ScheduledChangesDropped { dropped: wanted }]);
}

/// Two SKUs become one: the first in place, long after its window, then the second into it.
#[test]
fn tto_1_two_become_one_in_two_steps() {
    let (world, small, big) = two_suites();
    let first = world.buy(&small, 10, "2026-03-10T00:00:00Z");
    let second = of_sku("second", &monthly_billed("0.00"), "120.00");
    let second = world.buy(&second, 5, "2026-03-01T00:00:00Z");
    let second = Subscription { id: SubscriptionId(Uuid::from_u128(9)), ..second };
    let one = go(&world, &first, Destination::New(&big), 10, LATER).unwrap().source.next;
    let done = join(&world, &second, &one, 5, LATER).unwrap();
    let (gone, whole) = (done.source.next, done.target.unwrap().next);
    assert_eq!((gone.quantity, gone.status, whole.quantity), (0, Status::Deleted, 15));
    assert_eq!((whole.id, whole.product), (first.id, big.product));
}

/// A first step inside the source's window leaves the target in that window.
#[test]
fn tto_3_a_first_step_in_the_window_makes_the_second_wait() {
    let (world, small, big) = two_suites();
    let first = world.buy(&small, 10, "2026-03-19T00:00:00Z");
    let second = of_sku("second", &monthly_billed("0.00"), "120.00");
    let second = world.buy(&second, 5, "2026-03-01T00:00:00Z");
    let one = go(&world, &first, Destination::New(&big), 10, LATER).unwrap().source.next;
    let refused = join(&world, &second, &one, 5, LATER).unwrap_err();
    assert_eq!((refused.reason(), refused.rule()), ("TARGET_IN_WINDOW", "UPG-6"));
    assert!(refused.to_string().contains("2026-03-26T00:00:00Z"), "{refused}");
    assert!(join(&world, &second, &one, 5, "2026-03-26T00:00:00.001Z").is_ok());
}
