//! catalog, lifecycle and audit as license-key sees them: a gRPC server that answers by script.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};

use proto::audit as pb;
use proto::catalog as catalog_pb;
use proto::lifecycle as lifecycle_pb;
use proto::lifecycle::{CheckPurchaseRequest, CheckPurchaseResponse};
use testkit::noon;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::one_method::{Sooner, one_method};
use crate::domain::{Purchase, PurchaseState};

/// What happens before a stub answers.
pub type Hook = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the stubs say and heard.
#[derive(Default)]
pub struct Script {
    /// By name: what lifecycle says of a purchase.
    pub live: BTreeMap<String, CheckPurchaseResponse>,
    /// Whether lifecycle answers.
    pub is_lifecycle_down: bool,
    /// Whether audit answers.
    pub is_audit_down: bool,
    /// By name: what the catalog says of a product.
    pub products: BTreeMap<String, catalog_pb::Product>,
    /// Whether the catalog answers.
    pub is_catalog_down: bool,
    /// Why audit refuses what it is given.
    pub audit_refusal: String,
    /// What audit has, in order.
    pub entries: Vec<pb::Entry>,
    /// Runs once, before lifecycle answers.
    pub before_check: Option<Hook>,
    /// Runs once, before audit answers.
    pub before_append: Option<Hook>,
}

#[derive(Clone, Default)]
pub struct Stub(Arc<Mutex<Script>>);

impl Stub {
    /// Starts the server; returns where it listens.
    pub async fn start() -> (Self, SocketAddr) {
        let stub = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tonic::transport::Server::builder()
            .add_service(Lifecycle(stub.clone()))
            .add_service(Audit(stub.clone()))
            .add_service(Catalog(stub.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        (stub, address)
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }

    /// Lets lifecycle say of a purchase that it is in `state`.
    pub fn says(&self, purchase: &Purchase, state: PurchaseState) {
        let name = rpc::name::Subscription(purchase.customer, purchase.id).to_string();
        let state = lifecycle_pb::SubscriptionState::from_str_name(&format!(
            "SUBSCRIPTION_STATE_{}",
            state.as_str()
        ));
        let answer = CheckPurchaseResponse {
            state: state.unwrap().into(),
            partner: rpc::name::Partner(purchase.partner).to_string(),
            now: Some(rpc::wire::timestamp(noon())),
            term_end_date: None,
        };
        self.script().live.insert(name, answer);
    }
}

one_method!(Catalog, "tenure.catalog.v1.CatalogService", "/GetProduct",
    get_product: catalog_pb::GetProductRequest => catalog_pb::Product);
one_method!(Lifecycle, "tenure.lifecycle.v1.InboxService", "/CheckPurchase",
    check_purchase: CheckPurchaseRequest => CheckPurchaseResponse);
one_method!(Audit, "tenure.audit.v1.AuditService", "/AppendEntries",
    append_entries: pb::AppendEntriesRequest => pb::AppendEntriesResponse);

impl Stub {
    #[expect(clippy::unused_async, reason = "as the others are")]
    async fn get_product(
        &self,
        request: catalog_pb::GetProductRequest,
    ) -> Result<catalog_pb::Product, Status> {
        let script = self.script();
        if script.is_catalog_down {
            return Err(Status::unavailable("the catalog is down"));
        }
        script.products.get(&request.name).cloned().ok_or_else(not_found)
    }

    async fn check_purchase(
        &self,
        request: CheckPurchaseRequest,
    ) -> Result<CheckPurchaseResponse, Status> {
        let hook = self.script().before_check.take();
        if let Some(hook) = hook {
            hook.await;
        }
        let script = self.script();
        if script.is_lifecycle_down {
            return Err(Status::unavailable("lifecycle is down"));
        }
        script.live.get(&request.subscription).cloned().ok_or_else(not_found)
    }

    async fn append_entries(
        &self,
        request: pb::AppendEntriesRequest,
    ) -> Result<pb::AppendEntriesResponse, Status> {
        let hook = self.script().before_append.take();
        if let Some(hook) = hook {
            hook.await;
        }
        let mut script = self.script();
        if script.is_audit_down {
            return Err(Status::unavailable("audit is down"));
        }
        let refusal = script.audit_refusal.clone();
        let receipts = request.entries.into_iter().map(|entry| {
            let message_id = entry.header.clone().unwrap().message_id;
            if !refusal.is_empty() {
                return pb::Receipt { message_id, index: 0, refusal: refusal.clone() };
            }
            let known = script.entries.iter().position(|it| it.header == entry.header);
            let index = known.unwrap_or_else(|| {
                script.entries.push(entry);
                script.entries.len() - 1
            });
            pb::Receipt { message_id, index: index.try_into().unwrap(), refusal: String::new() }
        });
        Ok(pb::AppendEntriesResponse { receipts: receipts.collect() })
    }
}

#[expect(clippy::disallowed_methods, reason = "a stub is no service of ours")]
fn not_found() -> Status {
    Status::not_found("there is no such thing")
}
