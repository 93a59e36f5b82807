//! Who is locked out by what: every action between the end of a term and its renewal, and while a
//! cycle charge is due.

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use uuid::Uuid;
use vocab::PartnerId;

use super::*;
use crate::domain::tests::{World, alone, instant, just_after, just_before, monthly_billed};
use crate::domain::{Attempt, Explanation, ScheduledSet, Wishes, explain, schedule};

const BOUGHT: &str = "2026-01-10T15:00:00Z";
/// 00:00Z of the day after the term.
const OVER: &str = "2027-01-10T00:00:00Z";
/// Who owns and manages it.
const RESELLER: PartnerId = PartnerId(Uuid::from_u128(31));
const RETRY: &str = "RENEWAL_PENDING_RETRY";
const READ_ONLY: &str = "RENEWAL_IN_PROGRESS";

/// A reseller's year that is billed by the month, with something saved for its renewal.
fn a_year() -> (World, Subscription) {
    let offer = monthly_billed("120.00");
    let world = World::new().selling(&offer);
    let sub = world.buy(&offer, 10, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(7), ..ScheduledSet::default() };
    let saved = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap();
    (world, Subscription { reseller: Some(RESELLER), ..saved.next })
}

fn explained(world: &World, sub: &Subscription, now: Timestamp) -> Vec<Explanation> {
    let wishes = Wishes { quantity: Some(11), ..Wishes::default() };
    explain(alone(&world.settled(sub, now)), &wishes, &world.prices, world.at(now))
}

fn reasons(explained: &Explanation) -> Vec<&'static str> {
    explained.reasons.iter().map(Rejection::reason).collect()
}

/// Nothing is suspended here, so nothing can be resumed, and a year has no thirteen months left.
fn in_use(attempt: &Attempt) -> Option<&'static str> {
    let is_billing = matches!(attempt, Attempt::ChangeBilling(_));
    let resumed = matches!(attempt, Attempt::Resume).then_some("NOT_SUSPENDED");
    let has_none = matches!(attempt, Attempt::ChangeAddOns(_)).then_some("ADD_ON_NOT_OFFERED");
    resumed.or(has_none).or(is_billing.then_some("BILLING_NOT_OFFERED"))
}

fn one(reason: Option<&'static str>) -> Vec<&'static str> {
    reason.into_iter().collect()
}

/// What the rules say of each action while a renewal is pending. A new one needs a line here.
///
/// Source: LCK-2, LCK-4, LCK-6, T-8.
fn answer_while_pending(attempt: &Attempt) -> &'static [&'static str] {
    match attempt {
        Attempt::Rename(_)
        | Attempt::AssignReseller(_)
        | Attempt::Increase(_)
        | Attempt::Decrease(_)
        | Attempt::Cancel
        | Attempt::Transition
        | Attempt::Transfer => &[RETRY],
        Attempt::Suspend
        | Attempt::SetAutoRenew(false)
        | Attempt::Schedule(_)
        | Attempt::RemoveScheduled => &[READ_ONLY],
        // The rest of the year is over, too.
        Attempt::ChangeBilling(_) => &[READ_ONLY, "SCHEDULE_INSTEAD"],
        Attempt::Resume => &["NOT_SUSPENDED", READ_ONLY],
        // It has none.
        Attempt::ChangeAddOns(_) => &["ADD_ON_NOT_OFFERED"],
        // It is on, so nothing would change.
        Attempt::SetAutoRenew(true) => &[],
    }
}

/// The worker comes a minute after midnight, or is down for days: until it has renewed, nobody slips
/// through, and no old window serves again.
#[rstest]
#[case::lck_6_from_midnight(instant(OVER))]
#[case::lck_6_a_millisecond_later(just_after(instant(OVER)))]
#[case::d_12_when_the_work_begins(instant("2027-01-10T00:01:00Z"))]
#[case::trp_7_three_days_late(instant("2027-01-13T09:30:00Z"))]
#[case::trp_7_a_month_late(instant("2027-02-13T09:30:00Z"))]
fn while_a_renewal_is_pending(#[case] now: Timestamp) {
    let (world, sub) = a_year();
    for told in explained(&world, &sub, now) {
        let expected = answer_while_pending(&told.attempt);
        assert_eq!(reasons(&told), expected, "{:?}", told.attempt);
        // The hint belongs to what can be repeated, and to that alone (TRP-27).
        let hint = (expected == [RETRY]).then_some(SignedDuration::from_secs(120));
        assert_eq!(told.retry_after(), hint, "{:?}", told.attempt);
        assert_eq!((told.change, told.effective_at), (None, None));
    }
}

