//! The feed, from a cursor to the log's end and on, with heartbeats in between.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use access::Reach;
use futures::Stream;
use proto::audit as pb;
use tokio::sync::watch as signal;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::Service;
use crate::{app::App, convert};

/// What a follower gets.
pub type Feed = Pin<Box<dyn Stream<Item = Result<pb::WatchEntriesResponse, Status>> + Send>>;

/// The pace of a feed.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often a feed that is at its end says so.
    pub heartbeat: Duration,
    /// How often it looks for what other processes appended.
    pub poll: Duration,
}

struct Follower {
    app: Arc<App>,
    stop: CancellationToken,
    pace: Pace,
    reach: Reach,
    appends: signal::Receiver<i64>,
    position: i64,
    /// When the next heartbeat is due; the first as soon as the log's end is reached, which tells the
    /// follower that it has seen everything.
    beat_at: Option<Instant>,
}

impl Service {
    /// Returns the feed behind the first `position` entries.
    pub(super) fn feed(&self, reach: Reach, position: i64) -> Feed {
        let follower = Follower {
            app: Arc::clone(&self.app),
            stop: self.stop.clone(),
            pace: self.pace,
            reach,
            appends: self.app.appends(),
            position,
            beat_at: None,
        };
        Box::pin(futures::stream::unfold(Some(follower), |follower| async {
            let mut follower = follower?;
            match follower.next().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(follower))),
                Ok(None) => None,
                Err(status) => Some((Err(status), None)),
            }
        }))
    }
}

impl Follower {
    /// Waits for the next piece; `None` when the process stops.
    async fn next(&mut self) -> Result<Option<pb::WatchEntriesResponse>, Status> {
        while !self.stop.is_cancelled() {
            // What is appended while we read is not missed: it is a change since here.
            self.appends.borrow_and_update();
            let found = self.app.appended_after(self.reach, self.position).await;
            let stretch = found.map_err(rpc::status)?;
            self.position = stretch.position;
            if !stretch.entries.is_empty() || (stretch.is_end && self.is_beat_due()) {
                return Ok(Some(convert::stretch(&stretch)));
            }
            if stretch.is_end {
                self.rest().await;
            }
        }
        Ok(None)
    }

    /// Tells whether a heartbeat is due, and then sets the next.
    fn is_beat_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = self.beat_at.is_none_or(|due| due <= now);
        if is_due {
            self.beat_at = Some(now + self.pace.heartbeat);
        }
        is_due
    }

    /// Waits until there may be something to send.
    async fn rest(&mut self) {
        let due = self.beat_at.unwrap_or_else(Instant::now);
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = sleep(self.pace.poll) => {}
            () = sleep_until(due) => {}
            _ = self.appends.changed() => {}
        }
    }
}
