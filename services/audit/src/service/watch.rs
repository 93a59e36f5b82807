//! The feed, from a cursor to the log's end and on, with heartbeats in between.

use std::pin::Pin;
use std::sync::Arc;

use access::Reach;
use futures::Stream;
use futures::stream::try_unfold;
use jiff::Timestamp;
use proto::audit as pb;
use tonic::Status;
use worker::Pulse;

use super::Service;
use crate::{app::App, convert};

/// What a follower gets.
pub type Feed = Pin<Box<dyn Stream<Item = Result<pb::WatchEntriesResponse, Status>> + Send>>;

struct Follower {
    app: Arc<App>,
    pulse: Pulse<i64>,
    reach: Reach,
    position: i64,
    since: Timestamp,
}

impl Service {
    /// Returns the feed behind the first `position` entries, without what was appended before `since`.
    pub(super) fn feed(&self, reach: Reach, position: i64, since: Timestamp) -> Feed {
        let pulse = Pulse::new(self.stop.clone(), self.pace, self.app.appends());
        let follower = Follower { app: Arc::clone(&self.app), pulse, reach, position, since };
        Box::pin(try_unfold(follower, |mut follower| async {
            Ok(follower.next().await?.map(|piece| (piece, follower)))
        }))
    }
}

impl Follower {
    /// Waits for the next piece; `None` when the process stops.
    async fn next(&mut self) -> Result<Option<pb::WatchEntriesResponse>, Status> {
        while !self.pulse.is_stopped() {
            self.pulse.begin();
            let found = self.app.appended_after(self.reach, self.position, self.since).await;
            let stretch = found.map_err(rpc::status)?;
            self.position = stretch.position;
            if !stretch.entries.is_empty() || (stretch.is_end && self.pulse.is_beat_due()) {
                return Ok(Some(convert::stretch(&stretch)));
            }
            if stretch.is_end {
                self.pulse.rest().await;
            }
        }
        Ok(None)
    }
}
