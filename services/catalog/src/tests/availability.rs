//! Whether a customer can have offers: what order is asked, and what comes of its answer. And who sees
//! offers that some partners alone sell.

use std::sync::{Arc, Mutex};

use access::{Caller, Reach};
use proto::catalog as pb;
use proto::catalog::catalog_service_server::CatalogService as _;
use proto::common::{
    Backlog, DeliveryReport, GetBacklogRequest, RecordClockReadingsRequest, Refusal, Role,
};
use proto::order as pb_order;
use proto::order::inbox_service_server::{InboxService, InboxServiceServer};
use rstest::rstest;
use testkit::Backend;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;
use vocab::{CustomerId, PartnerId};

use super::{House, a_file, reason};

const OWN: PartnerId = PartnerId(Uuid::from_u128(0xa));
const RIVAL: PartnerId = PartnerId(Uuid::from_u128(0xb));
const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0xc));

/// order as the catalog sees it: it answers by script.
#[derive(Clone, Default)]
struct Orders(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    asked: Vec<pb_order::JudgeOffersRequest>,
    refused: Option<Status>,
    /// Leaves out the last offer.
    is_short: bool,
}

impl Orders {
    /// Starts the server; returns where it listens.
    fn start() -> (Self, String) {
        let orders = Self::default();
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = incoming.local_addr().unwrap();
        let serving = tonic::transport::Server::builder()
            .add_service(InboxServiceServer::new(orders.clone()))
            .serve_with_incoming(incoming);
        tokio::spawn(serving);
        (orders, format!("http://{address}"))
    }
}

/// What order says of whatever is named `owned`.
fn owned() -> Refusal {
    Refusal {
        reason: "ALREADY_OWNED_SINGLE".to_owned(),
        rule: "CAT-6".to_owned(),
        message: "the customer has it; add seats instead".to_owned(),
        metadata: [("sku".to_owned(), "owned".to_owned())].into(),
    }
}

#[tonic::async_trait]
impl InboxService for Orders {
    async fn judge_offers(
        &self,
        request: Request<pb_order::JudgeOffersRequest>,
    ) -> Result<Response<pb_order::JudgeOffersResponse>, Status> {
        assert!(request.metadata().contains_key("authorization"), "services say who they are");
        let asked = request.into_inner();
        let judged = |offer: &String| pb_order::JudgedOffer {
            refusal: offer.ends_with("/owned").then(owned),
        };
        let mut offers: Vec<_> = asked.offers.iter().map(judged).collect();
        let mut script = self.0.lock().unwrap();
        if script.is_short {
            offers.pop();
        }
        script.asked.push(asked);
        let answer = pb_order::JudgeOffersResponse { offers };
        script.refused.clone().map_or(Ok(Response::new(answer)), Err)
    }

    async fn record_fulfilments(
        &self,
        _: Request<pb_order::RecordFulfilmentsRequest>,
    ) -> Result<Response<DeliveryReport>, Status> {
        Err(Status::unimplemented("not asked by the catalog"))
    }

    async fn record_clock_readings(
        &self,
        _: Request<RecordClockReadingsRequest>,
    ) -> Result<Response<DeliveryReport>, Status> {
        Err(Status::unimplemented("not asked by the catalog"))
    }

    async fn check_relationship(
        &self,
        _: Request<pb_order::CheckRelationshipRequest>,
    ) -> Result<Response<pb_order::CheckRelationshipResponse>, Status> {
        Err(Status::unimplemented("not asked by the catalog"))
    }

    async fn check_reseller(
        &self,
        _: Request<pb_order::CheckResellerRequest>,
    ) -> Result<Response<pb_order::CheckResellerResponse>, Status> {
        Err(Status::unimplemented("not asked by the catalog"))
    }

    async fn get_backlog(
        &self,
        _: Request<GetBacklogRequest>,
    ) -> Result<Response<Backlog>, Status> {
        Err(Status::unimplemented("not asked by the catalog"))
    }
}

/// A request of a reader at a partner, of a customer's administrator, or of an operator.
fn asked_by<T>(who: Option<PartnerId>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller {
        subject: "ada".to_owned(),
        partner: who,
        customer: None,
        roles: [if who.is_some() { Role::AccountAdmin } else { Role::Operator }].into(),
        reach: who.map_or(Reach::All, Reach::Partner),
    });
    request
}

fn question(offers: &[&str]) -> pb::CheckAvailabilityRequest {
    pb::CheckAvailabilityRequest {
        customer: format!("customers/{CUSTOMER}"),
        offers: offers.iter().map(|offer| format!("offers/{offer}")).collect(),
    }
}

