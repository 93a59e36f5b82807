//! What a subscription becomes: each rule at its edges, to the cent and the millisecond.

use rstest::rstest;
use uuid::Uuid;
use vocab::{BillingCycle, Money, ProductKind, SkuId, TermLength};

use super::*;
use crate::domain::tests::{
    World, a_trial_of, alone, an_offer, date, eur, instant, just_after, month_to_month,
    monthly_billed, no, perpetual, yearly,
};
use crate::domain::{
    ChangeKind, ChargeKind, Refusal, ScheduledSet, StatusReason, Warning, schedule, suspend,
};

mod chains;
mod existing;
mod partial;
mod promotions;
mod scheduled;
mod trials;

const BOUGHT: &str = "2026-03-10T15:00:00Z";
const LATER: &str = "2026-03-20T09:00:00Z";

/// The same plan of another SKU, for `price`.
fn of_sku(sku: &str, like: &OfferTerms, price: &str) -> OfferTerms {
    let mut offer = like.clone();
    offer.product.sku = SkuId(sku.to_owned());
    offer.product.title = sku.to_owned();
    let length = like.length.map_or("once", |length| length.as_str());
    offer.product.offer = OfferId(format!("{sku}-{length}-{}", like.billing));
    OfferTerms { price: eur(price), ..offer }
}

fn way(from: &Product, to: &Product) -> Path {
    Path {
        from: from.sku.clone(),
        product: to.id.clone(),
        to: to.sku.clone(),
        title: to.title.clone(),
        kind: PathKind::Linear,
        refusal: None,
    }
}

/// As a caller does: settled first, by a way that the catalog knows.
fn go(
    world: &World,
    source: &Subscription,
    to: Destination<'_>,
    quantity: i64,
    now: &str,
) -> Result<Transitioned, Rejection> {
    let source = &world.settled(source, instant(now));
    let product = match to {
        Destination::New(offer) => &offer.product,
        Destination::Existing(target) => &target.product,
    };
    let path = way(&source.product, product);
    let path = Some(&path);
    Transition { source, to, path, quantity, transfers_licences: true }
        .carry_out(&world.prices, world.on(now))
}

/// Lines as kind, seats and what a seat costs.
fn per_seat(change: &Change) -> Vec<(ChargeKind, i64, Money)> {
    let lines = change.charges.iter();
    lines.map(|line| (line.kind, line.quantity, line.effective_unit_price)).collect()
}

fn convert(quantity: i64, amount: &str) -> (ChargeKind, i64, Money) {
    (ChargeKind::Convert, quantity, eur(amount))
}

/// A suite of 31.00 a month for a year, and one of 62.00.
fn two_suites() -> (World, OfferTerms, OfferTerms) {
    let small = of_sku("small", &monthly_billed("0.00"), "372.00");
    let big = of_sku("big", &monthly_billed("0.00"), "744.00");
    (World::new().selling(&small).selling(&big), small, big)
}

/// The UTC day of the upgrade is the target's, whatever the hour; on the first day nothing was used.
#[rstest]
#[case::d_34_the_first_day("2026-03-10T15:00:00.001Z", "-31.00", "62.00")]
#[case::d_34_the_second_day("2026-03-11T00:00:00Z", "-30.00", "60.00")]
#[case::d_34_net_21_a_seat("2026-03-20T00:00:00Z", "-21.00", "42.00")]
#[case::d_34_whatever_the_hour("2026-03-20T23:59:59.999Z", "-21.00", "42.00")]
#[case::d_34_the_last_day("2026-04-09T12:00:00Z", "-1.00", "2.00")]
#[case::bil_5_the_cycle_at_hand("2026-04-10T00:00:00Z", "-31.00", "62.00")]
fn the_money_of_a_full_upgrade(#[case] now: &str, #[case] credit: &str, #[case] charge: &str) {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), 10, now).unwrap();
    assert_eq!(per_seat(&done.source), [convert(10, credit), convert(10, charge)]);
    let net = Money::of_minor(eur(charge).minor + eur(credit).minor, eur(charge).currency);
    assert_eq!(done.total().unwrap(), net.checked_mul(10).unwrap());
}

