//! lifecycle and audit as license-key sees them: a gRPC server that answers by script.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};

use proto::audit as pb;
use proto::audit::audit_service_server::{AuditService, AuditServiceServer};
use proto::common::{Backlog, GetBacklogRequest};
use proto::lifecycle as lifecycle_pb;
use proto::lifecycle::inbox_service_server::{InboxService, InboxServiceServer};
use proto::lifecycle::{CheckPurchaseRequest, CheckPurchaseResponse};
use testkit::noon;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

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
            .add_service(InboxServiceServer::new(stub.clone()))
            .add_service(AuditServiceServer::new(stub.clone()))
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

#[tonic::async_trait]
impl InboxService for Stub {
    async fn check_purchase(
        &self,
        request: Request<CheckPurchaseRequest>,
    ) -> Result<Response<CheckPurchaseResponse>, Status> {
        assert!(request.metadata().contains_key("authorization"), "services say who they are");
        let hook = self.script().before_check.take();
        if let Some(hook) = hook {
            hook.await;
        }
        let script = self.script();
        if script.is_lifecycle_down {
            return Err(Status::unavailable("lifecycle is down"));
        }
        let answer = script.live.get(&request.get_ref().subscription);
        answer.cloned().map(Response::new).ok_or_else(not_found)
    }

    async fn cancel_purchases(
        &self,
        _: Request<lifecycle_pb::CancelPurchasesRequest>,
    ) -> Result<Response<lifecycle_pb::CancelPurchasesResponse>, Status> {
        Err(Status::unimplemented("not asked by license-key"))
    }

    async fn judge_purchases(
        &self,
        _: Request<lifecycle_pb::JudgePurchasesRequest>,
    ) -> Result<Response<lifecycle_pb::JudgePurchasesResponse>, Status> {
        Err(Status::unimplemented("not asked by license-key"))
    }

    async fn settle_support_decision(
        &self,
        _: Request<lifecycle_pb::SettleSupportDecisionRequest>,
    ) -> Result<Response<lifecycle_pb::Receipt>, Status> {
        Err(Status::unimplemented("not asked by license-key"))
    }

    async fn get_backlog(
        &self,
        _: Request<GetBacklogRequest>,
    ) -> Result<Response<Backlog>, Status> {
        Err(Status::unimplemented("not asked by license-key"))
    }
}

#[expect(clippy::disallowed_methods, reason = "a stub is no service of ours")]
fn not_found() -> Status {
    Status::not_found("there is no such purchase")
}

#[tonic::async_trait]
impl AuditService for Stub {
    async fn append_entries(
        &self,
        request: Request<pb::AppendEntriesRequest>,
    ) -> Result<Response<pb::AppendEntriesResponse>, Status> {
        assert!(request.metadata().contains_key("authorization"), "services say who they are");
        let hook = self.script().before_append.take();
        if let Some(hook) = hook {
            hook.await;
        }
        let mut script = self.script();
        if script.is_audit_down {
            return Err(Status::unavailable("audit is down"));
        }
        let refusal = script.audit_refusal.clone();
        let receipts = request.into_inner().entries.into_iter().map(|entry| {
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
        Ok(Response::new(pb::AppendEntriesResponse { receipts: receipts.collect() }))
    }

    async fn list_activity(
        &self,
        _: Request<pb::ListActivityRequest>,
    ) -> Result<Response<pb::ListActivityResponse>, Status> {
        Err(Status::unimplemented("not asked by license-key"))
    }

    async fn get_checkpoint(
        &self,
        _: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::Checkpoint>, Status> {
        Err(Status::unimplemented("not asked by license-key"))
    }

    async fn verify_log(
        &self,
        _: Request<pb::VerifyLogRequest>,
    ) -> Result<Response<pb::VerifyLogResponse>, Status> {
        Err(Status::unimplemented("not asked by license-key"))
    }

    async fn get_backlog(
        &self,
        _: Request<GetBacklogRequest>,
    ) -> Result<Response<Backlog>, Status> {
        Err(Status::unimplemented("not asked by license-key"))
    }
}
