//! Calls to lifecycle, which knows whether a purchase is live, and to audit, which keeps the record.

use std::time::Duration;

use boot::Peer;
use journal::{Entry, Receipt};
use mailbox::{CarryError, Courier, Envelope, Outcome};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::lifecycle as pb;
use proto::lifecycle::inbox_service_client::InboxServiceClient;
use rpc::name;
use tokio::time::timeout;
use tonic::Code;
use vocab::{CustomerId, SubscriptionId};

use crate::convert;
use crate::domain::Live;

/// Whoever waits for a key waits this long for each of the two: longer than a busy peer takes, and
/// shorter than people's patience.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Where this service's letters go.
pub const DESTINATIONS: &[&str] = &[journal::TO];

/// The services that license-key calls. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Peers {
    lifecycle: InboxServiceClient<Peer>,
    audit: AuditServiceClient<Peer>,
}

impl Peers {
    /// Calls lifecycle and audit over these channels.
    pub fn new(lifecycle: Peer, audit: Peer) -> Self {
        Self {
            lifecycle: InboxServiceClient::new(lifecycle),
            audit: AuditServiceClient::new(audit),
        }
    }

    /// Asks lifecycle what became of a purchase at this instant; `None` if it knows none.
    ///
    /// # Errors
    ///
    /// [`CarryError`] if it gives no answer, or none that can be understood.
    pub async fn check_purchase(
        &self,
        customer: CustomerId,
        id: SubscriptionId,
    ) -> Result<Option<Live>, CarryError> {
        let subscription = name::Subscription(customer, id).to_string();
        let mut client = self.lifecycle.clone();
        let call = client.check_purchase(pb::CheckPurchaseRequest { subscription });
        match in_time(call).await? {
            Ok(answer) => convert::live(answer.get_ref())
                .map(Some)
                .map_err(|violations| CarryError::Failed(violations.to_string())),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(status.into()),
        }
    }

    /// Puts an entry on record: once this returns, it is there for good.
    ///
    /// # Errors
    ///
    /// [`CarryError`] if audit does not confirm that it has it.
    pub async fn record_now(&self, entry: &Entry) -> Result<Receipt, CarryError> {
        in_time(journal::append_now(&mut self.audit.clone(), entry)).await?
    }
}

async fn in_time<T>(call: impl Future<Output = T>) -> Result<T, CarryError> {
    let late = |_| CarryError::Unreachable(format!("no answer within {} s", ANSWER_MAX.as_secs()));
    timeout(ANSWER_MAX, call).await.map_err(late)
}

impl Courier for Peers {
    async fn carry(
        &self,
        to: &str,
        kind: &str,
        batch: &[Envelope],
    ) -> Result<Vec<Outcome>, CarryError> {
        match (to, kind) {
            (journal::TO, journal::KIND) => journal::carry(&mut self.audit.clone(), batch).await,
            (to, kind) => Err(CarryError::Failed(format!("no letters of kind {kind} go to {to}"))),
        }
    }
}
