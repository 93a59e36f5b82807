//! The ticks: time asks, and the feed and the gauges are looked after.

mod drain;
mod meters;

pub use drain::Drain;
pub use meters::Meters;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use worker::Progress;

use crate::app::{App, Look};
use crate::error::Error;

/// What is due and not ours to take is under way in another process: it is left alone this long.
const SHORTEST_REST: SignedDuration = SignedDuration::from_millis(20);

/// Answers a batch of alarms of the real clock; says whether there may be more, or when the next is
/// due.
///
/// # Errors
///
/// Those of the database; nothing was then done.
pub async fn tick(
    app: Arc<App>,
    batch: i64,
    (drain, meters): (Arc<Mutex<Drain>>, Arc<Meters>),
) -> Result<Progress, Error> {
    let place = drain.lock().unwrap_or_else(PoisonError::into_inner).place();
    let rung = app.ring_behind(place, None, batch).await?;
    meters.rang(&rung);
    if drain.lock().unwrap_or_else(PoisonError::into_inner).went(&rung) {
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

/// Completes a transfer that was submitted; says whether there may be more, or when the next is due.
///
/// # Errors
///
/// Those of the database.
pub async fn complete(app: Arc<App>) -> Result<Progress, Error> {
    if app.complete_transfer().await? {
        return Ok(Progress::More);
    }
    let Some(due_at) = app.next_transfer().await? else { return Ok(Progress::Idle) };
    let due_in = due_at.duration_since(app.clocks.real_now()).max(SHORTEST_REST);
    Ok(Progress::IdleFor(due_in.unsigned_abs()))
}

/// What is committed within this is told to followers together.
const TOGETHER: Duration = Duration::from_millis(5);
/// Between two looks while some of the feed waits for transactions that still run.
const WAITING_REST: Duration = Duration::from_millis(20);

/// Looks how far the feed has come, if anybody follows it.
///
/// # Errors
///
/// Those of the database.
pub async fn look(app: Arc<App>) -> Result<Progress, Error> {
    tokio::time::sleep(TOGETHER).await;
    Ok(match app.look_at_feed().await? {
        Look::Waiting => Progress::IdleFor(WAITING_REST),
        Look::Settled | Look::Unwatched => Progress::Idle,
    })
}

/// Between two counts of the backlog.
pub const COUNT_REST: Duration = Duration::from_secs(30);

/// Counts what waits, for those who watch the timers.
///
/// # Errors
///
/// Those of the database.
pub async fn count(app: Arc<App>, meters: Arc<Meters>) -> Result<Progress, Error> {
    meters.waits(app.timer_backlog().await?);
    Ok(Progress::Idle)
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
