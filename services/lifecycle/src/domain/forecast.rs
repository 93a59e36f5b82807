//! What time alone will do next, with the prices that are known today: the same functions, asked of
//! the future.

use super::{Change, ChangeKind, Occasion, Prices, Subscription};

/// No subscription has more windows than this before its next charge: a batch for each counted
/// update at most (SEA-7).
const STEPS_MAX: usize = 2_000;

/// Returns the next charge, renewal or end that comes by time alone; closes of windows are passed
/// over. `None` if nothing comes, or it cannot be expressed.
pub fn forecast(sub: &Subscription, prices: &dyn Prices, at: Occasion<'_>) -> Option<Change> {
    // A legacy add-on does with its base what it would do by itself (ADD-1).
    let mut sub = Subscription { base: None, ..sub.clone() };
    for _ in 0..STEPS_MAX {
        let due_at = sub.alarm()?;
        let at = Occasion { now: due_at.max(at.now), ..at };
        let change = super::step(&sub, prices, at).ok()??;
        if change.kind != ChangeKind::WindowClosed {
            return Some(change);
        }
        sub = change.next;
    }
    None
}
