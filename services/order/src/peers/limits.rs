//! Asks lifecycle what limits say of orders that might be placed.

use std::time::Duration;

use proto::lifecycle::inbox_service_client::InboxServiceClient;
use tonic::Request;

use super::{Lifecycle, failed};
use crate::convert;
use crate::domain::{LimitsOfLines, Proposal};
use crate::error::Error;

/// A buyer waits for the answer, and without one lifecycle decides when the order starts.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

impl Lifecycle {
    /// Returns what limits say of orders, each judged by itself.
    ///
    /// # Errors
    ///
    /// [`Error::PeerUnavailable`], [`Error::PeerRefused`], [`Error::PeerBroken`].
    pub async fn judge(&self, proposal: &Proposal) -> Result<Vec<LimitsOfLines>, Error> {
        let mut request = Request::new(convert::proposal(proposal));
        request.set_timeout(ANSWER_WITHIN);
        let answer = InboxServiceClient::new(self.0.clone()).judge_purchases(request).await;
        let judged = convert::judged(answer.map_err(failed)?.get_ref());
        if judged.len() != proposal.orders.len() {
            let why = format!("{} orders are judged", judged.len());
            return Err(Error::PeerBroken { service: "lifecycle", why });
        }
        Ok(judged)
    }
}
