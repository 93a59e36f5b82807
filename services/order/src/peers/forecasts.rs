//! Asks lifecycle what it would say of orders that might be placed.

use std::time::Duration;

use proto::lifecycle::inbox_service_client::InboxServiceClient;
use tonic::Request;

use super::{Lifecycle, failed};
use crate::convert;
use crate::domain::{Forecast, Proposal};
use crate::error::Error;

/// A buyer waits for the answer, and without one lifecycle decides when the order starts.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

impl Lifecycle {
    /// Returns what lifecycle says of orders, each judged by itself, line by line.
    ///
    /// # Errors
    ///
    /// [`Error::PeerUnavailable`], [`Error::PeerRefused`], [`Error::PeerBroken`].
    pub async fn judge(&self, proposal: &Proposal) -> Result<Vec<Vec<Forecast>>, Error> {
        let mut request = Request::new(convert::proposal(proposal));
        request.set_timeout(ANSWER_WITHIN);
        let answer = InboxServiceClient::new(self.0.clone()).judge_purchases(request).await;
        let broken = |why| Error::PeerBroken { service: "lifecycle", why };
        let judged = convert::judged(answer.map_err(failed)?.get_ref());
        let judged = judged.map_err(|error| broken(error.to_string()))?;
        if judged.len() != proposal.orders.len() {
            return Err(broken(format!("{} orders are judged", judged.len())));
        }
        Ok(judged)
    }
}
