//! Waiting for what was brought in.

use access::Caller;
use prost::Message;
use proto::order as pb;
use replay::Answer;
use tokio::time::Instant;
use tonic::{Response, Status};

use super::Service;
use crate::app::Imported;
use crate::convert;
use crate::error::Error;

impl Service {
    /// Answers an import with the orders as they are once their subscriptions have started, or when
    /// the caller's time is up. A repetition waits in the same way, and is marked as one.
    pub(super) async fn settle_all(
        &self,
        caller: &Caller,
        answer: Answer<Imported>,
        deadline: Instant,
    ) -> Result<Response<pb::ImportHistoryResponse>, Status> {
        let named: Vec<_> = match &answer {
            Answer::Fresh(imported) if !imported.shown.is_empty() => {
                return replay::respond(answer, convert::imported);
            }
            Answer::Fresh(imported) => {
                imported.orders.iter().map(|order| (order.customer, order.id)).collect()
            }
            Answer::Replayed(bytes) => {
                let kept = pb::ImportHistoryResponse::decode(bytes.as_slice()).unwrap_or_default();
                kept.orders.iter().filter_map(convert::placed_name).collect()
            }
        };
        let mut orders = vec![];
        for (customer, id) in named {
            let order = self.app.settled(caller, customer, id, deadline).await;
            orders.push(order.map_err(Error::into_status)?);
        }
        let imported = Imported { orders, shown: vec![] };
        let answer = match answer {
            Answer::Fresh(_) => Answer::Fresh(imported),
            Answer::Replayed(_) => Answer::Replayed(convert::imported(&imported).encode_to_vec()),
        };
        replay::respond(answer, convert::imported)
    }
}
