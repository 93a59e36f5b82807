//! What moves between partners, and what it is worth.

use rstest::rstest;
use vocab::{BillingCycle, TermLength};

use super::*;
use crate::domain::tests::{
    World, a_trial_of, alone, an_offer, date, eur, instant, monthly_billed, no, perpetual, server,
    yearly,
};
use crate::domain::{
    Attempt, OfferTerms, ScheduledSet, Warning, cancel, change_billing, change_quantity, reducible,
    remove_scheduled, rename, resume, schedule, set_auto_renew, settle_support, suspend,
};

const BOUGHT: &str = "2026-01-10T15:00:00Z";
const TARGET: PartnerId = PartnerId(Uuid::from_u128(0xb));
const TRANSFER: TransferId = TransferId(Uuid::from_u128(0xe));

fn of_kind(kind: ProductKind, price: &str) -> OfferTerms {
    an_offer(kind, Some(TermLength::OneYear), BillingCycle::Annual, price)
}

fn to(id: u128, submitted: &str) -> Handover {
    Handover {
        transfer: TRANSFER,
        partner: TARGET,
        subscription: SubscriptionId(Uuid::from_u128(id)),
        submitted_at: instant(submitted),
    }
}

/// Moves `sub` when it is given, settled first.
fn given(world: &World, sub: &Subscription, now: &str) -> HandedOver {
    let settled = world.settled(sub, instant(now));
    let submitted = submit(&settled, TRANSFER, world.on(now)).unwrap().next;
    hand_over(&submitted, to(0x99, now), world.on(now)).unwrap()
}

fn amounts(lines: &[Charge]) -> Vec<String> {
    lines.iter().map(|line| format!("{} {}", line.quantity, line.amount)).collect()
}

/// Each row: what was bought, when it is given, and the credit for ten seats.
#[rstest]
#[case::d_29_the_day_itself_is_used(yearly("120.00"), "2026-01-13T09:00:00Z", "-1186.80", 361)]
#[case::d_29_the_hour_does_not_matter(
    yearly("120.00"),
    "2026-01-13T23:59:59.999Z",
    "-1186.80",
    361
)]
#[case::d_29_the_day_of_the_purchase(yearly("120.00"), "2026-01-10T15:00:00Z", "-1196.70", 364)]
#[case::d_29_the_last_day_of_the_cycle(yearly("120.00"), "2027-01-09T23:59:59Z", "0.00", 0)]
#[case::d_29_the_current_cycle_alone(
    monthly_billed("100.00"),
    "2026-01-20T00:00:00Z",
    "-53.70",
    20
)]
#[case::d_29_a_cycle_that_is_due_is_charged_first(
    monthly_billed("100.00"),
    "2026-02-10T00:00:00Z",
    "-80.30",
    27
)]
#[case::d_29_a_full_refund_is_none(
    of_kind(ProductKind::IsvSaasLicense, "365.00"),
    "2026-01-11T00:00:00Z",
    "-3630.00",
    363
)]
#[case::trf_5_server_subscriptions(server("600.00"), "2026-01-13T09:00:00Z", "-5934.20", 361)]
fn what_is_left(
    #[case] offer: OfferTerms,
    #[case] now: &str,
    #[case] credit: &str,
    #[case] days: i64,
) {
    let world = World::new();
    let done = given(&world, &world.buy(&offer, 10, BOUGHT), now);
    assert_eq!(done.ended.total().unwrap(), eur(credit));
    assert_eq!(done.begun.total().unwrap(), eur(credit).negated());
    let (credit, charge) = (&done.ended.charges[0], &done.begun.charges[0]);
    assert_eq!((credit.kind, charge.kind), (ChargeKind::Transfer, ChargeKind::Transfer));
    assert_eq!((credit.billed_days, charge.billed_days), (days, days));
    assert_eq!(credit.period_start, charge.period_start);
    assert_eq!((credit.effective_at, charge.effective_at), (instant(now), instant(now)));
}

