//! Some of the seats go, to a child that ends with the source.

use super::*;

#[test]
fn upg_11_a_child_ends_with_the_source_and_the_rest_stays() {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, "2026-01-31T10:00:00Z");
    let done = go(&world, &source, Destination::New(&big), 4, LATER).unwrap();
    let child = done.target.as_ref().unwrap();
    let (left, next) = (&done.source.next, &child.next);
    assert_eq!((left.quantity, next.quantity), (6, 4));
    assert_eq!(done.source.kind, ChangeKind::SeatsMovedOut);
    assert_eq!((child.kind, child.quantity_before), (ChangeKind::SeatsMovedIn, 0));
    let (old, new) = (source.term.unwrap(), next.term.unwrap());
    assert_eq!((new.end, new.anchor_day), (old.end, old.anchor_day));
    assert_eq!((next.split_from, next.auto_renew), (Some(source.id), true));
    assert_ne!(next.id, source.id);
    assert_eq!((left.update_count, next.update_count), (1, 0));
    let by_hand = Warning::LicencesAssignedByHand { why: ByHand::Partial };
    assert_eq!(child.warnings, [by_hand]);
}

/// The child's first term is shorter than a year, and its first charge prorated.
#[test]
fn trp_31_the_first_charge_of_the_child_is_prorated() {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), 4, LATER).unwrap();
    let child = done.target.unwrap();
    assert_eq!(per_seat(&done.source), [convert(4, "-21.00")]);
    assert_eq!(per_seat(&child), [convert(4, "42.00")]);
    assert_eq!(child.next.next_cycle().map(|it| it.start), Some(date("2026-04-10")));
}

#[test]
fn d_49_the_child_copies_auto_renew() {
    let (world, small, big) = two_suites();
    let source = Subscription { auto_renew: false, ..world.buy(&small, 10, BOUGHT) };
    let done = go(&world, &source, Destination::New(&big), 4, LATER).unwrap();
    assert!(!done.target.unwrap().next.auto_renew);
}

/// As many as the source has are all of it, and so are more.
#[rstest]
#[case::upg_7_one_fewer_is_partial(9, true)]
#[case::upg_7_as_many_are_full(10, false)]
#[case::trp_29_more_are_full_too(11, false)]
fn full_or_partial(#[case] quantity: i64, #[case] has_child: bool) {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), quantity, LATER).unwrap();
    assert_eq!(done.target.is_some(), has_child);
}

/// Until the source's deadline the child can be cancelled, and its seats reduced.
#[rstest]
#[case::d_51_until_the_deadline("2026-03-17T15:00:00Z", true)]
#[case::d_51_not_later("2026-03-17T15:00:00.001Z", false)]
fn the_childs_seats(#[case] now: &str, #[case] is_open: bool) {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), 4, "2026-03-12T00:00:00Z").unwrap();
    let child = done.target.unwrap().next;
    assert_eq!(child.cancellable_until, source.cancellable_until);
    assert_eq!(world.cancel(&child, instant(now)).is_ok(), is_open);
    assert_eq!(world.resize(&child, 1, now).is_ok(), is_open);
}

/// Closed batches first, then the earliest deadline; each with its own credit.
#[test]
fn d_42_seats_leave_closed_batches_first() {
    let (world, small, big) = two_suites();
    let bought = world.buy(&small, 10, BOUGHT);
    let source = world.resized(&bought, 15, "2026-03-18T00:00:00Z");
    let done = go(&world, &source, Destination::New(&big), 12, LATER).unwrap();
    assert_eq!(per_seat(&done.source), [convert(10, "-21.00"), convert(2, "-21.00")]);
    let left: Vec<_> =
        done.source.next.batches.iter().map(|it| (it.quantity, it.deadline)).collect();
    assert_eq!(left, [(3, source.batches[1].deadline)]);
}

#[rstest]
#[case::upg_12_what_is_left_of_the_source(3, 1, 8, Err("MIN_SEATS"))]
#[case::upg_12_exactly_the_minimum_is_left(3, 1, 7, Ok(()))]
#[case::upg_12_the_child_is_a_suite_too(1, 5, 4, Err("MIN_SEATS"))]
#[case::trp_30_exactly_the_minimum_of_the_child(1, 5, 5, Ok(()))]
fn the_minimum(
    #[case] of_source: i64,
    #[case] of_target: i64,
    #[case] quantity: i64,
    #[case] expected: Result<(), &'static str>,
) {
    let (world, mut small, mut big) = two_suites();
    small.product.seat_minimum = of_source;
    big.product.seat_minimum = of_target;
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), quantity, LATER);
    assert_eq!(
        done.map(|_| ()).map_err(|no| (no.reason(), no.rule())),
        expected.map_err(|no| (no, "UPG-12"))
    );
}

/// T-102: a child ends with the source, so its terms are as long.
#[test]
fn upg_11_a_child_has_terms_of_the_same_length() {
    let (world, small, _) = two_suites();
    let kind = ProductKind::LicenseBased;
    let three = an_offer(kind, Some(TermLength::ThreeYears), BillingCycle::Monthly, "0.00");
    let big = of_sku("big", &three, "720.00");
    let source = world.buy(&small, 10, BOUGHT);
    let refused = go(&world, &source, Destination::New(&big), 4, LATER);
    assert_eq!(no(refused), ("TERM_LENGTH_DIFFERS", "UPG-11"));
}

#[test]
fn upg_14_legacy_licences_are_upgraded_in_full() {
    let like = an_offer(
        ProductKind::LicenseLegacy,
        Some(TermLength::OneYear),
        BillingCycle::Annual,
        "0.00",
    );
    let (small, big) = (of_sku("small", &like, "10.00"), of_sku("big", &like, "20.00"));
    let world = World::new().selling(&small).selling(&big);
    let source = world.buy(&small, 10, BOUGHT);
    let refused = go(&world, &source, Destination::New(&big), 4, LATER);
    assert_eq!(no(refused), ("PATH_NOT_SUPPORTED", "UPG-14"));
    assert!(go(&world, &source, Destination::New(&big), 10, LATER).is_ok());
}

/// A child is one subscription more for the tenant; an upgrade in place is not.
#[test]
fn ent_1_a_child_counts_for_the_tenant() {
    let (mut world, small, big) = two_suites();
    world.policy.subscription_limit = 1;
    let source = world.buy(&small, 10, BOUGHT);
    let world = world.holding(&source);
    let refused = go(&world, &source, Destination::New(&big), 4, LATER);
    assert_eq!(no(refused).0, "TENANT_SUBSCRIPTION_LIMIT");
    assert!(go(&world, &source, Destination::New(&big), 10, LATER).is_ok());
}
