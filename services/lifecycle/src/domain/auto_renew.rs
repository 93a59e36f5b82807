//! Whether the term renews at its end.

use super::subscription::may_renew;
use super::{Action, Change, ChangeKind, Occasion, Rejection, Subscription, Warning, lock};

/// Switches auto-renew; `None` when it is so already (D-46). Off drops the scheduled changes, and
/// the subscription then expires with its term.
///
/// # Errors
///
/// [`Rejection::NotActive`] on what has ended, or for on while suspended (SUS-9);
/// [`Rejection::AutoRenewNotOffered`] (D-2), [`Rejection::RenewalInProgress`] (LCK-5).
///
/// Source: REN-3, D-2, D-46, SCH-4.
pub fn set_auto_renew(
    sub: &Subscription,
    is_on: bool,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    const ACTION: Action = Action::SetAutoRenew;
    lock::needs_use(ACTION, sub)?;
    if sub.auto_renew == is_on {
        return Ok(None);
    }
    let ends_on = lock::needs_term(ACTION, sub)?;
    if !may_renew(sub.product.kind, sub.ordered_at) {
        return Err(Rejection::AutoRenewNotOffered { ordered_at: sub.ordered_at });
    }
    lock::needs_active(ACTION, sub)?;
    lock::check(ACTION, sub, at.now)?;
    let next = Subscription { auto_renew: is_on, ..sub.clone() };
    if is_on {
        return Ok(Some(Change::new(ChangeKind::AutoRenewOn, sub, next, at.now, at)));
    }
    let mut change =
        Change::new(ChangeKind::AutoRenewOff, sub, next, at.now, at).dropping_scheduled();
    change.warnings.push(Warning::ExpiresAtTermEnd { ends_on });
    Ok(Some(change))
}

#[cfg(test)]
mod tests;