/// Batch by batch, to the minor unit, and again where it moves on the same day (BIL-11).
#[test]
fn bil_11_each_batch_comes_to_zero() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let sub = world.resized(&sub, 15, "2026-03-01T10:00:00Z");
    let first = given(&world, &sub, "2026-03-01T12:00:00Z");
    assert_eq!(amounts(&first.ended.charges), ["10 -1,032.30 EUR", "5 -516.15 EUR"]);
    assert_eq!(amounts(&first.begun.charges), ["10 1,032.30 EUR", "5 516.15 EUR"]);
    let credited: Vec<_> = first.ended.charges.iter().map(|line| line.credits).collect();
    let charged: Vec<_> = sub.batches.iter().map(|batch| Some(batch.charge)).collect();
    assert_eq!(credited, charged);

    let next = first.begun.next;
    let second = given(&world, &next, "2026-03-01T13:00:00Z");
    assert_eq!(amounts(&second.ended.charges), ["10 -1,032.30 EUR", "5 -516.15 EUR"]);
    let later = given(&world, &next, "2026-03-02T13:00:00Z");
    // A day more: 33 cents a seat.
    assert_eq!(amounts(&later.ended.charges), ["10 -1,029.00 EUR", "5 -514.50 EUR"]);
}

/// The right to end a free evaluation is no window, so it moves along; what was paid for is not given
/// back.
#[test]
fn d_39_an_evaluation_that_moved_can_still_be_cancelled() {
    let offer = of_kind(ProductKind::IsvSaasLicense, "365.00");
    let world = World::new();
    let sub = world.buy(&OfferTerms { includes_evaluation: true, ..offer }, 10, BOUGHT);
    let moved = given(&world, &sub, "2026-01-20T00:00:00Z").begun.next;
    assert_eq!(moved.batches[0].deadline, None);
    let last = "2026-02-08T23:59:59.999Z";
    let ended = cancel(&moved, true, world.on(last)).unwrap();
    assert_eq!(ended.total().unwrap(), eur("0.00"));
    let begun = world.settled(&moved, instant("2026-02-09T00:00:00Z"));
    let refused = cancel(&begun, true, world.on("2026-02-09T00:00:00Z")).unwrap_err();
    assert_eq!(refused.reason(), "CANCELLATION_WINDOW_CLOSED");
}

/// What cannot be taken back is not shown as if it could.
#[test]
fn trf_7_nothing_can_be_taken_back_on_its_way() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let on_its_way = submit(&sub, TRANSFER, world.on(BOUGHT)).unwrap().next;
    assert_eq!(reducible(&sub, instant(BOUGHT)).total, 9);
    assert_eq!(reducible(&on_its_way, instant(BOUGHT)).total, 0);
}

#[test]
fn trf_6_what_comes_along_and_what_stays_behind() {
    let world = World::new().selling(&yearly("120.00"));
    let bought = world.buy(&yearly("120.00"), 10, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(3), ..ScheduledSet::default() };
    let on = || world.on("2026-01-12T00:00:00Z");
    let sub = schedule(&bought, &wanted, &world.prices, on()).unwrap().unwrap().next;
    let sub = Subscription {
        reseller: Some(PartnerId(Uuid::from_u128(0xf))),
        promotion: Some("spring".to_owned()),
        update_count: 7,
        friendly_name: "Ours".to_owned(),
        ..sub
    };
    let HandedOver { ended, begun } = given(&world, &sub, "2026-01-12T09:00:00Z");

    assert_eq!(ended.warnings, [Warning::ScheduledChangesDropped { dropped: wanted }]);
    let old = &ended.next;
    assert_eq!((old.status, old.status_reason), (Status::Cancelled, StatusReason::Transferred));
    assert_eq!((old.quantity, old.batches.len(), old.alarm()), (0, 0, None));
    assert_eq!((ended.kind, ended.reason), (ChangeKind::Cancelled, Some("TRANSFERRED")));

    let new = &begun.next;
    assert_eq!((new.partner, new.customer, new.id == sub.id), (TARGET, sub.customer, false));
    assert_eq!((new.quantity, new.price, new.term), (10, sub.price, sub.term));
    assert_eq!((new.auto_renew, new.anchor, &new.promotion), (true, sub.anchor, &sub.promotion));
    assert_eq!((new.cycle, &new.policy, new.ordered_at), (sub.cycle, &sub.policy, sub.ordered_at));
    assert_eq!((&new.scheduled, &new.next_charge, new.reseller), (&None, &None, None));
    assert_eq!((new.update_count, new.version, begun.quantity_before), (0, 1, 0));
    assert_eq!(new.friendly_name, "A product");
    assert_eq!(new.moved_from.map(|moved| moved.subscription), Some(sub.id));
    assert_eq!(old.moved_to.map(|moved| moved.subscription), Some(new.id));
}

