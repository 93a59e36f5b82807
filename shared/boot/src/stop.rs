//! Waits for the wish to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Returns when the process is asked to stop: Ctrl-C or SIGTERM.
///
/// # Errors
///
/// When the system lets nobody listen for signals.
pub async fn until_signalled() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
