//! Requests that are malformed, too large, repeated with another content, or no requests at all: a
//! precise refusal, and nothing is changed.

use proto::audit::ListActivityRequest;
use proto::audit::audit_service_client::AuditServiceClient;
use proto::licensekey::RevealProductKeyRequest;
use proto::lifecycle::{
    AdvanceTestClockRequest, CancelSubscriptionRequest, ChangeQuantityRequest, SetAutoRenewRequest,
    TestClock,
};
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::{CreateCustomerRequest, Customer, LineItem, Order, PlaceOrderRequest};
use tenure::client::Client;
use tenure::import::request_id;
use testkit::Backend;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use super::harness::books;
use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::shop::Shop;
use super::harness::words::{fields, is_replayed, reason, value};

const PLACE_ORDER: &str = "/tenure.order.v1.OrderService/PlaceOrder";

/// Everything that is wrong is told in one answer, whatever the service.
#[tokio::test(flavor = "multi_thread")]
async fn all_malformed_fields_are_told_at_once() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::beside(house.desk()).await;

    let line = |offer: &str, quantity| LineItem {
        offer: offer.to_owned(),
        quantity,
        friendly_name: "x".repeat(201),
        ..LineItem::default()
    };
    let order = PlaceOrderRequest {
        parent: "customers/contoso".to_owned(),
        request_id: "one".to_owned(),
        lines: vec![line("", -1), line("offers/a b", i64::MAX), line("offers/a", 0)],
        ..PlaceOrderRequest::default()
    };
    let customer = Customer {
        market: "Germany".to_owned(),
        domain: "no domain".to_owned(),
        test_clock: "testClocks/noon".to_owned(),
        ..Customer::default()
    };
    let customer = CreateCustomerRequest { customer: Some(customer), ..Default::default() };
    let as_agent = |service| shop.desk.call(service, &shop.agent);
    let mut customers = CustomerServiceClient::new(as_agent(Service::Order));
    let admin = shop.desk.call(Service::Audit, &shop.account_admin);
    let mut audit = AuditServiceClient::new(admin);
    let mut subscriptions = shop.subscriptions();
    let quantity = ChangeQuantityRequest { quantity: -5, ..Default::default() };

    refused(
        shop.orders().place_order(order).await,
        &[
            "lines[0].friendly_name",
            "lines[0].offer",
            "lines[0].quantity",
            "lines[1].friendly_name",
            "lines[1].offer",
            "lines[1].quantity",
            "lines[2].friendly_name",
            "lines[2].quantity",
            "parent",
            "request_id",
        ],
    );
    refused(
        customers.create_customer(customer).await,
        &[
            "customer.cloud",
            "customer.display_name",
            "customer.domain",
            "customer.market",
            "customer.segment",
            "customer.tenant_id",
            "customer.test_clock",
            "request_id",
        ],
    );
    let nothing = CreateCustomerRequest::default();
    refused(customers.create_customer(nothing).await, &["customer", "request_id"]);
    refused(subscriptions.change_quantity(quantity).await, &["name", "quantity", "request_id"]);
    let nothing = SetAutoRenewRequest::default();
    refused(subscriptions.set_auto_renew(nothing).await, &["auto_renew", "name", "request_id"]);
    let nothing = AdvanceTestClockRequest::default();
    refused(shop.clocks().advance_test_clock(nothing).await, &["name", "request_id", "to"]);
    let nothing = RevealProductKeyRequest::default();
    refused(
        shop.software().reveal_product_key(nothing).await,
        &["kind", "request_id", "subscription"],
    );
    refused(audit.list_activity(ListActivityRequest::default()).await, &["from", "to"]);

    assert!(books::orders(&shop).await.is_empty(), "nothing was ordered");
    house.suite.stop().await.unwrap();
}