/// Each batch counts from its own first billed day of the cycle, and is credited by its own line.
#[test]
fn d_34_each_batch_from_its_first_billed_day() {
    let (world, small, big) = two_suites();
    let bought = world.buy(&small, 10, BOUGHT);
    let source = world.resized(&bought, 15, "2026-03-15T00:00:00Z");
    let done = go(&world, &source, Destination::New(&big), 15, LATER).unwrap();
    let expected = [convert(10, "-21.00"), convert(5, "-21.00"), convert(15, "42.00")];
    assert_eq!(per_seat(&done.source), expected);
    let credited: Vec<_> = done.source.charges.iter().filter_map(|line| line.credits).collect();
    assert_eq!(credited, [source.batches[0].charge, source.batches[1].charge]);
}

#[test]
fn upg_8_in_place_the_id_and_the_end_stay_and_all_seats_move() {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), 10, LATER).unwrap();
    let next = &done.source.next;
    assert_eq!((done.source.kind, &done.target), (ChangeKind::Upgraded, &None));
    assert_eq!((next.id, next.quantity, &next.product), (source.id, 10, &big.product));
    let (old, new) = (source.term.unwrap(), next.term.unwrap());
    assert_eq!((new.end, new.anchor_day, new.start), (old.end, old.anchor_day, date("2026-03-20")));
    assert_eq!((next.price, next.cycle.unit_price), (eur("744.00"), eur("62.00")));
    assert_eq!((next.update_count, next.friendly_name.as_str()), (1, "big"));
    assert_eq!(done.source.warnings, []);
    // The next cycle begins where the source's would have.
    assert_eq!(next.next_cycle().map(|cycle| cycle.start), Some(date("2026-04-10")));
}

/// The full term's cycles and prices, in any billing that the offer has.
#[test]
fn d_35_another_billing_is_charged_as_a_term_entered_late() {
    let (world, small, _) = two_suites();
    let big = of_sku("big", &yearly("0.00"), "365.00");
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), 10, LATER).unwrap();
    // 355 of 365 days are left.
    assert_eq!(per_seat(&done.source), [convert(10, "-21.00"), convert(10, "355.00")]);
    assert_eq!(done.source.next.next_cycle(), None);
}

/// T-103: at the end of a short month the anchor day is still the source's.
#[test]
fn tim_5_an_upgrade_that_keeps_its_end_keeps_the_anchor_day() {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 1, "2026-01-31T10:00:00Z");
    let done = go(&world, &source, Destination::New(&big), 1, "2026-03-20T00:00:00Z").unwrap();
    let (old, new) = (source.term.unwrap(), done.source.next.term.unwrap());
    assert_eq!((new.anchor_day, new.end), (31, old.end));
    assert_eq!(done.source.next.cycle.start, date("2026-02-28"));
}

#[test]
fn d_36_seats_keep_their_deadlines_and_count_their_days_anew() {
    let (world, small, big) = two_suites();
    let bought = world.buy(&small, 10, BOUGHT);
    let source = world.resized(&bought, 15, "2026-03-12T00:00:00Z");
    let now = "2026-03-14T09:00:00Z";
    let next = go(&world, &source, Destination::New(&big), 18, now).unwrap().source.next;
    assert_eq!(next.cancellable_until, source.cancellable_until);
    let batches: Vec<_> =
        next.batches.iter().map(|it| (it.quantity, it.deadline, it.anchor)).collect();
    let (first, second) = (source.batches[0].deadline, source.batches[1].deadline);
    let now = instant(now);
    // What is bought with an upgrade has no window (D-16, TRP-29).
    assert_eq!(batches, [(10, first, now), (5, second, now), (3, None, now)]);
}

/// Cancelling refunds the target from the upgrade on, and restores nothing.
#[test]
fn d_36_cancelling_refunds_the_target() {
    let (small, big) =
        (of_sku("s", &yearly("0.00"), "120.00"), of_sku("b", &yearly("0.00"), "240.00"));
    let world = World::new().selling(&small).selling(&big);
    let source = world.buy(&small, 10, "2026-01-10T15:00:00Z");
    let upgraded = go(&world, &source, Destination::New(&big), 10, "2026-01-12T10:00:00Z").unwrap();
    // 363 of 365 days of 240.00.
    assert_eq!(per_seat(&upgraded.source)[1], convert(10, "238.68"));
    let cancelled = world.cancel(&upgraded.source.next, instant("2026-01-13T09:00:00Z")).unwrap();
    assert_eq!(cancelled.total().unwrap(), eur("-2380.20"));
    assert_eq!(cancelled.next.product, big.product);
}