/// On the last day of the term everything is as it was all year, to the millisecond.
#[test]
fn lck_6_the_last_millisecond_of_the_term_is_free() {
    let (world, sub) = a_year();
    let last = just_before(instant(OVER));
    for told in explained(&world, &sub, last) {
        let has_a_window = matches!(told.attempt, Attempt::Cancel | Attempt::Decrease(_));
        let closed = has_a_window.then_some("CANCELLATION_WINDOW_CLOSED");
        // No cycle follows the last one.
        let is_last = matches!(told.attempt, Attempt::ChangeBilling(_));
        let last_cycle = is_last.then_some("SCHEDULE_INSTEAD");
        let expected = closed.or(last_cycle).or(in_use(&told.attempt));
        assert_eq!(reasons(&told), one(expected), "{:?}", told.attempt);
        if told.change.is_some() {
            assert_eq!(told.allowed_until, Some(last), "{:?}", told.attempt);
        }
    }
}

/// The renewal is complete: what waited goes through, and a new window is open.
#[test]
fn lck_4_a_retry_succeeds_once_the_renewal_is_complete() {
    let (world, sub) = a_year();
    let now = "2027-01-13T09:30:00Z";
    let renewed = world.later(&sub, now);
    for told in explained(&world, &renewed, instant(now)) {
        assert_eq!(reasons(&told), one(in_use(&told.attempt)), "{:?}", told.attempt);
    }
}

/// A cycle charge that is due, or three days late, locks none of these: what a caller asks for is
/// what it would be without it.
#[rstest]
#[case::trp_26_at_midnight(instant("2026-02-10T00:00:00Z"))]
#[case::trp_26_a_millisecond_later(just_after(instant("2026-02-10T00:00:00Z")))]
#[case::trp_26_three_days_late(instant("2026-02-13T09:30:00Z"))]
fn while_a_cycle_charge_is_due(#[case] now: Timestamp) {
    let (world, sub) = a_year();
    let before = explained(&world, &sub, instant("2026-02-09T23:59:59.999Z"));
    for (told, earlier) in explained(&world, &sub, now).iter().zip(&before) {
        assert_eq!(reasons(told), reasons(earlier), "{:?}", told.attempt);
        assert_eq!(told.change.is_some(), earlier.change.is_some(), "{:?}", told.attempt);
    }
}

/// On the last boundary of a year that is billed by the month there is no cycle charge to come
/// first: the renewal's lock holds.
#[test]
fn trp_28_the_lock_of_the_renewal_wins() {
    let (world, sub) = a_year();
    let late = world.settled(&sub, instant(OVER));
    assert_eq!((late.cycle.index, late.next_cycle()), (12, None));
    assert!(late.is_renewal_pending(instant(OVER)));
}

/// Without auto-renew there is no renewal to wait for: it is over at once.
#[test]
fn lck_6_without_auto_renew_there_is_no_lock() {
    let (world, sub) = a_year();
    let off = Subscription { auto_renew: false, scheduled: None, ..sub };
    for told in explained(&world, &off, instant(OVER)) {
        let is_a_label = matches!(told.attempt, Attempt::Rename(_) | Attempt::AssignReseller(_));
        let is_resumed = matches!(told.attempt, Attempt::Resume);
        let over = if is_resumed { "NOT_SUSPENDED" } else { "NOT_ACTIVE" };
        let expected = (!is_a_label).then_some(over);
        assert_eq!(reasons(&told), one(expected), "{:?}", told.attempt);
    }
}
