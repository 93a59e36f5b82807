//! How the service and the reference tell of the same thing, so that it can be compared.

use jiff::Timestamp;

use super::reference::{Book, End, Life, Set, State, line};
use crate::domain::{Charge, ChargeKind, Entry, ScheduledSet, Status, Subscription, reducible};
use crate::tests::given::PARTNER;

/// A line of money.
pub fn charge(charge: &Charge) -> String {
    let is_credit = charge.credits.is_some();
    // What moves on a cycle's last day has no day left to be charged for.
    let has_days = !is_credit && (charge.kind != ChargeKind::Transfer || 0 < charge.billed_days);
    let days = has_days.then_some((charge.period_start, charge.period_end));
    let each = charge.effective_unit_price.minor;
    let due = charge.effective_at.as_millisecond();
    assert_eq!(charge.amount.minor, each * charge.quantity);
    let promotion = charge.promotion.as_deref();
    line(charge.kind.as_str(), charge.quantity, each, days, promotion, due)
}

/// Something that happened.
pub fn entry(entry: &Entry) -> String {
    let at = entry.effective_at.as_millisecond();
    format!("{} {at} {}->{}", entry.kind, entry.quantity_before, entry.quantity_after)
}

/// A subscription of the service.
pub fn subscription(sub: &Subscription, now: i64) -> String {
    let ms = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let batches = sub.batches.iter().map(|batch| (batch.quantity, ms(batch.deadline)));
    let batches: Vec<_> = batches.filter(|_| sub.is_live()).collect();
    let status = match sub.status {
        Status::Pending | Status::Active => State::Active,
        Status::Suspended => State::Suspended,
        Status::Expired => State::Expired,
        Status::Cancelled => State::Cancelled,
        Status::Deleted => State::Deleted,
    };
    let term = sub.term.unwrap();
    let now = Timestamp::from_millisecond(now).unwrap();
    format!(
        "{} {status:?} {} seats at {} {} {:?} {}..{} then {} rebilling {:?} cancel until {:?} \
         {batches:?} {} on its way {}",
        sub.product.offer,
        sub.quantity,
        usize::from(sub.partner != PARTNER),
        sub.auto_renew,
        sub.promotion.as_deref(),
        term.start,
        term.end,
        sub.scheduled.as_ref().map(scheduled).unwrap_or_default(),
        sub.next_charge.as_ref().and_then(|next| next.billing.months()),
        ms(sub.cancellable_until),
        reducible(sub, now).total,
        sub.pending_transfer.is_some(),
    )
}

fn scheduled(set: &ScheduledSet) -> String {
    let end = set.co_term.map(|end| end.end.map_or("another's".to_owned(), |end| end.to_string()));
    format!("{:?} {:?} {end:?}", set.quantity, set.offer.as_ref().map(ToString::to_string))
}

/// A subscription of the reference.
pub fn life(life: &Life, now: i64) -> String {
    let batches = life.batches.iter().map(|batch| (batch.seats, batch.until));
    let batches: Vec<_> = batches.filter(|_| life.is_in_use()).collect();
    format!(
        "{:?} {:?} {} seats at {} {} {:?} {}..{} then {} rebilling {:?} cancel until {:?} \
         {batches:?} {} on its way {}",
        life.plan,
        life.state,
        life.seats,
        life.partner,
        life.auto_renew,
        life.promotion,
        life.term.0,
        life.term.1,
        life.scheduled.as_ref().map(set).unwrap_or_default(),
        life.rebilling,
        life.cancel_until,
        life.reducible(now),
        life.given_away_at.is_some(),
    )
}

fn set(set: &Set) -> String {
    let end = set.end.map(|end| match end {
        End::On(day) => day.to_string(),
        End::With(_) => "another's".to_owned(),
    });
    format!("{:?} {:?} {end:?}", set.seats, set.plan.map(|plan| plan.offer.to_owned()))
}

/// Everything that a reference knows of one, for whoever has to find out what went wrong.
pub fn in_full(book: &Book, index: usize) -> String {
    format!("{:#?}", book.lives[index])
}