/// The window stays where the purchase left it: an upgrade opens none.
#[rstest]
#[case::d_16_until_its_last_millisecond("2026-03-17T15:00:00Z", true)]
#[case::upg_4_there_is_no_way_back("2026-03-17T15:00:00.001Z", false)]
fn d_16_no_window_opens(#[case] now: &str, #[case] is_open: bool) {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, BOUGHT);
    let next = go(&world, &source, Destination::New(&big), 12, "2026-03-16T00:00:00Z");
    let next = next.unwrap().source.next;
    assert_eq!(world.cancel(&next, instant(now)).is_ok(), is_open);
}

#[rstest]
#[case::d_17_longer(TermLength::ThreeYears, Ok("2029-03-19"))]
#[case::d_17_shorter_ends_too_early(
    TermLength::OneMonth,
    Err(("END_BEFORE_CURRENT", "D-17"))
)]
fn another_duration(
    #[case] length: TermLength,
    #[case] expected: Result<&str, (&'static str, &'static str)>,
) {
    let (world, small, _) = two_suites();
    let kind = ProductKind::LicenseBased;
    let big = of_sku("big", &an_offer(kind, Some(length), BillingCycle::Monthly, "0.00"), "720.00");
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), 10, LATER);
    let Ok(end) = expected else { return assert_eq!(Err(no(done)), expected) };
    let change = done.unwrap().source;
    let term = change.next.term.unwrap();
    assert_eq!((term.start, term.end, term.anchor_day), (date("2026-03-20"), date(end), 20));
    // Its first cycle is charged in full, and no window opens (D-35, D-44).
    assert_eq!(per_seat(&change)[1], convert(10, "20.00"));
    assert_eq!(change.next.cancellable_until, source.cancellable_until);
}

/// A term of the last month of the source may be short enough.
#[test]
fn d_17_a_term_that_ends_on_the_same_day_will_do() {
    let small = of_sku("small", &yearly("0.00"), "120.00");
    let big = of_sku("big", &month_to_month("0.00"), "20.00");
    let world = World::new().selling(&small).selling(&big);
    let source = world.buy(&small, 1, "2026-01-10T00:00:00Z");
    let early = go(&world, &source, Destination::New(&big), 1, "2026-12-09T00:00:00Z");
    assert_eq!(no(early).0, "END_BEFORE_CURRENT");
    let done = go(&world, &source, Destination::New(&big), 1, "2026-12-10T00:00:00Z").unwrap();
    assert_eq!(done.source.next.term.unwrap().end, source.term.unwrap().end);
}

/// What is saved for the renewal and for the next charge is gone, and the former is told.
#[test]
fn upg_19_scheduled_changes_are_dropped() {
    let (world, small, big) = two_suites();
    let sub = world.buy(&small, 10, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(4), ..ScheduledSet::default() };
    let saved = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let change = go(&world, &saved, Destination::New(&big), 10, LATER).unwrap().source;
    assert_eq!((change.next.scheduled, change.next.next_charge), (None, None));
    assert_eq!(change.warnings, [Warning::ScheduledChangesDropped { dropped: wanted }]);
}

#[test]
fn trp_34_licences_are_reassigned_whatever_was_asked_for() {
    let (world, small, big) = two_suites();
    let source = &world.buy(&small, 10, BOUGHT);
    let path = way(&small.product, &big.product);
    let (to, path) = (Destination::New(&big), Some(&path));
    let wanted = Transition { source, to, path, quantity: 10, transfers_licences: false };
    let done = wanted.carry_out(&world.prices, world.on(LATER)).unwrap();
    assert_eq!(done.source.warnings, [Warning::LicencesReassigned]);
}

/// Who sold the others is not told.
#[rstest]
#[case::upg_13_one_more_of_the_sku(3, ByHand::Several)]
#[case::upg_10_from_somebody_else(99, ByHand::OtherChannel)]
fn others_of_the_sku(#[case] partner: u128, #[case] why: ByHand) {
    let (world, small, big) = two_suites();
    let other = world.buy(&big, 3, BOUGHT);
    let other = Subscription {
        id: SubscriptionId(Uuid::from_u128(9)),
        partner: vocab::PartnerId(Uuid::from_u128(partner)),
        ..other
    };
    let world = world.holding(&other);
    let source = world.buy(&small, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), 10, LATER).unwrap();
    assert_eq!(done.source.warnings, [Warning::LicencesAssignedByHand { why }]);
}

