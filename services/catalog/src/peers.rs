//! Calls to other services: entries to the audit log, and whether order could sell something.

use std::time::Duration;

use boot::Peer;
use mailbox::{CarryError, Courier, Envelope, Outcome};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::order::inbox_service_client::InboxServiceClient;
use tonic::{Code, Request, Status};

use crate::convert;
use crate::domain::availability::{Obstacle, Question};
use crate::error::Error;

/// Where this service's letters go.
pub const DESTINATIONS: &[&str] = &[journal::TO];

/// Brings letters to other services.
#[derive(Debug, Clone)]
pub struct Peers {
    /// The audit service.
    pub audit: AuditServiceClient<Peer>,
}

impl Courier for Peers {
    async fn carry(
        &self,
        to: &str,
        kind: &str,
        batch: &[Envelope],
    ) -> Result<Vec<Outcome>, CarryError> {
        if (to, kind) == (journal::TO, journal::KIND) {
            return journal::carry(&mut self.audit.clone(), batch).await;
        }
        Err(CarryError::Failed(format!("nobody takes {kind} at {to}")))
    }
}

/// A caller waits for the answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Asks order.
#[derive(Debug, Clone)]
pub struct Orders(pub Peer);

impl Orders {
    /// Returns for each offer why the customer cannot have it; `None` where it can.
    ///
    /// # Errors
    ///
    /// [`Error::PeerRefused`] with order's own refusal, [`Error::PeerUnavailable`],
    /// [`Error::PeerBroken`].
    pub async fn judge(&self, asked: &Question) -> Result<Vec<Option<Obstacle>>, Error> {
        let mut request = Request::new(convert::judge_offers(asked));
        request.set_timeout(ANSWER_WITHIN);
        let answer = InboxServiceClient::new(self.0.clone()).judge_offers(request).await;
        let reasons = convert::reasons(answer.map_err(failed)?.into_inner());
        if reasons.len() == asked.offers.len() {
            return Ok(reasons);
        }
        let why = format!("order judged {} of {} offers", reasons.len(), asked.offers.len());
        Err(Error::PeerBroken { service: "order", why })
    }
}

/// Tells a refusal, which is the caller's to read, from a call that failed.
fn failed(status: Status) -> Error {
    let status = Box::new(status);
    if status.code() == Code::NotFound {
        Error::PeerRefused(status)
    } else {
        Error::PeerUnavailable { service: "order", source: status }
    }
}
