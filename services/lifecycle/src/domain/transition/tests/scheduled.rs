//! Upgrades and conversions that come with the next term.

use super::*;

const RENEWED: &str = "2027-03-10T00:01:00Z";

fn to(offer: &OfferTerms, quantity: Option<i64>, path: Option<Path>) -> ScheduledSet {
    ScheduledSet {
        quantity,
        offer: Some(offer.product.offer.clone()),
        path: path.map(Box::new),
        ..ScheduledSet::default()
    }
}

fn save(
    world: &World,
    sub: &Subscription,
    set: &ScheduledSet,
    now: &str,
) -> Result<Change, Rejection> {
    schedule(sub, set, &world.prices, world.on(now)).map(|change| change.unwrap())
}

/// A renewal all the same: the new SKU at its price, and the window opens.
#[test]
fn d_44_a_renewal_that_upgrades_opens_its_window() {
    let (world, small, big) = two_suites();
    let sub = world.buy(&small, 10, BOUGHT);
    let set = to(&big, None, Some(way(&small.product, &big.product)));
    let saved = save(&world, &sub, &set, LATER).unwrap();
    assert_eq!(saved.warnings, []);
    let done = world.ring(&saved.next, RENEWED).pop().unwrap();
    assert_eq!((done.kind, &done.next.product), (ChangeKind::Renewed, &big.product));
    assert_eq!(done.next.cancellable_until, Some(instant("2027-03-17T00:01:00Z")));
    assert_eq!((done.next.price, done.next.quantity), (eur("744.00"), 10));
    assert_eq!(done.warnings, []);
}

/// Licences follow by themselves only if the number of seats stays.
#[rstest]
#[case::sch_5_the_same_number_by_itself(None, false)]
#[case::trp_25_another_number_by_hand(Some(12), true)]
fn licences(#[case] quantity: Option<i64>, #[case] is_by_hand: bool) {
    let (world, small, big) = two_suites();
    let sub = world.buy(&small, 10, BOUGHT);
    let set = to(&big, quantity, Some(way(&small.product, &big.product)));
    let saved = save(&world, &sub, &set, LATER).unwrap();
    let by_hand = Warning::LicencesAssignedByHand { why: ByHand::OtherQuantity };
    let expected: Vec<_> = is_by_hand.then_some(by_hand).into_iter().collect();
    assert_eq!(saved.warnings, expected);
    let done = world.ring(&saved.next, RENEWED).pop().unwrap();
    assert_eq!((done.warnings, done.next.quantity), (expected, quantity.unwrap_or(10)));
}

/// Until the term's end a scheduled upgrade has done nothing.
#[test]
fn upg_3_at_once_or_with_the_next_term() {
    let (world, small, big) = two_suites();
    let sub = world.buy(&small, 10, BOUGHT);
    let now = go(&world, &sub, Destination::New(&big), 10, LATER).unwrap().source.next;
    let set = to(&big, None, Some(way(&small.product, &big.product)));
    let saved = save(&world, &sub, &set, LATER).unwrap();
    assert_eq!((&now.product, &saved.next.product), (&big.product, &small.product));
    assert_eq!(saved.charges, []);
    let last = world.later(&saved.next, "2027-03-09T23:59:59.999Z");
    assert_eq!(last.product, small.product);
    assert_eq!(world.later(&last, RENEWED).product, big.product);
}

#[rstest]
#[case::sch_1_no_way(None, ("PATH_NOT_SUPPORTED", "SCH-1"))]
#[case::upg_18_refused_by_the_catalog(Some("UPG-18"), ("PATH_NOT_SUPPORTED", "UPG-18"))]
fn what_cannot_be_scheduled(
    #[case] rule: Option<&str>,
    #[case] expected: (&'static str, &'static str),
) {
    let (world, small, big) = two_suites();
    let sub = world.buy(&small, 10, BOUGHT);
    let path = rule.map(|rule| {
        let refusal = Some(refused_by(rule, None));
        Path { refusal, ..way(&small.product, &big.product) }
    });
    assert_eq!(no(save(&world, &sub, &to(&big, None, path), LATER)), expected);
}

/// T-100: the way was judged when it was saved; what can be bought, and limits, are judged again.
#[test]
fn ren_6_a_target_that_is_sold_no_more_is_dropped() {
    let (world, small, big) = two_suites();
    let sub = world.buy(&small, 10, BOUGHT);
    let set = to(&big, None, Some(way(&small.product, &big.product)));
    let saved = save(&world, &sub, &set, LATER).unwrap().next;
    let world = world.withdrawing_from("2027-01-01T00:00:00Z", &big);
    let done = world.ring(&saved, RENEWED);
    let last_two: Vec<_> = done.iter().rev().take(2).map(|change| change.kind).collect();
    assert_eq!(last_two, [ChangeKind::Renewed, ChangeKind::ScheduleDropped]);
    assert_eq!(done.last().unwrap().next.product, small.product);
}

/// A mid-term upgrade removes what was scheduled to come of the SKU that it was (SCH-4).
#[test]
fn sch_7_a_mid_term_upgrade_removes_a_scheduled_one() {
    let (world, small, big) = two_suites();
    let bigger = of_sku("bigger", &monthly_billed("0.00"), "999.00");
    let world = world.selling(&bigger);
    let sub = world.buy(&small, 10, BOUGHT);
    let set = to(&bigger, None, Some(way(&small.product, &bigger.product)));
    let saved = save(&world, &sub, &set, BOUGHT).unwrap().next;
    let next = go(&world, &saved, Destination::New(&big), 10, LATER).unwrap().source.next;
    assert_eq!(next.scheduled, None);
}

/// Fewer than 25 will do, into what the trial becomes by itself, or into another plan of it.
#[rstest]
#[case::tri_7_one_seat(Some(1), None)]
#[case::tri_7_other_seats(Some(24), None)]
#[case::tri_4_another_plan(Some(10), Some("big"))]
fn a_scheduled_conversion(#[case] quantity: Option<i64>, #[case] sku: Option<&str>) {
    let (world, _, big) = two_suites();
    let year = of_sku("big", &yearly("0.00"), "700.00");
    let mut trial = a_trial_of(&big);
    trial.product.sku = SkuId("trial".to_owned());
    let world = world.selling(&trial).selling(&year);
    let sub = world.buy(&trial, 25, BOUGHT);
    let set = if sku.is_some() {
        to(&year, quantity, Some(Path::conversion(&trial.product, &year.product)))
    } else {
        ScheduledSet { quantity, ..ScheduledSet::default() }
    };
    let saved = save(&world, &sub, &set, LATER).unwrap();
    let done = world.ring(&saved.next, "2026-04-10T00:01:00Z").pop().unwrap();
    assert_eq!((done.kind, done.next.product.is_trial), (ChangeKind::Converted, false));
    assert_eq!(Some(done.next.quantity), quantity);
    let expected = if sku.is_some() { &year } else { &big };
    assert_eq!(done.next.product.offer, expected.product.offer);
    assert_eq!(done.charges[0].kind, ChargeKind::Convert);
}

#[test]
fn tri_7_it_needs_auto_renew() {
    let (world, _, big) = two_suites();
    let trial = a_trial_of(&big);
    let world = world.selling(&trial);
    let sub = Subscription { auto_renew: false, ..world.buy(&trial, 25, BOUGHT) };
    let set = ScheduledSet { quantity: Some(10), ..ScheduledSet::default() };
    assert_eq!(no(save(&world, &sub, &set, LATER)), ("AUTO_RENEW_OFF", "SCH-2"));
}
