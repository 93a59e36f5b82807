//! What time alone does to a subscription, and when: windows close, cycles are charged, terms renew
//! or end. What a renewal is, is in `renew`.

use jiff::{Timestamp, ToSpan};
use vocab::MoneyError;
use vocab::calendar::start_of;

use super::charge::charge;
use super::renew::renew;
use super::window::closed_at;
use super::{
    Change, ChangeKind, ChargeKind, Occasion, Prices, Refund, SeatBatch, Status, StatusReason,
    Subscription,
};

/// Something that time does at one instant, in the order of work at the same instant (D-31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DueKind {
    /// A window is closed.
    WindowClose,
    /// The next cycle of the term is charged.
    CycleCharge,
    /// The next term begins, with what was scheduled for it.
    Renewal,
    /// The term ends for good.
    Expiry,
    /// The subscription is deleted with its data.
    Deletion,
}

/// What time does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: DueKind,
}

impl Subscription {
    /// Returns the earliest instant at which time alone does something; `None` if it never will.
    ///
    /// Source: D-12, D-31.
    pub fn alarm(&self) -> Option<Timestamp> {
        self.due().map(|due| due.at)
    }

    /// Returns when its renewal is due; `None` if, as it stands, it does not renew.
    ///
    /// Source: D-12, REN-3.
    pub fn renews_at(&self) -> Option<Timestamp> {
        let will_renew = self.status == Status::Active && self.auto_renew;
        self.term.filter(|_| will_renew).map(|term| renewal_begins(term.over_at()))
    }

    /// Returns what time does next, and when. What is on its way to another partner is left alone: it
    /// goes on there from when it was given (D-29).
    ///
    /// Source: D-31, TRF-7.
    pub fn due(&self) -> Option<Due> {
        let is_in_use = matches!(self.status, Status::Active | Status::Suspended);
        if !is_in_use || self.pending_transfer.is_some() {
            return None;
        }
        let window =
            self.next_window_end().map(closed_at).map(|at| Due { at, kind: DueKind::WindowClose });
        window.into_iter().chain(self.cycle_or_term_end()).min()
    }

    fn next_window_end(&self) -> Option<Timestamp> {
        let of_seats = self.batches.iter().filter_map(|batch| batch.deadline);
        let ends = of_seats.chain(self.cancellable_until);
        ends.filter(|end| self.windows_closed_through < *end).min()
    }

    fn cycle_or_term_end(&self) -> Option<Due> {
        let term = self.term?;
        let next_cycle = self.next_cycle();
        if let Some(cycle) = next_cycle.filter(|_| self.auto_renew || !self.is_in_evaluation()) {
            let at = start_of(cycle.billed_from(self.term));
            return Some(Due { at, kind: DueKind::CycleCharge });
        }
        if self.base.is_some() && self.auto_renew && self.status == Status::Active {
            // It renews with its base.
            return None;
        }
        let over_at = if next_cycle.is_some() { start_of(term.start) } else { term.over_at() };
        Some(match (self.status, self.auto_renew) {
            (Status::Suspended, _) => Due { at: over_at, kind: DueKind::Deletion },
            (_, true) => Due { at: renewal_begins(over_at), kind: DueKind::Renewal },
            (_, false) => Due { at: over_at, kind: DueKind::Expiry },
        })
    }
}

/// Returns the instant at which renewal work starts: a minute into the day after the term (D-12).
fn renewal_begins(over_at: Timestamp) -> Timestamp {
    over_at.checked_add(1.minute()).unwrap_or(Timestamp::MAX)
}

