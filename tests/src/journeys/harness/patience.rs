//! Waiting for what processes do in their own time: asking again, never for ever. No journey waits
//! for time itself to pass.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};
use tonic::{Code, Response, Status};

/// Longer than anything here takes, a dead process's lease on letters and the longest back-off of the
/// mailbox included.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two questions.
const REST: Duration = Duration::from_millis(10);

/// Asks until there is an answer; fails with what was said last instead of one.
pub async fn eventually<T, E: Display, F>(what: &str, ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, E>>,
{
    within(PATIENCE, what, ask).await
}

/// As [`eventually`], for as long as is said.
pub async fn within<T, E: Display, F>(
    patience: Duration,
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T
where
    F: Future<Output = Result<T, E>>,
{
    let mut last = String::from("nothing was answered");
    let mut questions = interval(REST);
    questions.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let asking = async {
        loop {
            questions.tick().await;
            match ask().await {
                Ok(answer) => return answer,
                Err(error) => last = error.to_string(),
            }
        }
    };
    let answered = timeout(patience, asking).await;
    answered.unwrap_or_else(|_| panic!("{what} took longer than {patience:?}: {last}"))
}

/// Repeats a call for as long as it says no more than that nobody is there: what a caller does whose
/// server dies. Any other refusal is returned.
pub async fn answered<T, F>(what: &str, mut call: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<Response<T>, Status>>,
{
    eventually(what, || {
        let answer = call();
        async {
            match answer.await {
                Err(status) if is_broken_off(&status) => Err(status),
                answer => Ok(answer.map(Response::into_inner)),
            }
        }
    })
    .await
}

/// Whether a call may have been cut off before, while, or after it was done. A status that the server
/// made has details, but for those of gRPC itself.
fn is_broken_off(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded
    )
}
