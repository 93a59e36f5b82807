//! Orders from before: with their own dates, all or none, each once.

use access::Claims;
use jiff::Timestamp;
use proto::common::BillingCycle;
use proto::order as pb;
use proto::order::order_service_server::OrderService;
use rpc::wire;
use rstest::rstest;
use serde_json::Value;
use testkit::{Backend, noon};
use tonic::{Code, Status};

use super::house::{
    House, Shop, a_customer, a_partner, call, fulfilment, line, metadata, operator, reason,
    refusals, started, wrong_fields,
};
use crate::domain::tests::{a_perpetual, an_offer};

const SPRING: &str = "2021-03-01T09:00:00.25Z";

fn euros(units: i64) -> proto::Money {
    proto::Money { currency_code: "EUR".to_owned(), units, nanos: 0 }
}

/// A year of a server, charged once.
fn a_server() -> pb::PastLine {
    pb::PastLine {
        offer: "offers/server".to_owned(),
        quantity: 2,
        price: Some(euros(99)),
        term_length: "P1Y".to_owned(),
        billing_cycle: BillingCycle::Annual.into(),
        ..Default::default()
    }
}

/// Software that was bought once.
fn a_tool() -> pb::PastLine {
    pb::PastLine {
        offer: "offers/sql".to_owned(),
        quantity: 1,
        price: Some(euros(700)),
        billing_cycle: BillingCycle::OneTime.into(),
        ..Default::default()
    }
}

fn a_past(shop: &Shop, reference: &str, at: &str, lines: Vec<pb::PastLine>) -> pb::PastOrder {
    let at: Timestamp = at.parse().unwrap();
    pb::PastOrder {
        partner: shop.partner.clone(),
        reference: reference.to_owned(),
        order_time: Some(wire::timestamp(at)),
        lines,
    }
}

impl House {
    fn import_of(&self, shop: &Shop, orders: Vec<pb::PastOrder>) -> pb::ImportHistoryRequest {
        let (parent, request_id) = (shop.customer.clone(), self.id());
        pb::ImportHistoryRequest { parent, request_id, orders, validate_only: false }
    }

    async fn import_as(
        &self,
        claims: &Claims,
        message: pb::ImportHistoryRequest,
    ) -> Result<Vec<pb::Order>, Status> {
        let request = call(claims, "OrderService/ImportHistory", message)?;
        let answer = self.service.import_history(request).await?;
        Ok(answer.into_inner().orders)
    }

    async fn import(&self, message: pb::ImportHistoryRequest) -> Result<Vec<pb::Order>, Status> {
        self.import_as(&operator(), message).await
    }

    async fn listed(&self, shop: &Shop) -> Vec<pb::Order> {
        let parent = shop.customer.clone();
        let message = pb::ListOrdersRequest { parent, ..Default::default() };
        self.orders(&shop.agent, message).await.unwrap().orders
    }
}

#[rstest]
#[tokio::test]
async fn ord_9_it_stands_in_the_history_at_its_own_date(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let today = house.fulfilled(&shop, vec![line("suite", 1)]).await;
    let orders = vec![
        a_past(&shop, "A-1", SPRING, vec![a_server(), a_tool()]),
        a_past(&shop, "A-2", "2020-02-29T00:00:00Z", vec![a_tool()]),
    ];
    let [one, two]: [pb::Order; 2] =
        house.import(house.import_of(&shop, orders)).await.unwrap().try_into().unwrap();

    assert_eq!(one.state(), pb::OrderState::Processing);
    assert_eq!(wire::instant(one.create_time.as_ref().unwrap()), Ok(SPRING.parse().unwrap()));
    assert_eq!((one.attestation.as_ref(), one.totals.as_slice()), (None, &[euros(898)][..]));
    let from = one.brought_in.as_ref().unwrap();
    assert_eq!((from.reference.as_str(), from.actor.as_str()), ("A-1", "op@tenure.example"));
    assert_eq!(wire::instant(from.import_time.as_ref().unwrap()), Ok(noon()));
    let said = (one.lines[0].offer.as_ref().unwrap(), &one.lines[1]);
    assert_eq!(
        (said.0.price.clone(), said.0.title.as_str()),
        (Some(euros(99)), "Windows Server Standard")
    );
    assert_eq!(said.1.first_charge, Some(euros(700)));

    // The newest first, by when they were ordered.
    let names: Vec<_> = house.listed(&shop).await.into_iter().map(|order| order.name).collect();
    assert_eq!(names, [today.name.clone(), one.name.clone(), two.name.clone()]);
    let placed = house.order(&shop.agent, &today.name).await.unwrap();
    assert_eq!((placed.brought_in, placed.attestation.is_some()), (None, true));

    let told = house.started().await;
    let told: Vec<_> = told.iter().map(|one| (one.effective_at, one.brought_in_at)).collect();
    let past = |at: &str| (at.parse().unwrap(), Some(noon()));
    assert_eq!(told, [(noon(), None), past(SPRING), past("2020-02-29T00:00:00Z")]);
    house.fulfil(&one).await;
    let read = house.order(&shop.agent, &one.name).await.unwrap();
    assert_eq!(read.state(), pb::OrderState::Fulfilled);
    assert_eq!(read.brought_in, one.brought_in);
}

