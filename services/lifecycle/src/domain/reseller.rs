//! The reseller that owns and manages a subscription. Whether it can be one, is order's to say. A change
//! of it counts as no update and leaves scheduled changes alone (SEA-7, SCH-8).

use vocab::PartnerId;

use super::objections::Objections;
use super::{Action, Change, ChangeKind, Occasion, Rejection, Subscription, lock};

/// Lets `reseller` own and manage `sub`, or nobody but its seller; `None` when it is so already.
///
/// # Errors
///
/// [`Rejection::RenewalPending`] (LCK-4).
///
/// Source: PAR-10, SCH-8, LCK-4, SEA-7.
pub fn assign_reseller(
    sub: &Subscription,
    reseller: Option<PartnerId>,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    if !objections(sub, reseller, at).verdict()? {
        return Ok(None);
    }
    Ok(Some(assigned(sub, reseller, at)))
}

/// Gives `sub` to another reseller.
pub(super) fn assigned(
    sub: &Subscription,
    reseller: Option<PartnerId>,
    at: Occasion<'_>,
) -> Change {
    let next = Subscription { reseller, ..sub.clone() };
    Change::new(ChangeKind::ResellerAssigned, sub, next, at.now, at)
}

pub(super) fn objections(
    sub: &Subscription,
    reseller: Option<PartnerId>,
    at: Occasion<'_>,
) -> Objections {
    let mut no = Objections::of(Action::AssignReseller, sub);
    no.unless(sub.reseller == reseller);
    no.note(lock::check(Action::AssignReseller, sub, at.now));
    no
}

#[cfg(test)]
mod tests;
