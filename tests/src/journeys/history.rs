//! Software from before 2021-10-14, through order, lifecycle and license-key, on a test clock of 2021.

use proto::common::BillingCycle;
use proto::licensekey::{ListSoftwareRequest, Software};
use proto::lifecycle::test_clock_service_client::TestClockServiceClient;
use proto::lifecycle::{
    CancelSubscriptionRequest, CreateTestClockRequest, GetSubscriptionRequest, ListInvoicesRequest,
    Receipt, SetAutoRenewRequest, SubscriptionState,
};
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::order_service_client::OrderServiceClient;
use proto::order::{
    CancelOrderRequest, CreateCustomerRequest, ImportHistoryRequest, Order, OrderState, PastLine,
    PastOrder,
};
use rpc::wire;
use rstest::rstest;
use tenure::client::Client;
use tenure::history;
use tenure::import::request_id;
use testkit::Backend;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::harness::books;
use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::shop::{Shop, a_customer};

const SAMPLE: &str = include_str!("../../../deploy/sample/history.yaml");
/// What the customer's clock shows when its history is brought in.
const IMPORT: &str = "2021-06-10T12:00:00Z";
/// The last instant of the 60 days of what was ordered in the last second of May.
const LAST: &str = "2021-07-30T23:59:59.999Z";

/// Ordered in the last second of May and in the first of June, and two of earlier years: the third one
/// runs out on the clock's way, the fourth has run out before.
const ORDERED: [(&str, &str); 4] = [
    ("PO 21-88", "2021-05-31T23:59:59.999Z"),
    ("PO 21-89", "2021-06-01T00:00:00Z"),
    ("PO 20-17", "2020-06-20T10:00:00Z"),
    ("PO 19-02", "2019-05-01T10:00:00Z"),
];

fn euros(units: i64) -> proto::Money {
    proto::Money { currency_code: "EUR".to_owned(), units, nanos: 0 }
}

/// Two servers for a year at 365.00, which cost less today.
fn servers() -> PastLine {
    PastLine {
        offer: "offers/windows-server-standard-p1y-annual-de".to_owned(),
        quantity: 2,
        price: Some(euros(365)),
        term_length: "P1Y".to_owned(),
        billing_cycle: BillingCycle::Annual.into(),
        ..PastLine::default()
    }
}

/// A server that was bought once, and has a key.
fn bought_once() -> PastLine {
    PastLine {
        offer: "offers/windows-server-2022-standard-one-time-de".to_owned(),
        quantity: 1,
        price: Some(euros(900)),
        billing_cycle: BillingCycle::OneTime.into(),
        ..PastLine::default()
    }
}

/// A shop whose customer lives in 2021.
async fn shop_of_2021(house: &House) -> Shop {
    let shop = Shop::open(house.desk()).await;
    let now = wire::timestamp(IMPORT.parse().unwrap());
    let request = CreateTestClockRequest { request_id: request_id(), now: Some(now) };
    let mut clocks = TestClockServiceClient::new(shop.desk.operator(Service::Lifecycle));
    let clock = clocks.create_test_clock(request).await.unwrap().into_inner().name;
    let mut customers = CustomerServiceClient::new(shop.desk.call(Service::Order, &shop.agent));
    let request = CreateCustomerRequest {
        request_id: request_id(),
        customer: Some(a_customer(&clock)),
        ..CreateCustomerRequest::default()
    };
    let customer = customers.create_customer(request).await.unwrap().into_inner().name;
    Shop { clock, customer, ..shop }
}

fn importer(shop: &Shop) -> OrderServiceClient<Client> {
    OrderServiceClient::new(shop.desk.operator(Service::Order))
}

fn import_of(shop: &Shop) -> ImportHistoryRequest {
    let orders = ORDERED.iter().enumerate().map(|(index, (reference, at))| PastOrder {
        partner: shop.partner.clone(),
        reference: (*reference).to_owned(),
        order_time: Some(wire::timestamp(at.parse().unwrap())),
        lines: if index == 0 { vec![servers(), bought_once()] } else { vec![servers()] },
    });
    ImportHistoryRequest {
        parent: shop.customer.clone(),
        request_id: request_id(),
        orders: orders.collect(),
        ..ImportHistoryRequest::default()
    }
}