#[rstest]
#[tokio::test]
async fn d_28_the_same_order_comes_in_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let first = house.import_of(&shop, vec![a_past(&shop, "A-1", SPRING, vec![a_server()])]);
    let [order]: [pb::Order; 1] = house.import(first.clone()).await.unwrap().try_into().unwrap();
    assert_eq!(
        house.import(first).await.unwrap(),
        std::slice::from_ref(&order),
        "the same request"
    );

    let known = a_past(&shop, "A-1", SPRING, vec![a_server()]);
    let more = a_past(&shop, "A-2", SPRING, vec![a_tool()]);
    let again = house.import(house.import_of(&shop, vec![known, more])).await.unwrap();
    assert_eq!((again[0].clone(), again[1].name == order.name), (order.clone(), false));
    assert_eq!(house.listed(&shop).await.len(), 2);
    assert_eq!(house.started().await.len(), 2, "each is started once");

    let dearer = pb::PastLine { price: Some(euros(100)), ..a_server() };
    let other = house.import_of(
        &shop,
        vec![
            a_past(&shop, "A-3", SPRING, vec![a_tool()]),
            a_past(&shop, "A-1", SPRING, vec![dearer]),
        ],
    );
    let refused = house.import(other).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "ALREADY_EXISTS".to_owned())
    );
    assert_eq!(metadata(&refused, "order"), order.name);
    assert_eq!(metadata(&refused, "field"), "orders[1]");
    assert_eq!(house.listed(&shop).await.len(), 2, "all or none");
}

/// A customer may live twice: the same books can be tried on a test clock first.
#[rstest]
#[tokio::test]
async fn tim_6_a_test_clock_has_books_of_its_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let test_clock = house.test_clock("2021-04-01T00:00:00Z".parse().unwrap()).await;
    let rehearsal = pb::Customer { test_clock, ..a_customer(2) };
    let customer = house.customer(&shop.agent, rehearsal).await.unwrap().name;
    let trying = Shop { customer, partner: shop.partner.clone(), agent: shop.agent.clone() };
    let past = || vec![a_past(&shop, "A-1", SPRING, vec![a_server()])];
    let tried = house.import(house.import_of(&trying, past())).await.unwrap();
    assert!(house.import(house.import_of(&shop, past())).await.is_ok());
    let at = tried[0].brought_in.as_ref().unwrap().import_time.as_ref().unwrap();
    assert_eq!(wire::instant(at).unwrap().to_string(), "2021-04-01T00:00:00Z");

    let late = vec![a_past(&shop, "A-2", "2021-04-01T00:00:00.001Z", vec![a_server()])];
    let refused = house.import(house.import_of(&trying, late)).await.unwrap_err();
    assert_eq!(reason(&refused), "HISTORY_IN_FUTURE");
    assert_eq!(metadata(&refused, "now"), "2021-04-01T00:00:00Z");
    // In the same world a reference belongs to one customer.
    let neighbour = house.customer(&shop.agent, a_customer(3)).await.unwrap().name;
    let beside = Shop { customer: neighbour, ..shop };
    let past = vec![a_past(&beside, "A-1", SPRING, vec![a_server()])];
    let refused = house.import(house.import_of(&beside, past)).await.unwrap_err();
    assert_eq!(reason(&refused), "ALREADY_EXISTS");
}

