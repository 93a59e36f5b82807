//! The feed, from a cursor to its end and on: what was imported, what is being imported, and
//! heartbeats in between.

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use futures::stream::try_unfold;
use proto::catalog as pb;
use tonic::Status;
use worker::Pulse;

use super::Service;
use crate::app::App;
use crate::convert;

/// What a follower gets.
pub type Feed = Pin<Box<dyn Stream<Item = Result<pb::WatchCatalogResponse, Status>> + Send>>;

struct Follower {
    app: Arc<App>,
    pulse: Pulse<i64>,
    position: i64,
}

impl Service {
    /// Returns the feed after a position.
    pub(super) fn feed(&self, position: i64) -> Feed {
        let pulse = Pulse::new(self.stop.clone(), self.pace, self.app.imports());
        let follower = Follower { app: Arc::clone(&self.app), pulse, position };
        Box::pin(try_unfold(follower, |mut follower| async {
            Ok(follower.next().await?.map(|piece| (piece, follower)))
        }))
    }
}

impl Follower {
    /// Waits for the next piece; `None` when the process stops.
    async fn next(&mut self) -> Result<Option<pb::WatchCatalogResponse>, Status> {
        while !self.pulse.is_stopped() {
            self.pulse.begin();
            let stretch = self.app.imported_after(self.position).await.map_err(rpc::status)?;
            if !stretch.records.is_empty() || self.pulse.is_beat_due() {
                self.position = stretch.position;
                return Ok(Some(convert::stretch(&stretch)));
            }
            self.pulse.rest().await;
        }
        Ok(None)
    }
}
