//! From a refusal that ends self-service to an operator's decision, through order and lifecycle.

use proto::lifecycle::{CancelSubscriptionRequest, GetSubscriptionRequest, SubscriptionState};
use proto::order::support_service_client::SupportServiceClient;
use proto::order::{
    CreateSupportRequestRequest, DecideSupportRequestRequest, GetOrderRequest, LineState,
    SupportContact, SupportDecision, SupportDescription, SupportImpact, SupportIssueType,
    SupportOutcome, SupportRequest,
};
use rstest::rstest;
use tenure::client::Client;
use tenure::import::request_id;
use testkit::Backend;
use tonic::Code;
use tonic_types::StatusExt;

use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::patience::eventually;
use super::harness::shop::Shop;

/// When every window of the basket is over, and no term is.
const LATE: &str = "2026-06-01T12:00:00Z";
/// When the yearly terms are over.
const OVER: &str = "2027-01-10T12:00:00Z";

fn support(shop: &Shop) -> SupportServiceClient<Client> {
    SupportServiceClient::new(shop.desk.call(Service::Order, &shop.agent))
}

fn euros(units: i64) -> proto::Money {
    proto::Money { currency_code: "EUR".to_owned(), units, nanos: 0 }
}

fn filing(
    shop: &Shop,
    issue_type: SupportIssueType,
    purchase: &str,
) -> CreateSupportRequestRequest {
    CreateSupportRequestRequest {
        parent: shop.customer.clone(),
        request_id: request_id(),
        support_request: Some(SupportRequest {
            issue_type: issue_type.into(),
            impact: SupportImpact::Minimal.into(),
            title: "Not needed".to_owned(),
            description: Some(SupportDescription {
                customer: shop.customer.clone(),
                purchase: purchase.to_owned(),
                refund_reason: "bought by mistake".to_owned(),
                requested_amount: Some(euros(1)),
            }),
            contact: Some(SupportContact {
                display_name: "Anna".to_owned(),
                email: "anna@northwind.example".to_owned(),
                phone: "+49 30 123456".to_owned(),
            }),
            ..SupportRequest::default()
        }),
        ..CreateSupportRequestRequest::default()
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sup_4_a_refusal_leads_to_a_decision(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = Shop::open(house.desk()).await;
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    let order = shop.fulfilled(&order.name).await;
    let suite = order.lines[2].subscription.clone();
    shop.clocks().advance_test_clock(shop.advance(&request_id(), LATE)).await.unwrap();

    // Self-service ends, and says where it goes on.
    let cancel = CancelSubscriptionRequest {
        name: suite.clone(),
        request_id: request_id(),
        acknowledged: true,
        ..CancelSubscriptionRequest::default()
    };
    let refused = shop.subscriptions().cancel_subscription(cancel).await.unwrap_err();
    let details = refused.get_error_details();
    let values = &details.error_info().unwrap().metadata;
    assert_eq!(values["support_issue_type"], "PURCHASE_REFUND");
    assert_eq!(values["support_method"], "tenure.order.v1.SupportService/CreateSupportRequest");

    let message = filing(&shop, SupportIssueType::PurchaseRefund, &suite);
    let filed = support(&shop).create_support_request(message).await.unwrap().into_inner();
    let decide = |credit: i64| DecideSupportRequestRequest {
        name: filed.name.clone(),
        request_id: request_id(),
        decision: Some(SupportDecision {
            explanation: "granted".to_owned(),
            cancel: true,
            credit: Some(euros(credit)),
            ..SupportDecision::default()
        }),
        ..DecideSupportRequestRequest::default()
    };
    let mut desk = SupportServiceClient::new(shop.desk.operator(Service::Order));
    let too_much = desk.decide_support_request(decide(1_000_000)).await.unwrap_err();
    assert_eq!(too_much.code(), Code::FailedPrecondition, "{too_much}");
    let closed = desk.decide_support_request(decide(1)).await.unwrap().into_inner();
    assert_eq!(closed.closing.unwrap().outcome(), SupportOutcome::Granted);

    // lifecycle has done it, and order hears of it.
    let request = GetSubscriptionRequest { name: suite.clone() };
    let found = shop.subscriptions().get_subscription(request).await.unwrap().into_inner();
    assert_eq!(found.state(), SubscriptionState::Cancelled);
    assert_eq!(found.state_reason, "CANCELLED_BY_SUPPORT");
    eventually("the order's line", || async {
        let request = GetOrderRequest { name: order.name.clone() };
        let order = shop.orders().get_order(request).await.map_err(|status| status.to_string());
        let line = order?.into_inner().lines.remove(2);
        if line.state() == LineState::Cancelled { Ok(()) } else { Err(format!("{line:?}")) }
    })
    .await;
    house.suite.stop().await.unwrap();
}

/// The deadline is the end of the term that lifecycle tells.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_61_redundant_licences_are_reported_within_their_term(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = Shop::open(house.desk()).await;
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    let order = shop.fulfilled(&order.name).await;
    let filing =
        || filing(&shop, SupportIssueType::RedundantLicenses, &order.lines[0].subscription);
    support(&shop).create_support_request(filing()).await.unwrap();

    let off = proto::lifecycle::SetAutoRenewRequest {
        name: order.lines[0].subscription.clone(),
        request_id: request_id(),
        auto_renew: Some(false),
        ..Default::default()
    };
    shop.subscriptions().set_auto_renew(off).await.unwrap();
    shop.clocks().advance_test_clock(shop.advance(&request_id(), OVER)).await.unwrap();
    let late = support(&shop).create_support_request(filing()).await.unwrap_err();
    let details = late.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, "SUPPORT_DEADLINE_PASSED");
    assert_eq!(info.metadata["allowed_until"], "2027-01-09T23:59:59.999Z");
    house.suite.stop().await.unwrap();
}
