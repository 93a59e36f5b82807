//! Blocking and unblocking. What becomes of a suspended subscription at the end of its term is in
//! `ring`.

use jiff::civil::Date;

use super::objections::Objections;
use super::{
    Action, Change, ChangeKind, Occasion, Rejection, Status, StatusReason, Subscription, Warning,
    lock,
};

/// Blocks `sub` at once. Billing goes on, auto-renew is switched off with its scheduled changes,
/// and without a resumption all data is deleted at the end of the term.
///
/// # Errors
///
/// [`Rejection::NotActive`] (D-46), [`Rejection::Perpetual`], [`Rejection::TrialLocked`] (D-15),
/// [`Rejection::RenewalInProgress`] (LCK-2).
///
/// Source: SUS-1, SUS-2, SUS-3, SUS-7, D-14, TRP-18.
pub fn suspend(sub: &Subscription, at: Occasion<'_>) -> Result<Change, Rejection> {
    suspend_objections(sub, at).verdict()?;
    Ok(suspended(sub, lock::needs_term(Action::Suspend, sub)?, at))
}

/// Blocks `sub`, which ends on a day.
pub(super) fn suspended(sub: &Subscription, ends_on: Date, at: Occasion<'_>) -> Change {
    let next = Subscription {
        status: Status::Suspended,
        status_reason: StatusReason::SuspendedByPartner,
        status_since: at.now,
        auto_renew: false,
        ..sub.clone()
    };
    let ends_on = next.ends_on().unwrap_or(ends_on);
    let mut change = Change::new(ChangeKind::Suspended, sub, next, at.now, at).dropping_scheduled();
    if sub.auto_renew {
        change.warnings.push(Warning::AutoRenewTurnedOff);
    }
    change.warnings.push(Warning::DeletedUnlessResumed { ends_on });
    change
}

/// Unblocks `sub` at once; it takes back the block alone, so auto-renew stays off.
///
/// # Errors
///
/// [`Rejection::NotSuspended`] (D-46), [`Rejection::TrialLocked`] (D-15),
/// [`Rejection::RenewalInProgress`] (LCK-2).
///
/// Source: SUS-3, SUS-4, D-14, TRP-18, TRP-19, TRP-20.
pub fn resume(sub: &Subscription, at: Occasion<'_>) -> Result<Change, Rejection> {
    resume_objections(sub, at).verdict()?;
    Ok(resumed(sub, lock::needs_term(Action::Resume, sub)?, at))
}

/// Unblocks `sub`, which ends on a day.
pub(super) fn resumed(sub: &Subscription, ends_on: Date, at: Occasion<'_>) -> Change {
    let next = Subscription {
        status: Status::Active,
        status_reason: StatusReason::ResumedByPartner,
        status_since: at.now,
        ..sub.clone()
    };
    let mut change = Change::new(ChangeKind::Resumed, sub, next, at.now, at);
    change.warnings.push(Warning::AutoRenewStaysOff { ends_on });
    change
}

pub(super) fn suspend_objections(sub: &Subscription, at: Occasion<'_>) -> Objections {
    const ACTION: Action = Action::Suspend;
    let mut no = Objections::of(ACTION, sub);
    no.note(lock::needs_active(ACTION, sub));
    no.note(lock::needs_term(ACTION, sub));
    no.note(lock::no_trial(ACTION, sub));
    no.note(lock::check(ACTION, sub, at.now));
    no
}

pub(super) fn resume_objections(sub: &Subscription, at: Occasion<'_>) -> Objections {
    const ACTION: Action = Action::Resume;
    let mut no = Objections::of(ACTION, sub);
    no.note(lock::no_trial(ACTION, sub));
    no.note(if sub.status == Status::Suspended {
        Ok(())
    } else {
        Err(Rejection::NotSuspended { status: sub.status, since: sub.status_since })
    });
    no.note(lock::needs_term(ACTION, sub));
    no.note(lock::check(ACTION, sub, at.now));
    no
}

#[cfg(test)]
mod tests;