async fn brought_in(shop: &Shop) -> Vec<Order> {
    let orders = importer(shop).import_history(import_of(shop)).await.unwrap().into_inner().orders;
    let mut fulfilled = vec![];
    for order in orders {
        fulfilled.push(shop.fulfilled(&order.name).await);
    }
    fulfilled
}

async fn software(shop: &Shop) -> Vec<Software> {
    let parent = shop.customer.clone();
    let request = ListSoftwareRequest { parent, ..ListSoftwareRequest::default() };
    shop.software().list_software(request).await.unwrap().into_inner().software
}

async fn state(shop: &Shop, subscription: &str) -> (SubscriptionState, String) {
    let request = GetSubscriptionRequest { name: subscription.to_owned() };
    let found = shop.subscriptions().get_subscription(request).await.unwrap().into_inner();
    (found.state(), wire::instant(&found.state_time.unwrap()).unwrap().to_string())
}

async fn cancel(shop: &Shop, subscription: &str) -> Result<Receipt, Status> {
    let request = CancelSubscriptionRequest {
        name: subscription.to_owned(),
        request_id: request_id(),
        acknowledged: true,
        ..CancelSubscriptionRequest::default()
    };
    Ok(shop.subscriptions().cancel_subscription(request).await?.into_inner())
}

async fn to(shop: &Shop, at: &str) {
    shop.clocks().advance_test_clock(shop.advance(&request_id(), at)).await.unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trm_7_software_from_before_lives_on_by_its_own_dates(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = shop_of_2021(&house).await;
    let orders = brought_in(&shop).await;
    let [may, june, earlier, over] = &orders[..] else { panic!("{orders:?}") };

    // get-orders has it, at its own dates; get-subscriptions has not; the list of software has.
    let listed: Vec<_> = books::orders(&shop).await.iter().map(|it| it.name.clone()).collect();
    let by_date = [june, may, earlier, over].map(|order| order.name.clone());
    assert_eq!(listed, by_date);
    assert!(books::subscriptions(&shop).await.is_empty());
    books::settle(&shop).await;
    assert_eq!(software(&shop).await.len(), 5);
    let ended = (SubscriptionState::Expired, "2020-05-01T00:00:00Z".to_owned());
    assert_eq!(state(&shop, &over.lines[0].subscription).await, ended);

    assert_never_renews(&shop, &june.lines[0].subscription).await;
    let tool = &may.lines[1].subscription;
    assert!(shop.reveal(tool).await.is_ok());
    // What was billed elsewhere is on no invoice.
    let charges = books::charges(&shop).await;
    assert_eq!(charges.len(), 5);
    assert!(charges.iter().all(|charge| charge.billed_elsewhere && charge.invoice.is_empty()));

    to(&shop, LAST).await;
    let ended = (SubscriptionState::Expired, "2021-06-20T00:00:00Z".to_owned());
    assert_eq!(state(&shop, &earlier.lines[0].subscription).await, ended);
    assert_too_late(&shop, &june.lines[0].subscription).await;
    assert_taken_back(&shop, may).await;

    // It stays on the list (TRP-51), and its key is gone.
    books::settle(&shop).await;
    let listed = software(&shop).await;
    let cancelled = listed.iter().filter(|one| one.state() == SubscriptionState::Cancelled);
    assert_eq!((listed.len(), cancelled.count()), (5, 2));
    let refused = shop.reveal(tool).await.unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "KEY_UNAVAILABLE");
    books::assert_intact(&shop).await;
    house.suite.stop().await.unwrap();
}

/// The switch is refused (D-2, TRM-6).
async fn assert_never_renews(shop: &Shop, subscription: &str) {
    let on = SetAutoRenewRequest {
        name: subscription.to_owned(),
        request_id: request_id(),
        auto_renew: Some(true),
        ..SetAutoRenewRequest::default()
    };
    let refused = shop.subscriptions().set_auto_renew(on).await.unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "AUTO_RENEW_NOT_OFFERED");
}

