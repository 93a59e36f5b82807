//! What may be done between the end of a term and the completion of its renewal (LCK).

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Action, NoAddOn, Occasion, Rejection, Status, Subscription};

/// Refuses `action` while the renewal is pending: what may be attempted is to be repeated, what is
/// read-only is refused.
///
/// # Errors
///
/// [`Rejection::RenewalPending`] (LCK-4), [`Rejection::RenewalInProgress`] (LCK-5).
///
/// Source: LCK-2, LCK-4, LCK-6, SUS-7, TRP-27.
pub(super) fn check(action: Action, sub: &Subscription, now: Timestamp) -> Result<(), Rejection> {
    let Some(term) = sub.term.filter(|_| sub.is_renewal_pending(now)) else { return Ok(()) };
    let began_at = term.over_at();
    match action {
        Action::Cancel
        | Action::ChangeQuantity
        | Action::ChangeAddOns
        | Action::Rename
        | Action::AssignReseller
        | Action::Transition
        | Action::Transfer => Err(Rejection::RenewalPending { action, began_at }),
        Action::Suspend
        | Action::Resume
        | Action::SetAutoRenew
        | Action::Schedule
        | Action::RemoveScheduled
        | Action::ChangeBilling => Err(Rejection::RenewalInProgress { action, began_at }),
    }
}

/// Refuses `action` on what is on its way to another partner.
///
/// # Errors
///
/// [`Rejection::TransferPending`] (TRF-7).
pub(super) const fn no_transfer(action: Action, sub: &Subscription) -> Result<(), Rejection> {
    match sub.pending_transfer {
        Some(transfer) => Err(Rejection::TransferPending { action, transfer }),
        None => Ok(()),
    }
}

/// Refuses `action` on a legacy add-on that shares it with its base.
///
/// # Errors
///
/// [`NoAddOn::WithBase`] (ADD-1, SUS-6).
pub(super) fn not_with_base(action: Action, sub: &Subscription) -> Result<(), Rejection> {
    let Some(base) = sub.base else { return Ok(()) };
    match action {
        Action::Suspend
        | Action::Resume
        | Action::SetAutoRenew
        | Action::AssignReseller
        | Action::Transition => Err(NoAddOn::WithBase { action, base }.into()),
        Action::Cancel
        | Action::ChangeQuantity
        | Action::ChangeAddOns
        | Action::Schedule
        | Action::RemoveScheduled
        | Action::Rename
        | Action::ChangeBilling
        | Action::Transfer => Ok(()),
    }
}

/// Refuses `action` on what is not active.
///
/// # Errors
///
/// [`Rejection::NotActive`] (SUS-9).
pub(super) fn needs_active(action: Action, sub: &Subscription) -> Result<(), Rejection> {
    if sub.status == Status::Active { Ok(()) } else { Err(not_active(action, sub)) }
}

/// Refuses `action` on what has ended or not begun.
///
/// # Errors
///
/// [`Rejection::NotActive`] (CAN-12).
pub(super) fn needs_use(action: Action, sub: &Subscription) -> Result<(), Rejection> {
    match sub.status {
        Status::Active | Status::Suspended => Ok(()),
        Status::Pending | Status::Expired | Status::Cancelled | Status::Deleted => {
            Err(not_active(action, sub))
        }
    }
}

fn not_active(action: Action, sub: &Subscription) -> Rejection {
    Rejection::NotActive { action, status: sub.status, since: sub.status_since }
}

/// Refuses `action` on a trial.
///
/// # Errors
///
/// [`Rejection::TrialLocked`] (D-15).
pub(super) fn no_trial(action: Action, sub: &Subscription) -> Result<(), Rejection> {
    match sub.ends_on() {
        Some(ends_on) if sub.product.is_trial => Err(Rejection::TrialLocked { action, ends_on }),
        _ => Ok(()),
    }
}

/// Returns the inclusive end of the term, which `action` needs.
///
/// # Errors
///
/// [`Rejection::Perpetual`] (D-47).
pub(super) fn needs_term(action: Action, sub: &Subscription) -> Result<Date, Rejection> {
    sub.ends_on().ok_or(Rejection::Perpetual { action })
}

/// Refuses what reads the next charge while a cycle charge that is due is not committed.
///
/// # Errors
///
/// [`Rejection::CycleChargeInProgress`] (LCK-5).
///
/// Source: LCK-3, D-33.
pub(super) const fn no_cycle_charge(at: Occasion<'_>) -> Result<(), Rejection> {
    match at.cycle_charge {
        Some(began_at) => Err(Rejection::CycleChargeInProgress { began_at }),
        None => Ok(()),
    }
}

/// Refuses one counted update more than a subscription takes.
///
/// # Errors
///
/// [`Rejection::UpdateLimit`] (SEA-7).
pub(super) fn counted(sub: &Subscription, at: Occasion<'_>) -> Result<(), Rejection> {
    let limit = at.policy.update_limit;
    if sub.update_count < limit { Ok(()) } else { Err(Rejection::UpdateLimit { limit }) }
}

#[cfg(test)]
mod tests;
