//! lifecycle as order sees it when it cancels: a gRPC server that answers by script.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use proto::common::{Backlog, CoTermChoice, GetBacklogRequest, Refusal};
use proto::lifecycle as pb;
use proto::lifecycle::inbox_service_server::{InboxService, InboxServiceServer};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// What limits say of SKUs, or that lifecycle does not answer.
#[derive(Clone)]
pub struct Limits(pub Result<BTreeMap<String, Vec<Refusal>>, Status>);

impl Default for Limits {
    fn default() -> Self {
        Self(Ok(BTreeMap::new()))
    }
}

/// What the stub says and heard.
#[derive(Default)]
pub struct Script {
    /// What it was asked, in order.
    pub asked: Vec<pb::CancelPurchasesRequest>,
    /// What it refuses, by the order's name.
    pub refusals: BTreeMap<String, Status>,
    /// What it was asked to judge, in order.
    pub judged: Vec<pb::JudgePurchasesRequest>,
    /// What limits say, by SKU.
    pub limits: Limits,
    /// What a first term with a given end would cost, by SKU: its first charge, and all of it.
    pub figures: BTreeMap<String, (proto::Money, proto::Money)>,
    /// With what a first term could end, by SKU.
    pub choices: BTreeMap<String, Vec<CoTermChoice>>,
    /// What it answers to the others; a default when there is none.
    pub answer: Option<Result<pb::CancelPurchasesResponse, Status>>,
    /// Where purchases stand, by their names.
    pub standings: BTreeMap<String, pb::CheckPurchaseResponse>,
    /// Which decisions it was asked to carry out, in order.
    pub decisions: Vec<pb::SettleSupportDecisionRequest>,
    /// How it refuses them; it carries them out when there is none.
    pub decision_refusal: Option<Status>,
    /// Whether it answers nobody who asks about support.
    pub is_down: bool,
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
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        (stub, address)
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }
}

#[tonic::async_trait]
impl InboxService for Stub {
    async fn cancel_purchases(
        &self,
        request: Request<pb::CancelPurchasesRequest>,
    ) -> Result<Response<pb::CancelPurchasesResponse>, Status> {
        assert!(request.metadata().contains_key("authorization"), "services say who they are");
        let mut script = self.script();
        let asked = request.into_inner();
        let refusal = script.refusals.get(&asked.order).cloned();
        script.asked.push(asked);
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        script.answer.clone().unwrap_or_else(|| Ok(a_receipt())).map(Response::new)
    }

    async fn judge_purchases(
        &self,
        request: Request<pb::JudgePurchasesRequest>,
    ) -> Result<Response<pb::JudgePurchasesResponse>, Status> {
        let mut script = self.script();
        let asked = request.into_inner();
        let limits = script.limits.0.clone().map(|limits| {
            let line = |line: &pb::ProposedLine| {
                let sku = line.offer.as_ref().map_or("", |offer| offer.sku.as_str());
                let sku = sku.rsplit('/').next().unwrap_or_default();
                pb::JudgedLine {
                    refusals: limits.get(sku).cloned().unwrap_or_default(),
                    first_charge: script.figures.get(sku).map(|(first, _)| first.clone()),
                    term_total: script.figures.get(sku).map(|(_, total)| total.clone()),
                    co_term_choices: script.choices.get(sku).cloned().unwrap_or_default(),
                    end_date: None,
                }
            };
            let order = |order: &pb::ProposedOrder| pb::JudgedOrder {
                lines: order.lines.iter().map(line).collect(),
            };
            pb::JudgePurchasesResponse { orders: asked.orders.iter().map(order).collect() }
        });
        script.judged.push(asked);
        limits.map(Response::new)
    }

    async fn check_purchase(
        &self,
        request: Request<pb::CheckPurchaseRequest>,
    ) -> Result<Response<pb::CheckPurchaseResponse>, Status> {
        let script = self.script();
        if script.is_down {
            return Err(Status::unavailable("lifecycle is down"));
        }
        let found = script.standings.get(&request.get_ref().subscription).cloned();
        let none = || Status::with_error_details(Code::NotFound, "none", ErrorDetails::new());
        found.map(Response::new).ok_or_else(none)
    }

    async fn settle_support_decision(
        &self,
        request: Request<pb::SettleSupportDecisionRequest>,
    ) -> Result<Response<pb::Receipt>, Status> {
        let mut script = self.script();
        let asked = request.into_inner();
        let obligations = if asked.cancel { "stop using it".to_owned() } else { String::new() };
        script.decisions.push(asked);
        if script.is_down {
            return Err(Status::unavailable("lifecycle is down"));
        }
        match script.decision_refusal.clone() {
            Some(refusal) => Err(refusal),
            None => Ok(Response::new(pb::Receipt { obligations, ..Default::default() })),
        }
    }

    async fn get_backlog(
        &self,
        _: Request<GetBacklogRequest>,
    ) -> Result<Response<Backlog>, Status> {
        Err(Status::unimplemented("not asked by order"))
    }
}

/// What lifecycle says of a cancellation that went well.
fn a_receipt() -> pb::CancelPurchasesResponse {
    pb::CancelPurchasesResponse {
        receipts: vec![pb::Receipt {
            obligations: "stop using it".to_owned(),
            subscription: Some(pb::Subscription {
                cancellation: Some(pb::Cancellation {
                    allowed_until: Some(rpc::wire::timestamp(testkit::noon())),
                    days_left: 28,
                    ..Default::default()
                }),
                ..Default::default()
            }),
            ..Default::default()
        }],
        credit: Some(proto::Money { currency_code: "EUR".to_owned(), units: 1000, nanos: 0 }),
    }
}