/// The next-charge instruction stays behind (D-41).
#[test]
fn d_41_a_transfer_drops_the_next_charge_instruction() {
    let three_years = an_offer(
        ProductKind::LicenseBased,
        Some(TermLength::ThreeYears),
        BillingCycle::Annual,
        "360.00",
    );
    let monthly = an_offer(
        ProductKind::LicenseBased,
        Some(TermLength::ThreeYears),
        BillingCycle::Monthly,
        "360.00",
    );
    let world = World::new().selling(&three_years).selling(&monthly);
    let sub = world.buy(&three_years, 10, BOUGHT);
    let on = world.on("2026-01-12T00:00:00Z");
    let sub = change_billing(&sub, BillingCycle::Monthly, &world.prices, on).unwrap().unwrap().next;
    assert!(sub.next_charge.is_some());
    let done = given(&world, &sub, "2026-01-12T09:00:00Z");
    assert_eq!((done.ended.next.next_charge, done.begun.next.next_charge), (None, None));
    assert_eq!(done.begun.next.billing, BillingCycle::Annual);
}

/// Neither is held up by a window, nor opens one; the next term's is opened as ever (TRP-59).
#[rstest]
#[case::trp_59_inside_the_window("2026-01-12T00:00:00Z")]
#[case::trp_59_long_after_the_window("2026-06-01T00:00:00Z")]
#[case::trf_3_the_window_does_not_bind_it("2026-01-17T15:00:00.001Z")]
fn no_window(#[case] now: &str) {
    let world = World::new().selling(&yearly("120.00"));
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let new = given(&world, &sub, now).begun.next;
    assert_eq!(no(world.cancel(&new, instant(now))), ("CANCELLATION_WINDOW_CLOSED", "CAN-1"));
    assert_eq!(no(world.resize(&new, 9, now)), ("CANCELLATION_WINDOW_CLOSED", "SEA-3"));
    let renewed = world.later(&new, "2027-01-11T00:00:00Z");
    assert_eq!(renewed.partner, TARGET);
    assert!(world.cancel(&renewed, instant("2027-01-12T00:00:00Z")).is_ok());
}

/// Later cycles are charged to the partner that has it.
#[test]
fn d_29_the_next_cycle_is_the_targets() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("100.00"), 10, BOUGHT);
    let done = given(&world, &sub, "2026-01-20T00:00:00Z");
    assert_eq!(done.begun.alarm(), Some(instant("2026-02-10T00:00:00Z")));
    let next = world.ring(&done.begun.next, "2026-02-10T00:00:00Z").pop().unwrap();
    assert_eq!((next.next.partner, next.total().unwrap()), (TARGET, eur("83.30")));
    assert_eq!(world.ring(&done.ended.next, "2036-02-10T00:00:00Z"), []);
}

/// What is completed late is dated as if it had been at once, whatever fell due meanwhile.
#[test]
fn trf_7_time_leaves_it_alone_on_its_way() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("100.00"), 10, BOUGHT);
    let (given, late) = ("2026-02-09T20:00:00Z", "2026-02-12T00:00:00Z");
    let pending =
        submit(&world.settled(&sub, instant(given)), TRANSFER, world.on(given)).unwrap().next;
    assert_eq!((pending.alarm(), world.ring(&pending, late)), (None, vec![]));
    let at_once = hand_over(&pending, to(9, given), world.on(given)).unwrap();
    let later = hand_over(&pending, to(9, given), world.on(late)).unwrap();
    assert_eq!(amounts(&later.ended.charges), amounts(&at_once.ended.charges));
    assert_eq!(later.begun.effective_at, at_once.begun.effective_at);
    assert_eq!(later.ended.charges[0].committed_at, instant(late));
    let charged = world.ring(&later.begun.next, late);
    assert_eq!(charged[0].effective_at, instant("2026-02-10T00:00:00Z"));
    assert_eq!(later.begun.next.cycle.end, date("2026-02-09"));
}

