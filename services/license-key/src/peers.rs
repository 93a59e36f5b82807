//! Calls to lifecycle, which knows whether a purchase is live, to audit, which keeps the record, and to
//! the catalog, which knows what can be downloaded.

use std::time::Duration;

use boot::Peer;
use journal::{Entry, Receipt};
use mailbox::{CarryError, Courier, Envelope, Outcome};
use proto::audit::audit_service_client::AuditServiceClient;
use proto::catalog::GetProductRequest;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::lifecycle as pb;
use proto::lifecycle::inbox_service_client::InboxServiceClient;
use rpc::name;
use tokio::time::timeout;
use tonic::Code;
use vocab::{CustomerId, SubscriptionId};

use crate::convert;
use crate::domain::{Download, Live, SkuName};

/// Whoever waits for a key or a link waits this long for each of them: longer than a busy peer takes, and
/// shorter than people's patience.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Where this service's letters go.
pub const DESTINATIONS: &[&str] = &[journal::TO];

/// The services that license-key calls. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Peers {
    catalog: CatalogServiceClient<Peer>,
    lifecycle: InboxServiceClient<Peer>,
    audit: AuditServiceClient<Peer>,
}

impl Peers {
    /// Calls catalog, lifecycle and audit over these channels.
    pub fn new(catalog: Peer, lifecycle: Peer, audit: Peer) -> Self {
        Self {
            catalog: CatalogServiceClient::new(catalog),
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

    /// Asks the catalog what can be downloaded for a SKU; `None` if it knows no such SKU (any more).
    ///
    /// # Errors
    ///
    /// [`CarryError`] if it gives no answer.
    pub async fn downloads_of(&self, sku: &SkuName) -> Result<Option<Vec<Download>>, CarryError> {
        let name = name::Product(sku.product.clone()).to_string();
        let mut client = self.catalog.clone();
        match in_time(client.get_product(GetProductRequest { name })).await? {
            Ok(answer) => Ok(convert::downloads(answer.get_ref(), sku)),
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
