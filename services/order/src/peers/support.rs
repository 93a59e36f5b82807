//! What lifecycle is asked about requests for support.

use proto::lifecycle::inbox_service_client::InboxServiceClient;
use rpc::name;
use tonic::Code;

use super::{Lifecycle, failed};
use crate::convert;
use crate::domain::{PurchaseStanding, SettleSupport};
use crate::error::Error;

impl Lifecycle {
    /// Returns how a purchase stands; `None` if there is no such.
    ///
    /// # Errors
    ///
    /// [`Error::PeerUnavailable`], [`Error::PeerBroken`].
    pub async fn standing(
        &self,
        purchase: name::Subscription,
    ) -> Result<Option<PurchaseStanding>, Error> {
        let mut client = InboxServiceClient::new(self.0.clone());
        let answer = match client.check_purchase(convert::check_purchase(purchase)).await {
            Ok(answer) => answer.into_inner(),
            Err(status) if status.code() == Code::NotFound => return Ok(None),
            Err(status) => return Err(failed(status)),
        };
        let read = convert::standing(&answer);
        let broken = |why| Error::PeerBroken { service: "lifecycle", why };
        read.map(Some).map_err(|error| broken(error.to_string()))
    }

    /// Lets a decision be carried out; returns what partner and customer must do now (PCX-2).
    ///
    /// # Errors
    ///
    /// [`Error::PeerRefused`] with lifecycle's own refusal, to be passed on as it came;
    /// [`Error::PeerUnavailable`] if it is not known what became of it.
    pub async fn settle_support(&self, decision: &SettleSupport) -> Result<String, Error> {
        let mut client = InboxServiceClient::new(self.0.clone());
        let answer = client.settle_support_decision(convert::settle_support(decision)).await;
        Ok(answer.map_err(failed)?.into_inner().obligations)
    }
}