fn refused_by(rule: &str, hint: Option<&str>) -> Refusal {
    Refusal {
        reason: "PATH_NOT_SUPPORTED".to_owned(),
        rule: rule.to_owned(),
        message: "it cannot be".to_owned(),
        metadata: hint.map(|hint| ("hint".to_owned(), hint.to_owned())).into_iter().collect(),
    }
}

/// What the catalog refuses is refused with its rule; what leaves licences redundant points to the
/// support request and its deadline.
#[rstest]
#[case::upg_18_a_pair_that_is_not_supported("UPG-18", Some("DUP-1"), Some("REDUNDANT_LICENSES"))]
#[case::upg_16_no_way_back_to_teams("UPG-16", None, None)]
#[case::upg_1_not_higher("UPG-1", None, None)]
#[case::d_19_no_value("D-19", None, None)]
#[case::cat_10_closed("CAT-10", None, None)]
fn a_refused_path(
    #[case] rule: &'static str,
    #[case] hint: Option<&str>,
    #[case] issue: Option<&str>,
) {
    let (world, small, big) = two_suites();
    let source = &world.buy(&small, 10, BOUGHT);
    let refusal = Some(refused_by(rule, hint));
    let path = Path { refusal, ..way(&small.product, &big.product) };
    let (to, path) = (Destination::New(&big), Some(&path));
    let wanted = Transition { source, to, path, quantity: 10, transfers_licences: true };
    let refused = wanted.carry_out(&world.prices, world.on(LATER)).unwrap_err();
    assert_eq!((refused.reason(), refused.rule()), ("PATH_NOT_SUPPORTED", rule));
    assert_eq!(refused.support_issue(), issue);
    // The last day of the current term, inclusive (TRP-61).
    let deadline = ("file_by", "2027-03-09".to_owned());
    assert_eq!(refused.metadata().contains(&deadline), issue.is_some());
    assert_eq!(refused.to_string().contains("2027-03-09"), issue.is_some());
}

#[rstest]
#[case::cat_15_no_way(None, ("PATH_NOT_SUPPORTED", "CAT-15"))]
#[case::cat_15_a_way_from_elsewhere(Some("other"), ("PATH_NOT_SUPPORTED", "CAT-15"))]
fn no_path(#[case] from: Option<&str>, #[case] expected: (&'static str, &'static str)) {
    let (world, small, big) = two_suites();
    let source = &world.buy(&small, 10, BOUGHT);
    let path = from.map(|from| {
        let from = SkuId(from.to_owned());
        Path { from, ..way(&small.product, &big.product) }
    });
    let to = Destination::New(&big);
    let path = path.as_ref();
    let wanted = Transition { source, to, path, quantity: 10, transfers_licences: true };
    assert_eq!(no(wanted.carry_out(&world.prices, world.on(LATER))), expected);
}

#[test]
fn upg_2_only_what_is_active_is_upgraded() {
    let (world, small, big) = two_suites();
    let sub = world.buy(&small, 10, BOUGHT);
    let suspended = suspend(&sub, world.on(BOUGHT)).unwrap().next;
    let refused = go(&world, &suspended, Destination::New(&big), 10, LATER);
    assert_eq!(no(refused), ("NOT_ACTIVE", "SUS-9"));
    let cancelled = world.cancel(&sub, instant(BOUGHT)).unwrap().next;
    let refused = go(&world, &cancelled, Destination::New(&big), 10, LATER);
    assert_eq!(no(refused), ("NOT_ACTIVE", "SUS-9"));
    let once = world.buy(&perpetual("9.00"), 10, BOUGHT);
    let refused = go(&world, &once, Destination::New(&big), 10, LATER);
    assert_eq!(no(refused), ("PERPETUAL_PURCHASE", "D-47"));
}

#[rstest]
#[case::d_39_nothing_is_upgraded_during_an_evaluation("2026-04-08T23:59:59.999Z", Err("D-39"))]
#[case::d_39_what_is_paid_for_is("2026-04-09T00:00:00Z", Ok(()))]
fn after_an_evaluation(#[case] now: &str, #[case] expected: Result<(), &'static str>) {
    let (world, small, big) = two_suites();
    let evaluated = OfferTerms { includes_evaluation: true, ..small };
    let source = world.buy(&evaluated, 10, BOUGHT);
    let done = go(&world, &source, Destination::New(&big), 10, now);
    assert_eq!(done.map(|_| ()).map_err(|no| no.rule()), expected);
}

