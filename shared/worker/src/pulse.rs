//! The pace of a feed that is followed to its end and on: when it says that nothing is new, and how long
//! it rests before it looks again.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// How often a feed does what.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often one that is at its end says so.
    pub heartbeat: Duration,
    /// How often it looks for what other processes wrote.
    pub poll: Duration,
}

/// The pace of one feed.
#[derive(Debug)]
pub struct Pulse<T> {
    stop: CancellationToken,
    pace: Pace,
    writes: watch::Receiver<T>,
    /// When the next heartbeat is due; the first as soon as the end is reached, which tells the
    /// follower that it has seen everything.
    beat_at: Option<Instant>,
}

impl<T> Pulse<T> {
    /// Begins. `writes` changes whenever this process wrote something.
    pub fn new(stop: CancellationToken, pace: Pace, writes: watch::Receiver<T>) -> Self {
        Self { stop, pace, writes, beat_at: None }
    }

    /// Whether the feed is to end.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// To be called before the feed is read: what is written from here on ends the next rest.
    pub fn begin(&mut self) {
        self.writes.borrow_and_update();
    }

    /// Tells whether a heartbeat is due, and then sets the next.
    pub fn is_beat_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = self.beat_at.is_none_or(|due| due <= now);
        if is_due {
            self.beat_at = Some(now + self.pace.heartbeat);
        }
        is_due
    }

    /// Waits until there may be something to send.
    pub async fn rest(&mut self) {
        let due = self.beat_at.unwrap_or_else(Instant::now);
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = sleep(self.pace.poll) => {}
            () = sleep_until(due) => {}
            _ = self.writes.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests;
