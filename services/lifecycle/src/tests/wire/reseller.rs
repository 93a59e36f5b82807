//! Who owns and manages a subscription, as callers change it: order is asked first.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use proto::common as pbc;
use proto::lifecycle as pb;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use proto::order as pb_order;
use proto::order::inbox_service_server::{InboxService, InboxServiceServer};
use rstest::rstest;
use testkit::Backend;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};
use uuid::Uuid;

use super::{call, metadata, reason, service};
use crate::domain::{ChangeKind, Subscription};
use crate::tests::given::{CUSTOMER, PARTNER, ada, yearly};
use crate::tests::house::{House, name_of};

/// order, as it answers about resellers: those of the script are fine.
#[derive(Debug, Clone)]
struct Order(BTreeSet<String>);

impl Order {
    /// Starts it; returns where it listens.
    async fn knowing(resellers: &[&str]) -> SocketAddr {
        let known = resellers.iter().map(|name| (*name).to_owned()).collect();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tonic::transport::Server::builder()
            .add_service(InboxServiceServer::new(Self(known)))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        address
    }
}

fn not_here<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not asked in these tests"))
}

#[tonic::async_trait]
impl InboxService for Order {
    async fn check_reseller(
        &self,
        request: Request<pb_order::CheckResellerRequest>,
    ) -> Result<Response<pb_order::CheckResellerResponse>, Status> {
        assert!(request.metadata().contains_key("authorization"), "services say who they are");
        let asked = request.into_inner();
        assert_eq!(asked.customer, format!("customers/{CUSTOMER}"));
        assert_eq!(asked.partner, format!("partners/{PARTNER}"), "the seller");
        if self.0.contains(&asked.reseller) {
            return Ok(Response::new(pb_order::CheckResellerResponse {}));
        }
        let values = [("rule".to_owned(), "PAR-9".to_owned())];
        let details = ErrorDetails::with_error_info("AGREEMENT_REQUIRED", "tenure.dev", values);
        Err(Status::with_error_details(Code::FailedPrecondition, "has not signed", details))
    }

    async fn record_fulfilments(
        &self,
        _: Request<pb_order::RecordFulfilmentsRequest>,
    ) -> Result<Response<pbc::DeliveryReport>, Status> {
        not_here()
    }

    async fn record_clock_readings(
        &self,
        _: Request<pbc::RecordClockReadingsRequest>,
    ) -> Result<Response<pbc::DeliveryReport>, Status> {
        not_here()
    }

    async fn judge_offers(
        &self,
        _: Request<pb_order::JudgeOffersRequest>,
    ) -> Result<Response<pb_order::JudgeOffersResponse>, Status> {
        not_here()
    }

    async fn check_relationship(
        &self,
        _: Request<pb_order::CheckRelationshipRequest>,
    ) -> Result<Response<pb_order::CheckRelationshipResponse>, Status> {
        not_here()
    }
    async fn get_backlog(
        &self,
        _: Request<pbc::GetBacklogRequest>,
    ) -> Result<Response<pbc::Backlog>, Status> {
        not_here()
    }
}

fn reseller(number: u128) -> String {
    format!("partners/{}", Uuid::from_u128(number))
}

fn assigning(house: &House, sub: &Subscription, reseller: &str) -> pb::AssignResellerRequest {
    pb::AssignResellerRequest {
        name: name_of(sub),
        request_id: house.uuid().to_string(),
        reseller: reseller.to_owned(),
        ..pb::AssignResellerRequest::default()
    }
}

async fn assign(
    house: &House,
    request: pb::AssignResellerRequest,
) -> Result<Response<pb::Receipt>, Status> {
    service(house).assign_reseller(call(request)).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_10_another_reseller_owns_it_and_is_in_the_export(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let order = Order::knowing(&[&reseller(1)]).await;
    let house = House::beside(backend, Some(order)).await;
    let sub = house.buy(&yearly(), 10).await;
    house.schedule(&ada(), &sub, 5).await.unwrap();
    let request = assigning(&house, &sub, &reseller(1));
    let first = assign(&house, request.clone()).await.unwrap();
    let shown = first.get_ref().subscription.clone().unwrap();
    assert_eq!(shown.reseller, reseller(1));
    assert_eq!(shown.scheduled_change.unwrap().quantity, 5, "SCH-8");
    let change = first.get_ref().change.clone().unwrap();
    assert_eq!(change.kind(), pb::ChangeKind::ResellerAssigned);
    let again = assign(&house, request).await.unwrap();
    assert!(again.metadata().contains_key("tenure-replayed"));
    let same = assign(&house, assigning(&house, &sub, &reseller(1))).await.unwrap();
    assert_eq!(same.get_ref().change, None, "it is so already (D-46)");

    let (_, entry) = house.letters("audit").await.pop().unwrap();
    assert_eq!(entry["details"]["reseller"], reseller(1));
    let request = pb::ExportSubscriptionsRequest { parent: format!("customers/{CUSTOMER}") };
    let mut csv = service(&house).export_subscriptions(call(request)).await.unwrap().into_inner();
    let mut text = Vec::new();
    while let Some(piece) = tokio_stream::StreamExt::next(&mut csv).await {
        text.extend(piece.unwrap().data);
    }
    let id = Uuid::from_u128(1).to_string();
    assert!(String::from_utf8(text).unwrap().contains(&id), "PAR-10, EXP-2");

    let gone = assign(&house, assigning(&house, &sub, "")).await.unwrap().into_inner();
    assert_eq!(gone.subscription.unwrap().reseller, "");
    let stored = house.load(sub.id).await;
    assert_eq!((stored.reseller, stored.update_count), (None, 1), "only the scheduling counted");
    let kinds: Vec<_> = house.history(&sub).await.iter().map(|entry| entry.kind).collect();
    let assigned = ChangeKind::ResellerAssigned;
    assert_eq!(kinds, [ChangeKind::Started, ChangeKind::Scheduled, assigned, assigned]);
}

/// What order says against it is passed on as it came, and nothing is changed.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn par_9_a_reseller_that_order_refuses_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let order = Order::knowing(&[]).await;
    let house = House::beside(backend, Some(order)).await;
    let sub = house.buy(&yearly(), 10).await;
    let before = house.everything().await;
    let refused = assign(&house, assigning(&house, &sub, &reseller(2))).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "AGREEMENT_REQUIRED");
    assert_eq!(metadata(&refused, "rule").as_deref(), Some("PAR-9"));
    let stranger = pb::AssignResellerRequest {
        name: format!("customers/{CUSTOMER}/subscriptions/{}", house.uuid()),
        ..assigning(&house, &sub, &reseller(2))
    };
    assert_eq!(assign(&house, stranger).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(house.everything().await, before, "nothing was done");
}

/// Nobody can say whether it may be one; to remove one, nobody has to.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn t_123_without_order_a_reseller_is_only_removed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let owner = Some(vocab::PartnerId(Uuid::from_u128(1)));
    let sub =
        house.given(crate::domain::Purchase { reseller: owner, ..house.line(&yearly(), 1) }).await;
    let refused = assign(&house, assigning(&house, &sub, &reseller(2))).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "UNAVAILABLE"));
    assert!(refused.get_error_details().retry_info().is_some());
    let gone = assign(&house, assigning(&house, &sub, "")).await.unwrap().into_inner();
    assert_eq!(gone.subscription.unwrap().reseller, "");
}