/// Quantities that the contract admits and the offer does not, and offers that there are not: the
/// rule's reason, for every line at once.
#[tokio::test(flavor = "multi_thread")]
async fn ord_11_what_is_not_sold_like_that_is_refused_whole() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::open(house.desk()).await;
    for (offer, quantity, expected) in [
        ("m365-business-standard-p1y-annual-de", 301, "SEAT_LIMIT"),
        ("there-is-no-such-offer", 1, "NOT_TRANSACTABLE_HERE"),
        ("m365-business-standard-p1y-annual-us", 1, "NOT_TRANSACTABLE_HERE"),
    ] {
        let lines = [("windows-server-standard-p1y-annual-de", 1), (offer, quantity)];
        let request = shop.order_of(&request_id(), &lines);
        let refused = shop.orders().place_order(request).await.map(tonic::Response::into_inner);
        let refused = refused.unwrap_err();
        assert_eq!(reason(&refused), expected, "{quantity} × {offer}: {refused:?}");
        assert!(!value(&refused, "rule").is_empty() && refused.message().contains("lines[1]"));
    }
    books::settle(&shop).await;
    assert!(books::orders(&shop).await.is_empty(), "nothing was ordered");
    assert!(books::subscriptions(&shop).await.is_empty(), "nothing was started");
    assert!(books::charges(&shop).await.is_empty(), "nothing was charged");
    house.suite.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn d_28_a_request_id_stands_for_one_content() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::open(house.desk()).await;
    let request = shop.basket(&request_id());
    let first = shop.orders().place_order(request.clone()).await.unwrap();
    let again = shop.orders().place_order(request.clone()).await.unwrap();
    assert!(!is_replayed(&first) && is_replayed(&again));
    let order = first.into_inner();
    assert_eq!(order.name, again.into_inner().name);

    let mut other = request.clone();
    other.lines[0].quantity += 1;
    let refused = shop.orders().place_order(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(
        (reason(&refused), value(&refused, "rule")),
        ("REQUEST_ID_REUSED".into(), "D-28".into())
    );
    assert_eq!(value(&refused, "request_id"), request.request_id);

    // To somebody else it is a new id; another partner's customer it does not reach.
    let beside = Shop::beside(house.desk()).await;
    let foreign = beside.orders().place_order(request.clone()).await.unwrap_err();
    assert_eq!(foreign.code(), Code::NotFound);

    let order = shop.fulfilled(&order.name).await;
    let cancel = CancelSubscriptionRequest {
        name: order.lines[2].subscription.clone(),
        request_id: request_id(),
        acknowledged: true,
        ..CancelSubscriptionRequest::default()
    };
    let first = shop.subscriptions().cancel_subscription(cancel.clone()).await.unwrap();
    let again = shop.subscriptions().cancel_subscription(cancel.clone()).await.unwrap();
    assert!(!is_replayed(&first) && is_replayed(&again));
    assert_eq!(first.into_inner(), again.into_inner());
    let other = CancelSubscriptionRequest { name: order.lines[0].subscription.clone(), ..cancel };
    let refused = shop.subscriptions().cancel_subscription(other).await.unwrap_err();
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
    house.suite.stop().await.unwrap();
}

/// What the transport refuses has a code and a reason like everything else.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_no_message_is_refused() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::beside(house.desk()).await;
    let agent = shop.desk.call(Service::Order, &shop.agent);

    let mut large = shop.basket(&request_id());
    large.lines[0].friendly_name = "x".repeat(5 * 1024 * 1024);
    let refused = shop.orders().place_order(large).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(reason(&refused), "MESSAGE_TOO_LARGE");

    // Its first field is a text, where PlaceOrder's second one is; its second is no text.
    let other = TestClock {
        name: shop.customer.clone(),
        now: Some(prost_types::Timestamp { seconds: -1, nanos: -1 }),
    };
    let refused = send(agent.clone(), PLACE_ORDER, other).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    assert_eq!(reason(&refused), "INVALID_FIELDS");

    let nowhere = "/tenure.order.v1.OrderService/PlaceNoOrder";
    let refused = send(agent, nowhere, TestClock::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);

    assert!(books::orders(&shop).await.is_empty(), "nothing was ordered");
    house.suite.stop().await.unwrap();
}

/// Sends a message of another type than the method takes.
async fn send(client: Client, path: &'static str, message: TestClock) -> Result<Order, Status> {
    let mut grpc = tonic::client::Grpc::new(client);
    grpc.ready().await.expect("a connection");
    let path = path.parse().expect("a path");
    let codec: ProstCodec<TestClock, Order> = ProstCodec::default();
    grpc.unary(Request::new(message), path, codec).await.map(tonic::Response::into_inner)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, Status>, expected: &[&str]) {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert_eq!(reason(&status), "INVALID_FIELDS");
    assert_eq!(fields(&status), expected);
}