#[rstest]
#[case::trf_6_licences(yearly("1.00"), None)]
#[case::trf_6_software_subscriptions(server("1.00"), None)]
#[case::trf_6_isv_licences(of_kind(ProductKind::IsvSaasLicense, "1.00"), None)]
#[case::trf_6_isv_metered(of_kind(ProductKind::IsvSaasMetered, "1.00"), None)]
#[case::trf_6_what_was_bought_once(perpetual("1.00"), Some(("NOT_TRANSFERABLE", "TRF-6")))]
#[case::trf_6_legacy_licences(
    of_kind(ProductKind::LicenseLegacy, "1.00"), Some(("NOT_TRANSFERABLE", "TRF-6")))]
#[case::trf_6_linux_plans(
    of_kind(ProductKind::LinuxPlan, "1.00"), Some(("NOT_TRANSFERABLE", "TRF-6")))]
#[case::trf_6_trials(a_trial_of(&yearly("1.00")), Some(("TRIAL_LOCKED", "D-15")))]
fn what_moves(#[case] offer: OfferTerms, #[case] expected: Option<(&str, &str)>) {
    let world = World::new();
    let seats = if offer.product.is_trial { 25 } else { 1 };
    let sub = world.buy(&offer, seats, BOUGHT);
    let outcome = submit(&sub, TRANSFER, world.on("2026-01-12T00:00:00Z"));
    assert_eq!(outcome.is_err().then(|| no(outcome)), expected);
}

#[test]
fn trf_6_only_what_is_active_moves() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let suspended = suspend(&sub, world.on(BOUGHT)).unwrap().next;
    let cancelled = world.cancel(&sub, instant(BOUGHT)).unwrap().next;
    for ended in [suspended, cancelled] {
        assert_eq!(no(submit(&ended, TRANSFER, world.on(BOUGHT))), ("NOT_ACTIVE", "TRF-6"));
    }
}

#[test]
fn lck_6_a_renewal_that_is_pending_comes_first() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let refused = submit(&sub, TRANSFER, world.on("2027-01-10T00:00:00Z"));
    assert_eq!(no(refused), ("RENEWAL_PENDING_RETRY", "LCK-4"));
}

/// Every write is refused with the same reason, and explained with nothing else (TRF-7).
#[test]
fn trf_7_every_other_write_waits() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 5, BOUGHT);
    let sub = submit(&sub, TRANSFER, world.on(BOUGHT)).unwrap().next;
    let (prices, on) = (&world.prices, || world.on("2026-01-11T00:00:00Z"));
    let set = ScheduledSet { quantity: Some(3), ..ScheduledSet::default() };
    let credit = crate::domain::SupportDecision { cancels: false, credit: Some(eur("1.00")) };
    let verbs = [
        rename(&sub, "x", on()).map(drop),
        change_quantity(&sub, 6, on()).map(drop),
        change_quantity(&sub, 5, on()).map(drop),
        cancel(&sub, true, on()).map(drop),
        suspend(&sub, on()).map(drop),
        resume(&sub, on()).map(drop),
        set_auto_renew(&sub, false, on()).map(drop),
        schedule(&sub, &set, prices, on()).map(drop),
        remove_scheduled(&sub, on()).map(drop),
        change_billing(&sub, BillingCycle::Monthly, prices, on()).map(drop),
        settle_support(&sub, credit, eur("5.00"), on()).map(drop),
        submit(&sub, TRANSFER, on()).map(drop),
    ];
    for refused in verbs {
        assert_eq!(no(refused), ("TRANSFER_PENDING", "TRF-7"));
    }
    for told in crate::domain::explain(alone(&sub), &crate::domain::Wishes::default(), prices, on())
    {
        let reasons: Vec<_> = told.reasons.iter().map(Rejection::reason).collect();
        assert_eq!(reasons, ["TRANSFER_PENDING"], "{:?}", told.attempt);
    }
}

/// Whoever asks before is told the credit (D-29).
#[test]
fn trf_5_a_transfer_is_explained() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let on = world.on("2026-01-13T09:00:00Z");
    let wishes = crate::domain::Wishes::default();
    let told = crate::domain::explain(alone(&sub), &wishes, &world.prices, on);
    let told = told.into_iter().find(|told| told.attempt == Attempt::Transfer).unwrap();
    assert_eq!(told.change.unwrap().total().unwrap(), eur("-1186.80"));
    assert!(!told.is_counted, "SEA-7");
}
