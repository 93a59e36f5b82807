//! Labels. They count as no update and leave scheduled changes alone (SEA-7, SCH-8).

use super::objections::Objections;
use super::{Action, Change, ChangeKind, Occasion, Rejection, Subscription, lock};

/// Gives `sub` another friendly name; `None` when it has it already.
///
/// # Errors
///
/// [`Rejection::RenewalPending`] (LCK-4).
///
/// Source: SCH-8, LCK-4.
pub fn rename(
    sub: &Subscription,
    friendly_name: &str,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    if !objections(sub, friendly_name, at).verdict()? {
        return Ok(None);
    }
    let next = Subscription { friendly_name: friendly_name.to_owned(), ..sub.clone() };
    Ok(Some(Change::new(ChangeKind::Renamed, sub, next, at.now, at)))
}

pub(super) fn objections(sub: &Subscription, friendly_name: &str, at: Occasion<'_>) -> Objections {
    let mut no = Objections::of(Action::Rename, sub);
    no.unless(sub.friendly_name == friendly_name);
    no.note(lock::check(Action::Rename, sub, at.now));
    no
}
