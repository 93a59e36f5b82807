//! The feed of changes as a stream: what happened, what happens, and heartbeats in between.

use std::pin::Pin;

use access::Caller;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{Pace, Service, pb};
use crate::app::Follower;
use crate::convert;

/// What a follower gets.
pub type Feed = Pin<Box<dyn Stream<Item = Piece> + Send>>;

type Piece = Result<pb::WatchChangesResponse, Status>;

impl Service {
    /// Returns the feed as a caller asks for it.
    pub(super) async fn feed(
        &self,
        caller: Caller,
        request: &pb::WatchChangesRequest,
    ) -> Result<Feed, Status> {
        let (start, query) = convert::watch(request).map_err(rpc::status)?;
        let follower = self.app.follow(caller, query, start).await.map_err(rpc::status)?;
        let (out, pieces) = mpsc::channel(1);
        tokio::spawn(send(follower, self.pace.clone(), out));
        Ok(Box::pin(ReceiverStream::new(pieces)))
    }
}

/// Sends what there is, until nobody takes it any more or the process stops.
async fn send(mut follower: Follower, pace: Pace, out: mpsc::Sender<Piece>) {
    let follow = async {
        // The first heartbeat comes as soon as everything was sent, and says so.
        let mut beat_at = Instant::now();
        loop {
            let piece = match follower.next(beat_at).await {
                Ok(Some(stretch)) => Ok(convert::stretch(&stretch)),
                Ok(None) => {
                    beat_at = Instant::now() + pace.heartbeat;
                    Ok(convert::heartbeat(follower.position()))
                }
                Err(error) => Err(rpc::status(error)),
            };
            let is_last = piece.is_err();
            if out.send(piece).await.is_err() || is_last {
                return;
            }
        }
    };
    tokio::select! {
        () = follow => {}
        () = pace.stop.cancelled() => {}
        () = out.closed() => {}
    }
}
