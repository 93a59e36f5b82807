//! The feed, from a cursor to its end and on: what was imported, what is being imported, and
//! heartbeats in between.

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use proto::catalog as pb;
use tokio::sync::watch as signal;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Limits, Service};
use crate::app::App;
use crate::convert;

/// What a follower gets.
pub type Feed = Pin<Box<dyn Stream<Item = Result<pb::WatchCatalogResponse, Status>> + Send>>;

struct Follower {
    app: Arc<App>,
    stop: CancellationToken,
    limits: Limits,
    imports: signal::Receiver<i64>,
    position: i64,
    /// When the next heartbeat is due; the first as soon as the feed's end is reached, which tells
    /// the follower that it has seen everything.
    beat_at: Option<Instant>,
}

impl Service {
    /// Returns the feed after a position.
    pub(super) fn feed(&self, position: i64) -> Feed {
        let follower = Follower {
            app: Arc::clone(&self.app),
            stop: self.stop.clone(),
            limits: self.limits,
            imports: self.app.imports(),
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
    async fn next(&mut self) -> Result<Option<pb::WatchCatalogResponse>, Status> {
        while !self.stop.is_cancelled() {
            // An import that comes while we read is not missed: it is a change since here.
            self.imports.borrow_and_update();
            let stretch = self.app.imported_after(self.position).await.map_err(rpc::status)?;
            if !stretch.records.is_empty() || self.is_beat_due() {
                self.position = stretch.position;
                return Ok(Some(convert::stretch(&stretch)));
            }
            self.rest().await;
        }
        Ok(None)
    }

    /// Tells whether a heartbeat is due, and then sets the next.
    fn is_beat_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = self.beat_at.is_none_or(|due| due <= now);
        if is_due {
            self.beat_at = Some(now + self.limits.heartbeat);
        }
        is_due
    }

    /// Waits until there may be something to send.
    async fn rest(&mut self) {
        let due = self.beat_at.unwrap_or_else(Instant::now);
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = sleep(self.limits.poll) => {}
            () = sleep_until(due) => {}
            _ = self.imports.changed() => {}
        }
    }
}
