//! Whether the term renews at its end.

use super::objections::Objections;
use super::subscription::may_renew;
use super::{Action, Change, ChangeKind, Occasion, Rejection, Subscription, Warning, lock};

const ACTION: Action = Action::SetAutoRenew;

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
    if !objections(sub, is_on, at).verdict()? {
        return Ok(None);
    }
    lock::needs_term(ACTION, sub)?;
    Ok(Some(switched(sub, is_on, at)))
}

/// Switches the auto-renew of `sub`.
pub(super) fn switched(sub: &Subscription, is_on: bool, at: Occasion<'_>) -> Change {
    let next = Subscription { auto_renew: is_on, ..sub.clone() };
    let ends_on = next.ends_on();
    if is_on {
        return Change::new(ChangeKind::AutoRenewOn, sub, next, at.now, at);
    }
    let mut change =
        Change::new(ChangeKind::AutoRenewOff, sub, next, at.now, at).dropping_scheduled();
    change.warnings.extend(ends_on.map(|ends_on| Warning::ExpiresAtTermEnd { ends_on }));
    change
}

pub(super) fn objections(sub: &Subscription, is_on: bool, at: Occasion<'_>) -> Objections {
    let mut no = Objections::of(ACTION, sub);
    no.note(lock::needs_use(ACTION, sub));
    no.unless(sub.auto_renew == is_on);
    no.note(lock::needs_term(ACTION, sub));
    no.note(if may_renew(sub.product.kind, sub.ordered_at) {
        Ok(())
    } else {
        Err(Rejection::AutoRenewNotOffered { ordered_at: sub.ordered_at })
    });
    no.note(lock::needs_active(ACTION, sub));
    no.note(lock::check(ACTION, sub, at.now));
    no
}

#[cfg(test)]
mod tests;