/// Does to `sub` everything that time alone has made due by now, step by step and in order, each
/// step dated at its due instant. Empty when nothing is due.
///
/// # Errors
///
/// [`MoneyError::Overflow`] if a charge cannot be expressed; nothing of the row is then done.
///
/// Source: D-31, D-12, BIL-8.
pub fn ring(
    sub: &Subscription,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Vec<Change>, MoneyError> {
    let mut changes: Vec<Change> = Vec::new();
    while let Some(change) = step(changes.last().map_or(sub, |last| &last.next), prices, at)? {
        changes.push(change);
    }
    Ok(changes)
}

/// Does the first thing that is due by now; `None` if nothing is.
///
/// # Errors
///
/// [`MoneyError::Overflow`] if a charge cannot be expressed.
pub fn step(
    sub: &Subscription,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Option<Change>, MoneyError> {
    match due_by(sub, at.now) {
        None => Ok(None),
        Some(due) if due.kind == DueKind::Renewal => renew(sub, due.at, prices, at).map(Some),
        Some(due) => act(sub, due, at),
    }
}

/// Does what a caller's verb does first: everything that is due by now except a renewal. Empty
/// when nothing is; the verb then takes `sub` itself, else the last change's `next`.
///
/// # Errors
///
/// [`MoneyError::Overflow`] if a charge cannot be expressed.
///
/// Source: D-33.
pub fn settle(sub: &Subscription, at: Occasion<'_>) -> Result<Vec<Change>, MoneyError> {
    let mut changes: Vec<Change> = Vec::new();
    while let Some(change) = settle_step(changes.last().map_or(sub, |last| &last.next), at)? {
        changes.push(change);
    }
    Ok(changes)
}

fn settle_step(sub: &Subscription, at: Occasion<'_>) -> Result<Option<Change>, MoneyError> {
    due_by(sub, at.now).map_or(Ok(None), |due| act(sub, due, at))
}

fn due_by(sub: &Subscription, now: Timestamp) -> Option<Due> {
    sub.due().filter(|due| due.at <= now)
}

/// Does what is due and needs no prices; `None` for a renewal.
fn act(sub: &Subscription, due: Due, at: Occasion<'_>) -> Result<Option<Change>, MoneyError> {
    match due.kind {
        DueKind::WindowClose => Ok(Some(close_window(sub, due.at, at))),
        DueKind::CycleCharge => charge_cycle(sub, due.at, at).map(Some),
        DueKind::Renewal => Ok(None),
        DueKind::Expiry => Ok(Some(expire(sub, StatusReason::AutoRenewOff, due.at, at))),
        DueKind::Deletion => Ok(Some(delete(sub, due.at, at))),
    }
}

/// Notes that what could be taken back until just before `due_at` is now owed.
fn close_window(sub: &Subscription, due_at: Timestamp, at: Occasion<'_>) -> Change {
    let windows_closed_through = sub.next_window_end().unwrap_or(due_at);
    let next = Subscription { windows_closed_through, ..sub.clone() };
    Change::new(ChangeKind::WindowClosed, sub, next, due_at, at)
}

/// Charges the next cycle in full, for all seats; a suspension changes nothing (TRP-21). The one that
/// follows a free evaluation is the first that the purchase pays. A change of billing that was asked
/// for takes effect with it.
///
/// Source: BIL-3, BIL-4, SUS-2, TRM-3, TRM-9, D-39, D-40.
fn charge_cycle(
    sub: &Subscription,
    due_at: Timestamp,
    at: Occasion<'_>,
) -> Result<Change, MoneyError> {
    let mut next = sub.in_next_cycle().unwrap_or_else(|| sub.clone());
    let billed_from = next.cycle.billed_from(next.term);
    let kind = if sub.is_in_evaluation() { ChargeKind::New } else { ChargeKind::Cycle };
    let line = charge(kind, &next, next.quantity, billed_from, due_at, at)?;
    for batch in &mut next.batches {
        if is_refunded_in_full(sub, batch, due_at) {
            batch.earlier.push(batch.paid(sub.cycle));
        } else {
            batch.earlier.clear();
        }
        *batch = SeatBatch {
            charged_per_seat: line.effective_unit_price,
            billed_from,
            charge: line.id,
            ..batch.clone()
        };
    }
    let change = Change::new(ChangeKind::CycleCharged, sub, next, due_at, at);
    Ok(Change { charges: vec![line], ..change })
}

/// Whether `batch` can still be taken back at `now` for all that was ever paid (D-32).
fn is_refunded_in_full(sub: &Subscription, batch: &SeatBatch, now: Timestamp) -> bool {
    let is_cancellable = sub.cancellable_until.is_some_and(|until| now <= until);
    sub.policy.refund == Refund::Full && (is_cancellable || batch.is_open(now))
}

/// Ends the subscription with its term.
///
/// Source: REN-3, REN-6, D-2.
pub(super) fn expire(
    sub: &Subscription,
    why: StatusReason,
    due_at: Timestamp,
    at: Occasion<'_>,
) -> Change {
    let next = sub.ended(Status::Expired, why, due_at);
    let change = Change::new(ChangeKind::Expired, sub, next, due_at, at).dropping_scheduled();
    Change { reason: Some(why.as_str()), ..change }
}

/// Deletes what was still suspended when its term ended.
///
/// Source: SUS-5, SUS-9, TRP-20.
fn delete(sub: &Subscription, due_at: Timestamp, at: Occasion<'_>) -> Change {
    let next = sub.ended(Status::Deleted, StatusReason::SuspendedAtTermEnd, due_at);
    Change::new(ChangeKind::Deleted, sub, next, due_at, at).dropping_scheduled()
}

#[cfg(test)]
mod tests;