#[rstest]
#[case::cat_5_for_a_partner(Some(OWN), format!("partners/{OWN}"))]
#[case::cat_5_for_an_operator(None, String::new())]
#[tokio::test]
async fn each_offer_is_available_or_has_one_reason(
    #[case] who: Option<PartnerId>,
    #[case] seller: String,
) {
    let (orders, uri) = Orders::start();
    let house = House::with(Backend::Sqlite, |config| config.peers.order = uri).await;
    let request = asked_by(who, question(&["free", "owned", "free"]));
    let answer = house.service.check_availability(request).await.unwrap().into_inner();

    let told = |offer: &pb::Availability| (offer.offer.clone(), offer.available);
    let expected = [("free", true), ("owned", false), ("free", true)]
        .map(|(id, it)| (format!("offers/{id}"), it));
    assert_eq!(answer.offers.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(answer.offers[1].refusal, Some(owned()));
    assert_eq!(answer.offers[0].refusal, None);
    let asked = orders.0.lock().unwrap().asked.pop().unwrap();
    assert_eq!((asked.customer, asked.partner), (format!("customers/{CUSTOMER}"), seller));
}

#[tokio::test]
async fn par_14_a_foreign_customer_is_not_found() {
    let (orders, uri) = Orders::start();
    let house = House::with(Backend::Sqlite, |config| config.peers.order = uri).await;
    let unknown = crate::error::Error::NotFound { kind: "Customer", name: "it".to_owned() };
    orders.0.lock().unwrap().refused = Some(rpc::status(unknown));
    let request = asked_by(Some(OWN), question(&["free"]));
    let refused = house.service.check_availability(request).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::NotFound, "there is no Customer it"));
}

#[tokio::test]
async fn cat_5_without_order_it_cannot_be_told() {
    let nobody = "http://127.0.0.1:1".to_owned();
    let house = House::with(Backend::Sqlite, |config| config.peers.order = nobody).await;
    let request = asked_by(Some(OWN), question(&["free"]));
    let refused = house.service.check_availability(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "UNAVAILABLE"));
}

/// An answer about something else than was asked is none.
#[tokio::test]
async fn cat_5_an_answer_that_leaves_something_out_is_none() {
    let (orders, uri) = Orders::start();
    let house = House::with(Backend::Sqlite, |config| config.peers.order = uri).await;
    orders.0.lock().unwrap().is_short = true;
    let request = asked_by(Some(OWN), question(&["free", "owned"]));
    let refused = house.service.check_availability(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "UNAVAILABLE"));
    assert!(refused.message().contains("order judged 1 of 2 offers"), "{}", refused.message());
}

#[rstest]
#[case::cat_5_no_offers(pb::CheckAvailabilityRequest { offers: vec![], ..question(&[]) })]
#[case::cat_5_too_many(question(&["free"; 101]))]
#[case::cat_5_no_name(question(&["a b"]))]
#[case::cat_5_nobody(pb::CheckAvailabilityRequest { customer: "me".to_owned(), ..question(&["free"]) })]
#[tokio::test]
async fn a_malformed_question_is_refused(#[case] request: pb::CheckAvailabilityRequest) {
    let house = House::on(Backend::Sqlite).await;
    let refused = house.service.check_availability(asked_by(Some(OWN), request)).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}

/// A list with one offer for everybody, and one for a partner alone.
fn exclusive() -> String {
    let file = a_file(
        "  2026-01-01:\n    basic: {P1Y/ANNUAL: {DE: 60}}\n    full: {P1Y/ANNUAL: {DE: 9}}\n",
    );
    file.replace("full: {title: Full}", &format!("full: {{title: Full, exclusive_to: [{OWN}]}}"))
}

const PUBLIC: &str = "offers/basic-p1y-annual-de";
const EXCLUSIVE: &str = "offers/full-p1y-annual-de";

#[rstest]
#[case::cat_7_its_partner(Some(OWN), &[PUBLIC, EXCLUSIVE])]
#[case::cat_7_another_partner(Some(RIVAL), &[PUBLIC])]
#[case::cat_7_an_operator(None, &[PUBLIC, EXCLUSIVE])]
#[tokio::test]
async fn an_exclusive_offer_is_seen_by_its_partners_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] who: Option<PartnerId>,
    #[case] expected: &[&str],
) {
    let house = House::on(backend).await;
    house.import(&exclusive()).await.unwrap();
    let request = asked_by(who, pb::ListOffersRequest::default());
    let page = house.service.list_offers(request).await.unwrap().into_inner();
    let names: Vec<_> = page.offers.iter().map(|offer| offer.name.as_str()).collect();
    assert_eq!(names, expected);
    for offer in &page.offers {
        let partners = offer.restrictions.as_ref().map_or(0, |it| it.exclusive_to.len());
        assert_eq!(partners, 0, "to whom else it is sold is nobody's to know");
    }
    let read = pb::GetOfferRequest { name: EXCLUSIVE.to_owned(), at: None };
    let read = house.service.get_offer(asked_by(who, read)).await;
    assert_eq!(read.is_ok(), expected.contains(&EXCLUSIVE));
    assert!(read.err().is_none_or(|refused| refused.code() == Code::NotFound));
}

/// A customer's administrator browses, and sells nothing.
#[tokio::test]
async fn cat_7_a_customer_does_not_see_exclusive_offers() {
    let house = House::on(Backend::Sqlite).await;
    house.import(&exclusive()).await.unwrap();
    let mut request = Request::new(pb::ListOffersRequest::default());
    request.extensions_mut().insert(Caller {
        subject: "cleo".to_owned(),
        partner: None,
        customer: Some(CUSTOMER),
        roles: [Role::CustomerGlobalAdmin].into(),
        reach: Reach::All,
    });
    let page = house.service.list_offers(request).await.unwrap().into_inner();
    let names: Vec<_> = page.offers.iter().map(|offer| offer.name.as_str()).collect();
    assert_eq!(names, [PUBLIC]);
}
