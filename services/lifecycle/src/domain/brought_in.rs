//! A purchase from before is brought in: it starts when it was ordered, and what time did to it since
//! then happens at once. Which purchases can be brought in is order's to decide.

use jiff::Timestamp;

use super::{Change, Charge, Occasion, Purchase, Rejection, settle, start};

/// Starts what was bought elsewhere, and does everything that was due since then, each step dated at
/// its due instant. What was due by `brought_in_at` was billed elsewhere; what is due later is charged
/// here.
///
/// # Errors
///
/// As [`start()`].
///
/// Source: D-1, D-2, BIL-10, T-63, T-64.
pub fn bring_in(
    purchase: &Purchase,
    brought_in_at: Timestamp,
    at: Occasion<'_>,
) -> Result<Vec<Change>, Rejection> {
    let started = start(purchase, at)?;
    let since = settle(&started.next, at).map_err(|_| started.next.too_large(purchase.quantity))?;
    let changes = std::iter::once(started).chain(since);
    Ok(changes.map(|change| billed_elsewhere(change, brought_in_at)).collect())
}

/// Returns a change whose lines by `brought_in_at` are on no invoice of ours.
fn billed_elsewhere(change: Change, brought_in_at: Timestamp) -> Change {
    let mark = |line: Charge| {
        let billed_elsewhere = line.effective_at <= brought_in_at;
        Charge { billed_elsewhere, ..line }
    };
    Change { charges: change.charges.into_iter().map(mark).collect(), ..change }
}

#[cfg(test)]
mod tests;
