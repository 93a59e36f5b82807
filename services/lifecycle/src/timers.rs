//! The tick: time asks.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use worker::Progress;

use crate::app::App;
use crate::error::Error;

/// What is due and not ours to take is under way in another process: it is left alone this long.
const SHORTEST_REST: SignedDuration = SignedDuration::from_millis(20);

/// Answers a batch of alarms of the real clock; says whether there may be more, or when the next is
/// due.
///
/// # Errors
///
/// Those of the database; nothing was then done.
pub async fn tick(app: Arc<App>, batch: i64) -> Result<Progress, Error> {
    let rung = app.ring_due(None, batch).await?;
    if !rung.is_idle() {
        tracing::debug!(
            answered_count = rung.answered,
            unanswered_count = rung.unanswered,
            closed_count = rung.closed,
            "alarms were answered"
        );
        return Ok(Progress::More);
    }
    let Some(due_at) = app.next_alarm(None).await? else { return Ok(Progress::Idle) };
    let due_in = due_at.duration_since(app.clocks.real_now()).max(SHORTEST_REST);
    Ok(Progress::IdleFor(due_in.unsigned_abs()))
}

/// Between two sweeps of what need not be remembered any longer.
pub const SWEEP_REST: Duration = Duration::from_hours(1);

/// Forgets answers and taken messages that are older than `retention`.
///
/// # Errors
///
/// Those of the database.
pub async fn sweep(app: Arc<App>, retention: SignedDuration) -> Result<Progress, Error> {
    app.forget(retention).await
}