#[test]
fn lck_6_while_its_renewal_is_pending_it_is_to_be_repeated() {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, BOUGHT);
    let refused = go(&world, &source, Destination::New(&big), 10, "2027-03-10T00:00:00Z");
    assert_eq!(no(refused).0, "RENEWAL_PENDING_RETRY");
    let last = go(&world, &source, Destination::New(&big), 10, "2027-03-09T23:59:59.999Z");
    assert!(last.is_ok());
}

#[rstest]
#[case::sea_7_the_1200th(1_199, true)]
#[case::sea_7_not_one_more(1_200, false)]
fn a_transition_counts(#[case] update_count: i64, #[case] is_taken: bool) {
    let (world, small, big) = two_suites();
    let source = Subscription { update_count, ..world.buy(&small, 10, BOUGHT) };
    let done = go(&world, &source, Destination::New(&big), 10, LATER);
    assert_eq!(done.is_ok(), is_taken);
}

#[test]
fn upg_5_another_market_or_currency_is_no_target() {
    let (world, small, mut big) = two_suites();
    big.product.market = "AT".parse().unwrap();
    let source = world.buy(&small, 10, BOUGHT);
    let refused = go(&world, &source, Destination::New(&big), 10, LATER);
    assert_eq!(no(refused), ("PATH_NOT_SUPPORTED", "UPG-5"));
}

/// The cap of 300 holds for what it becomes, even with as many seats as before.
#[test]
fn cat_9_an_upgrade_is_capped() {
    let (world, small, mut big) = two_suites();
    big.product.restrictions.seats_capped_as = Some("smb".to_owned());
    big.product.seat_maximum = Some(300);
    let other = world.buy(&big, 200, BOUGHT);
    let other = Subscription { id: SubscriptionId(Uuid::from_u128(9)), ..other };
    let world = world.holding(&other);
    let source = world.buy(&small, 101, BOUGHT);
    let refused = go(&world, &source, Destination::New(&big), 101, LATER);
    assert_eq!(no(refused), ("SEAT_LIMIT", "CAT-9"));
    // Some of them do fit, into something new.
    assert!(go(&world, &source, Destination::New(&big), 100, LATER).is_ok());
}

#[test]
fn upg_17_what_must_be_there_first() {
    let (world, small, mut big) = two_suites();
    let base = of_sku("base", &yearly("0.00"), "10.00");
    big.product.restrictions.prerequisites = [base.product.sku.clone()].into();
    let source = world.buy(&small, 10, BOUGHT);
    let refused = go(&world, &source, Destination::New(&big), 10, LATER);
    assert_eq!(no(refused).0, "PREREQUISITE_REQUIRED");
    let held =
        Subscription { id: SubscriptionId(Uuid::from_u128(9)), ..world.buy(&base, 1, BOUGHT) };
    let world = world.holding(&held);
    assert!(go(&world, &source, Destination::New(&big), 10, LATER).is_ok());
}

#[test]
fn upg_5_every_target_is_told_with_what_speaks_against_it() {
    let (world, small, big) = two_suites();
    let source = world.buy(&small, 10, BOUGHT);
    let bought_now = world.buy(&big, 5, LATER);
    let existing = Subscription { id: SubscriptionId(Uuid::from_u128(9)), ..bought_now };
    let path = way(&small.product, &big.product);
    let closed = Path { to: SkuId("gone".to_owned()), ..path.clone() };
    let short = of_sku("big", &month_to_month("0.00"), "70.00");
    let ways = [Way { path, plans: vec![big, short] }, Way { path: closed, plans: vec![] }];
    let found = possibilities(&source, &ways, &[existing], &world.prices, world.on(LATER));
    let told: Vec<_> = found
        .iter()
        .map(|one| {
            let no = |verdict: &Verdict| verdict.refusals.first().map(Rejection::reason);
            (one.into.is_some(), no(&one.full), no(&one.partial), one.amount())
        })
        .collect();
    let (early, other) = (Some("END_BEFORE_CURRENT"), Some("TERM_LENGTH_DIFFERS"));
    let (window, gone) = (Some("TARGET_IN_WINDOW"), Some("OFFER_WITHDRAWN"));
    let expected = [
        (false, None, None, Some(eur("210.00"))),
        (false, early, other, None),
        (true, window, window, None),
        (false, gone, gone, None),
    ];
    assert_eq!(told, expected);
    assert_eq!(found[0].ends_on(), source.ends_on());
}