/// Thirty days of the first of June were over a month ago (CAN-1, CAN-3).
async fn assert_too_late(shop: &Shop, subscription: &str) {
    let late = cancel(shop, subscription).await.unwrap_err();
    let info = late.get_details_error_info().unwrap();
    assert_eq!(
        (late.code(), info.reason.as_str()),
        (Code::FailedPrecondition, "CANCELLATION_WINDOW_CLOSED")
    );
    assert_eq!(info.metadata["allowed_until"], "2021-07-01T23:59:59.999Z");
}

/// Sixty days of the last second of May are not over: the servers are credited for 305 of 365 days, and
/// what was bought once in full, by the order that the history shows (HIS-3). Both are on our invoice.
async fn assert_taken_back(shop: &Shop, order: &Order) {
    let receipt = cancel(shop, &order.lines[0].subscription).await.unwrap();
    let credit = receipt.change.unwrap().charges.remove(0);
    assert_eq!(credit.amount, Some(euros(-610)));
    let request = CancelOrderRequest {
        name: order.name.clone(),
        request_id: request_id(),
        lines: vec![order.lines[1].id.clone()],
        acknowledged: true,
        ..CancelOrderRequest::default()
    };
    let cancelled = shop.orders().cancel_order(request).await.unwrap().into_inner();
    assert_eq!(cancelled.credit, Some(euros(-900)));

    let charges = books::charges(shop).await;
    let credits: Vec<_> = charges.iter().filter(|charge| !charge.billed_elsewhere).collect();
    assert_eq!(credits.len(), 2);
    for credit in credits {
        let credited = charges.iter().find(|charge| charge.name == credit.credited_charge).unwrap();
        assert!(credited.billed_elsewhere && !credit.invoice.is_empty());
    }
    let partner = shop.partner.clone();
    let request = ListInvoicesRequest { partner, ..ListInvoicesRequest::default() };
    let invoices = shop.billing().list_invoices(request).await.unwrap().into_inner().invoices;
    let of_the_clock: Vec<_> =
        invoices.iter().filter(|invoice| invoice.test_clock == shop.clock).collect();
    assert_eq!((of_the_clock.len(), of_the_clock[0].total.clone()), (1, Some(euros(-1510))));
}

/// The sample, tried first, then brought in, and once more as a file is that has grown.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn his_3_the_order_to_cancel_is_found_by_its_reference(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = shop_of_2021(&house).await;
    let import = |validate_only| ImportHistoryRequest {
        parent: shop.customer.clone(),
        request_id: request_id(),
        orders: history::parse(SAMPLE, &shop.partner).unwrap(),
        validate_only,
    };
    let client = || shop.desk.operator(Service::Order);
    let shown = history::import_history(client(), import(true)).await.unwrap();
    assert!(shown.len() == 3 && shown.iter().all(|order| order.name.is_empty()));
    let first = history::import_history(client(), import(false)).await.unwrap();
    let again = history::import_history(client(), import(false)).await.unwrap();
    let names = |orders: &[Order]| orders.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), names(&again));
    books::settle(&shop).await;

    // The id that CancelOrder asks for is in the history, with the partner's own name for the order.
    let history = books::orders(&shop).await;
    assert_eq!(history.len(), 3);
    let is_meant =
        |order: &&Order| order.brought_in.as_ref().is_some_and(|from| from.reference == "PO 21-88");
    let found = history.iter().find(is_meant).unwrap();
    let request = CancelOrderRequest {
        name: found.name.clone(),
        request_id: request_id(),
        lines: vec![found.lines[1].id.clone()],
        acknowledged: true,
        ..CancelOrderRequest::default()
    };
    let cancelled = shop.orders().cancel_order(request).await.unwrap().into_inner();
    assert_eq!(cancelled.credit, Some(euros(-900)));
    assert_eq!(cancelled.order.unwrap().state(), OrderState::Completed);
    house.suite.stop().await.unwrap();
}