#[rstest]
#[tokio::test]
async fn ord_11_one_refusal_brings_in_nothing_and_all_are_told(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let suite = pb::PastLine { offer: "offers/suite".to_owned(), ..a_server() };
    let gone = pb::PastLine { offer: "offers/gone".to_owned(), ..a_server() };
    let other = house.partner(a_partner()).await;
    let orders = vec![
        a_past(&shop, "A-1", SPRING, vec![a_server()]),
        a_past(&shop, "A-2", "2021-10-14T00:00:00Z", vec![a_server(), suite]),
        pb::PastOrder { partner: other, ..a_past(&shop, "A-3", SPRING, vec![gone]) },
    ];
    let refused = house.import(house.import_of(&shop, orders)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let reasons: Vec<_> = refusals(&refused).into_iter().map(|(reason, _)| reason).collect();
    let expected = [
        "HISTORY_TOO_RECENT",
        "HISTORY_ONLY_SOFTWARE",
        "RELATIONSHIP_REQUIRED",
        "NOT_TRANSACTABLE_HERE",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(metadata(&refused, "allowed_until"), "2021-10-13T23:59:59.999Z");
    assert_eq!(metadata(&refused, "rule"), "D-2");
    assert!(house.listed(&shop).await.is_empty());
    assert!(house.started().await.is_empty());
}

#[rstest]
#[tokio::test]
async fn ord_9_a_dry_run_shows_the_orders_and_keeps_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let orders = vec![a_past(&shop, "A-1", SPRING, vec![a_server()])];
    let import = house.import_of(&shop, orders);
    let dry = pb::ImportHistoryRequest { validate_only: true, ..import.clone() };
    let shown = house.import(dry).await.unwrap();
    assert_eq!((shown[0].name.as_str(), shown[0].lines[0].id.as_str()), ("", ""));
    assert_eq!(shown[0].totals, [euros(198)]);
    assert!(house.listed(&shop).await.is_empty());
    assert!(house.import(import).await.is_ok(), "the request id is still free");
}

#[tokio::test]
async fn a_malformed_import_is_told_in_one_go() {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let bad = pb::PastLine {
        offer: "server".to_owned(),
        price: Some(euros(-1)),
        term_length: "P2Y".to_owned(),
        quantity: 0,
        ..Default::default()
    };
    let orders = vec![
        pb::PastOrder { order_time: None, ..a_past(&shop, "A-1", SPRING, vec![bad]) },
        a_past(&shop, "A-1", SPRING, vec![a_server(); 200]),
    ];
    let refused = house.import(house.import_of(&shop, orders)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let mut fields = wrong_fields(&refused);
    fields.sort();
    fields.dedup();
    let expected = [
        "orders",
        "orders[0].lines[0].billing_cycle",
        "orders[0].lines[0].offer",
        "orders[0].lines[0].price",
        "orders[0].lines[0].quantity",
        "orders[0].lines[0].term_length",
        "orders[0].order_time",
        "orders[1].reference",
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn par_12_only_operators_bring_in_history() {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let import = house.import_of(&shop, vec![a_past(&shop, "A-1", SPRING, vec![a_server()])]);
    let refused = house.import_as(&shop.agent, import.clone()).await.unwrap_err();
    assert_eq!(reason(&refused), "ROLE_REQUIRED");
    let nobody = format!("customers/{}", house.id());
    let refused = house.import(pb::ImportHistoryRequest { parent: nobody, ..import }).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}

/// What is sold no more was sold once; what the list says of it later did not hold then.
#[tokio::test]
async fn cat_10_what_was_withdrawn_can_be_history() {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let sku = vocab::Offer { min_quantity: 50, ..an_offer("old") };
    house.hears(vec![(sku, noon(), true), (a_perpetual("new"), noon().max(later()), false)]).await;
    let old = pb::PastLine { offer: "offers/old".to_owned(), ..a_server() };
    let new = pb::PastLine { offer: "offers/new".to_owned(), ..a_tool() };
    let orders = vec![a_past(&shop, "A-1", SPRING, vec![old, new])];
    let imported = house.import(house.import_of(&shop, orders)).await.unwrap();
    assert_eq!(imported[0].lines.len(), 2);
}

fn later() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn aud_4_each_order_is_in_the_log_without_its_reference() {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let import = house.import_of(&shop, vec![a_past(&shop, "PO 4711", SPRING, vec![a_server()])]);
    let order = house.import(import).await.unwrap().remove(0);
    let entries = house.letters(journal::KIND).await;
    let entries: Vec<Value> =
        entries.iter().map(|letter| serde_json::from_str(&letter.body).unwrap()).collect();
    let entry = entries.iter().find(|entry| entry["action"] == "ImportHistory").unwrap();
    assert_eq!(entry["resource"], order.name.as_str());
    assert_eq!(entry["details"]["ordered_at"], SPRING);
    let rpc::name::Partner(partner) = shop.partner.parse().unwrap();
    assert_eq!(entry["partner"], partner.to_string());
    assert!(!entry.to_string().contains("4711"), "{entry}");
}

/// A caller that comes again after a time-out is told what has become of it since.
#[tokio::test]
async fn d_28_a_repetition_tells_what_became_of_it() {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let import = house.import_of(&shop, vec![a_past(&shop, "A-1", SPRING, vec![a_server()])]);
    let order = house.import(import.clone()).await.unwrap().remove(0);
    house.tell(vec![fulfilment(&house.id(), &order, started)]).await;
    let again = house.import(import).await.unwrap().remove(0);
    assert_eq!((again.name, order.state()), (order.name, pb::OrderState::Processing));
    assert_eq!(again.state, i32::from(pb::OrderState::Fulfilled));
}

/// Two operators with the same file: one order, whoever comes first.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_28_two_imports_at_once_bring_it_in_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let import = || house.import_of(&shop, vec![a_past(&shop, "A-1", SPRING, vec![a_server()])]);
    let (one, other) = tokio::join!(house.import(import()), house.import(import()));
    let answers = [one, other];
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refused.code(), Code::Aborted, "{refused:?}");
    }
    assert!(answers.iter().any(Result::is_ok));
    let listed = house.listed(&shop).await;
    assert_eq!((listed.len(), house.started().await.len()), (1, 1));
    for orders in answers.into_iter().flatten() {
        assert_eq!(orders[0].name, listed[0].name);
    }
}
