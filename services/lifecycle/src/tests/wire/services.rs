//! What other services ask, and what receipts show.

use access::{Caller, Reach};
use proto::common::{GetBacklogRequest, MessageHeader, Role};
use proto::lifecycle as pb;
use proto::lifecycle::inbox_service_server::InboxService;
use proto::lifecycle::subscription_service_server::SubscriptionService;
use rpc::{name, wire};
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Request};
use uuid::Uuid;

use super::{by, call, fields, metadata, reason, service};
use crate::domain::{OBLIGATION, Purchase, Status, Subscription};
use crate::tests::given::{CUSTOMER, PARTNER, RIVAL, perpetual, yearly};
use crate::tests::house::{House, name_of};

/// As another service calls.
pub(in crate::tests) fn from_a_service<T>(message: T) -> Request<T> {
    let caller = Caller {
        subject: "order".to_owned(),
        partner: None,
        customer: None,
        roles: [Role::Service].into(),
        reach: Reach::All,
    };
    by(&caller, message)
}

fn a_start(number: u128) -> pb::StartOrder {
    let id = |part: u128| Uuid::from_u128(number * 10 + part).to_string();
    pb::StartOrder {
        header: Some(MessageHeader { message_id: id(1), ..MessageHeader::default() }),
        order: format!("customers/{CUSTOMER}/orders/{}", id(2)),
        partner: format!("partners/{PARTNER}"),
        test_clock: String::new(),
        effective_time: Some(wire::timestamp(noon())),
        lines: vec![pb::StartLine {
            line: id(3),
            subscription: id(4),
            offer: Some(price_list::wire::offer(&yearly())),
            quantity: 10,
            friendly_name: "Office".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

/// A message that cannot be read holds up no other.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ord_11_a_malformed_order_is_refused_by_itself(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let wrong = |number, change: fn(&mut pb::StartOrder)| {
        let mut order = a_start(number);
        change(&mut order);
        order
    };
    let orders = vec![
        a_start(1),
        wrong(2, |order| order.order = "orders/x".to_owned()),
        wrong(3, |order| order.lines.clear()),
        wrong(4, |order| order.lines[0].offer = None),
        wrong(5, |order| order.lines[0].friendly_name = "a\0b".to_owned()),
        wrong(6, |order| order.effective_time = None),
        wrong(7, |order| order.test_clock = "clock".to_owned()),
        wrong(8, |order| order.lines[0].subscription = "x".to_owned()),
        a_start(9),
    ];
    let request = from_a_service(pb::StartSubscriptionsRequest { orders: orders.clone() });
    let report = service(&house).start_subscriptions(request).await.unwrap().into_inner();

    assert_eq!(report.deliveries.len(), orders.len());
    for ((order, delivery), part) in orders.iter().zip(&report.deliveries).zip([
        "",
        "order is not a name",
        "lines is empty",
        "lines.offer is required",
        "friendly_name",
        "effective_time is required",
        "test_clock is not a name",
        "lines.subscription",
        "",
    ]) {
        assert_eq!(delivery.message_id, order.header.as_ref().unwrap().message_id);
        assert!(delivery.refusal.contains(part), "{part}: {}", delivery.refusal);
        assert_eq!(delivery.refusal.is_empty(), part.is_empty(), "{}", delivery.refusal);
    }
    let subs = house.all().await;
    assert_eq!(subs.len(), 2);
    assert!(subs.iter().all(|sub| sub.friendly_name == "Office" && sub.quantity == 10));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn pcx_2_a_receipt_shows_the_money_and_what_must_be_done(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.buy(&yearly(), 10).await;
    let request = house.cancelling(&sub);
    let preview = pb::CancelSubscriptionRequest { validate_only: true, ..request.clone() };
    let shown = service(&house).cancel_subscription(call(preview)).await.unwrap().into_inner();
    let change = shown.change.unwrap();
    assert_eq!((change.name.as_str(), change.charges[0].name.as_str()), ("", ""));
    assert!(!shown.preview_token.is_empty());

    let preview_token = shown.preview_token;
    let request = pb::CancelSubscriptionRequest { preview_token, ..request };
    let done = service(&house).cancel_subscription(call(request.clone())).await.unwrap();
    assert!(done.metadata().get("tenure-replayed").is_none());
    let receipt = done.into_inner();
    assert_eq!(receipt.obligations, OBLIGATION);
    assert_eq!(receipt.preview_token, "");
    let cancelled = receipt.subscription.clone().unwrap();
    assert_eq!(cancelled.state(), pb::SubscriptionState::Cancelled);
    assert_eq!((cancelled.quantity, cancelled.etag.as_str()), (0, "v2"));
    let made = receipt.change.clone().unwrap();
    assert_eq!(made.charges[0].amount, change.charges[0].amount);
    assert!(made.name.starts_with(&name_of(&sub)));

    let again = service(&house).cancel_subscription(call(request)).await.unwrap();
    assert_eq!(again.metadata().get("tenure-replayed").unwrap(), "true");
    assert_eq!(again.into_inner(), receipt);
}

fn cancelling_purchases(house: &House, sub: &Subscription) -> pb::CancelPurchasesRequest {
    pb::CancelPurchasesRequest {
        request_id: house.uuid().to_string(),
        validate_only: false,
        order: name::Order(sub.customer, sub.order).to_string(),
        partner: format!("partners/{PARTNER}"),
        lines: vec![],
        acknowledged: true,
        actor: "ada@partner.example".to_owned(),
        admin_agent: true,
    }
}

/// An order of two perpetual purchases.
async fn an_order(house: &House) -> [Subscription; 2] {
    let lines = [2, 3].map(|quantity| house.line(&perpetual(), quantity));
    let ids = [lines[0].id, lines[1].id];
    house.app.start(vec![house.order(lines.to_vec())]).await.unwrap();
    [house.load(ids[0]).await, house.load(ids[1]).await]
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn can_14_lines_of_an_order_are_cancelled_whole(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let [one, two] = an_order(&house).await;
    let before = house.everything().await;
    let some = pb::CancelPurchasesRequest {
        lines: vec![one.order_line.to_string()],
        validate_only: true,
        ..cancelling_purchases(&house, &one)
    };
    let shown = service(&house).cancel_purchases(from_a_service(some.clone())).await.unwrap();
    assert_eq!(house.everything().await, before);
    assert_eq!(shown.get_ref().credit.as_ref().unwrap().units, -500);

    let some = pb::CancelPurchasesRequest { validate_only: false, ..some };
    service(&house).cancel_purchases(from_a_service(some)).await.unwrap();
    assert_eq!(house.load(one.id).await.status, Status::Cancelled);
    assert_eq!(house.load(two.id).await, two);

    // The whole order has a line that is cancelled already: none of it is done.
    let before = house.everything().await;
    let all = cancelling_purchases(&house, &two);
    let status = service(&house).cancel_purchases(from_a_service(all)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "NOT_ACTIVE"));
    assert_eq!(house.everything().await, before);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn can_14_only_the_partners_own_perpetual_purchases(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let [one, _] = an_order(&house).await;
    let suite = house.buy(&yearly(), 1).await;
    let before = house.everything().await;
    let refused = async |request| {
        let status = service(&house).cancel_purchases(from_a_service(request)).await.unwrap_err();
        (status.code(), reason(&status), metadata(&status, "rule").unwrap_or_default())
    };
    let told = |code, reason: &str, rule: &str| (code, reason.to_owned(), rule.to_owned());
    let request = || cancelling_purchases(&house, &one);
    let not_found = told(Code::NotFound, "NOT_FOUND", "");

    let partner = format!("partners/{RIVAL}");
    assert_eq!(refused(pb::CancelPurchasesRequest { partner, ..request() }).await, not_found);
    let lines = vec![one.order_line.to_string(), house.uuid().to_string()];
    assert_eq!(refused(pb::CancelPurchasesRequest { lines, ..request() }).await, not_found);
    assert_eq!(
        refused(cancelling_purchases(&house, &suite)).await,
        told(Code::FailedPrecondition, "USE_CANCEL", "CAN-14")
    );
    assert_eq!(
        refused(pb::CancelPurchasesRequest { admin_agent: false, ..request() }).await,
        told(Code::PermissionDenied, "ROLE_REQUIRED", "CAN-7")
    );
    assert_eq!(
        refused(pb::CancelPurchasesRequest { acknowledged: false, ..request() }).await,
        told(Code::FailedPrecondition, "ACKNOWLEDGEMENT_REQUIRED", "CAN-5")
    );
    assert_eq!(house.everything().await, before);
}

/// An id that is none would be everybody's.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_28_a_service_too_must_name_its_request(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let [one, _] = an_order(&house).await;
    let request_id = "cancel".to_owned();
    let unnamed = pb::CancelPurchasesRequest { request_id, ..cancelling_purchases(&house, &one) };
    let status = service(&house).cancel_purchases(from_a_service(unnamed)).await.unwrap_err();
    assert_eq!(fields(&status), ["request_id"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_50_license_key_and_the_settling_of_clocks_get_their_answers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let sub = house.given(Purchase { quantity: 3, ..house.line(&perpetual(), 3) }).await;
    let request = from_a_service(pb::CheckPurchaseRequest { subscription: name_of(&sub) });
    let check = service(&house).check_purchase(request).await.unwrap().into_inner();
    assert_eq!(check.state(), pb::SubscriptionState::Active);
    assert_eq!(check.partner, format!("partners/{PARTNER}"));
    assert_eq!(check.now, Some(wire::timestamp(noon())));

    let request = from_a_service(GetBacklogRequest {});
    let backlog = service(&house).get_backlog(request).await.unwrap().into_inner();
    // order, license-key and audit are told of the start, which order had asked for.
    assert_eq!((backlog.waiting_count, backlog.taken_count), (3, 1));
}
