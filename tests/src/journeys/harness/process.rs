//! Processes that are expected to end.

use std::process::{Child, ExitStatus};
use std::time::Duration;

use super::patience::within;

/// Waits for the end of a process, for no longer than an orderly end may take.
pub async fn end_of(child: &mut Child) -> ExitStatus {
    within(Duration::from_secs(10), "the end of a process", || {
        let ended = child.try_wait().expect("the state of a process");
        async move { ended.ok_or("it still runs") }
    })
    .await
}
