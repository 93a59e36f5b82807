//! Calls a tick now and again until told to stop; and the pace of feeds (`pulse`).
//!
//! What a tick does is its owner's business; that a failure is logged and never ends the loop is ours. A
//! tick that is under way is never cut off: it ends, then the loop does.

use std::{
    error::Error,
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

mod pulse;

pub use pulse::{Pace, Pulse};

#[cfg(test)]
mod tests;

/// The rest after a failure; doubled by each further failure in a row.
const BACK_OFF_FIRST: Duration = Duration::from_millis(200);

/// The longest rest after a failure: what has been repaired is noticed within this.
const BACK_OFF_MAX: Duration = Duration::from_secs(30);

/// What a tick found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There was work, and there may be more: again at once.
    More,
    /// Nothing is left: again after the usual rest, or when nudged.
    Idle,
    /// Nothing is left, but something will be due after this long: again then, unless the usual rest is
    /// shorter, or when nudged.
    IdleFor(Duration),
}

/// Runs `tick` again and again until `stop` is cancelled.
///
/// Between two ticks it waits as [`Progress`] says, `rest` at most. A nudge ends the wait; a nudge during
/// a tick is remembered. After an error it waits longer each time, up to half a minute, whatever it is
/// nudged, with jitter, so that replicas do not come back all at once.
pub async fn run<F, E>(
    stop: CancellationToken,
    rest: Duration,
    nudge: Arc<Notify>,
    mut tick: impl FnMut() -> F,
) where
    F: Future<Output = Result<Progress, E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let mut failures_in_a_row = 0;
    while !stop.is_cancelled() {
        let outcome = tick().await;
        failures_in_a_row = if outcome.is_ok() { 0 } else { failures_in_a_row + 1 };
        let pause = async {
            match outcome {
                // Others on this thread want their turn, too.
                Ok(Progress::More) => tokio::task::yield_now().await,
                Ok(Progress::Idle) => rest_or_nudge(rest, &nudge).await,
                Ok(Progress::IdleFor(due_in)) => rest_or_nudge(due_in.min(rest), &nudge).await,
                Err(error) => back_off(error.into(), failures_in_a_row).await,
            }
        };
        // Stopping needs no answer here: the loop asks again.
        let (Some(()) | None) = stop.run_until_cancelled(pause).await;
    }
}

async fn rest_or_nudge(rest: Duration, nudge: &Notify) {
    tokio::select! {
        () = sleep(rest) => {}
        () = nudge.notified() => {}
    }
}

async fn back_off(error: Box<dyn Error + Send + Sync>, failures_in_a_row: u32) {
    let rest = jittered(back_off_after(failures_in_a_row));
    tracing::error!(
        error = chain(&*error),
        failures_in_a_row,
        rest_millis = rest.as_millis(),
        "a background tick failed and will be tried again"
    );
    sleep(rest).await;
}

/// Returns the error with all that caused it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Returns the longest rest after so many failures in a row; the first is failure 1.
fn back_off_after(failures_in_a_row: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures_in_a_row.saturating_sub(1));
    BACK_OFF_FIRST.saturating_mul(doubled).min(BACK_OFF_MAX)
}

/// Returns between half of `rest` and all of it, by chance, so that those who failed together do not
/// come back together.
pub fn jittered(rest: Duration) -> Duration {
    // Each state hashes with keys of its own; chance of this quality needs no dependency.
    let chance = RandomState::new().hash_one(()) % 1_000;
    let thousandths = u32::try_from(chance).unwrap_or_default();
    rest / 2 + rest / 2_000 * thousandths
}
