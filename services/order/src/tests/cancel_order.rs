//! Cancelling perpetual software by order.

use std::collections::HashMap;

use proto::common::Role;
use proto::order as pb;
use rstest::rstest;
use testkit::Backend;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::house::{
    House, Shop, a_partner, agent_of, cancelled, fulfilment, line, metadata, reason, wrong_fields,
};

fn cancel_of(order: &pb::Order, request_id: String) -> pb::CancelOrderRequest {
    pb::CancelOrderRequest {
        name: order.name.clone(),
        request_id,
        acknowledged: true,
        ..Default::default()
    }
}

async fn two_perpetuals(house: &House, shop: &Shop) -> pb::Order {
    house.fulfilled(shop, vec![line("sql", 1), line("sql", 2)]).await
}

#[rstest]
#[tokio::test]
async fn can_11_the_whole_order_or_some_lines(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = two_perpetuals(&house, &shop).await;
    let message = pb::CancelOrderRequest {
        lines: vec![order.lines[1].id.clone()],
        ..cancel_of(&order, house.id())
    };
    let receipt = house.cancel(&shop.agent, message).await.unwrap();
    let some = receipt.order.unwrap();
    assert_eq!(some.state(), pb::OrderState::Completed);
    assert_eq!(some.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(receipt.credit.unwrap().units, 1000);
    assert_eq!(receipt.obligations, "stop using it");
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap(), some);

    // The whole order is what is left of it.
    let receipt = house.cancel(&shop.agent, cancel_of(&order, house.id())).await.unwrap();
    assert_eq!(receipt.order.unwrap().state(), pb::OrderState::Cancelled);
    let asked = house.stub.script().asked.clone();
    assert_eq!(asked[0].lines, [order.lines[1].id.clone()]);
    assert_eq!(asked[1].lines, [order.lines[0].id.clone()]);
    assert!(asked[0].acknowledged && asked[0].admin_agent);
    assert_eq!(asked[0].order, order.name);
    assert_eq!(asked[0].partner, shop.partner);
    assert_eq!(asked[0].actor, "ada@seller.example");
    assert_ne!(asked[0].request_id, asked[1].request_id);

    let refused = house.cancel(&shop.agent, cancel_of(&order, house.id())).await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_ACTIVE");
}

#[rstest]
#[tokio::test]
async fn d_28_a_cancellation_that_was_cut_off_is_finished_by_repeating_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] lifecycle_tells_first: bool,
) {
    let (house, shop) = House::open(backend).await;
    let order = two_perpetuals(&house, &shop).await;
    let message = cancel_of(&order, house.id());

    // lifecycle cancels, and we never hear of it.
    house.stub.script().answer = Some(Err(lost()));
    let failed = house.cancel(&shop.agent, message.clone()).await.unwrap_err();
    assert_eq!((failed.code(), reason(&failed).as_str()), (Code::Unavailable, "UNAVAILABLE"));
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap(), order);

    if lifecycle_tells_first {
        house.tell(vec![fulfilment(&house.id(), &order, cancelled)]).await;
    }
    house.stub.script().answer = None;
    let first = house.cancel(&shop.agent, message.clone()).await.unwrap();
    assert_eq!(first.order.as_ref().unwrap().state(), pb::OrderState::Cancelled);
    let again = house.cancel(&shop.agent, message).await.unwrap();
    assert_eq!(first, again);
    let asked = house.stub.script().asked.clone();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[rstest]
#[tokio::test]
async fn d_28_a_refused_cancellation_begins_anew(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = two_perpetuals(&house, &shop).await;
    let message = cancel_of(&order, house.id());
    house.stub.script().answer = Some(Err(Status::failed_precondition("say it")));
    house.cancel(&shop.agent, message.clone()).await.unwrap_err();

    // Meanwhile one line goes, and what is left is asked for.
    let mut gone = fulfilment(&house.id(), &order, cancelled);
    gone.lines.truncate(1);
    house.tell(vec![gone]).await;
    house.stub.script().answer = None;
    house.cancel(&shop.agent, message).await.unwrap();
    let asked = house.stub.script().asked.clone();
    assert_eq!(asked[1].lines, [order.lines[1].id.clone()]);
}

fn lost() -> Status {
    Status::unavailable("gone")
}

#[rstest]
#[tokio::test]
async fn can_3_lifecycles_refusal_reaches_the_caller_as_it_is(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = two_perpetuals(&house, &shop).await;
    let values =
        HashMap::from([("allowed_until".to_owned(), "2026-02-09T23:59:59.999Z".to_owned())]);
    let details = ErrorDetails::with_error_info("CANCELLATION_WINDOW_CLOSED", rpc::DOMAIN, values);
    let sent = Status::with_error_details(Code::FailedPrecondition, "it closed", details);
    house.stub.script().answer = Some(Err(sent.clone()));

    let refused = house.cancel(&shop.agent, cancel_of(&order, house.id())).await.unwrap_err();
    assert_eq!(refused.code(), sent.code());
    assert_eq!(refused.message(), sent.message());
    assert_eq!(refused.details(), sent.details());
    assert_eq!(metadata(&refused, "allowed_until"), "2026-02-09T23:59:59.999Z");
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap(), order);
}

#[rstest]
#[tokio::test]
async fn can_14_a_subscriptions_line_is_cancelled_by_itself(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = house.fulfilled(&shop, vec![line("sql", 1), line("server", 1)]).await;
    let refused = house.cancel(&shop.agent, cancel_of(&order, house.id())).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "USE_CANCEL");
    assert_eq!(metadata(&refused, "rule"), "CAN-14");
    assert_eq!(metadata(&refused, "subscription"), order.lines[1].subscription);
    assert!(house.stub.script().asked.is_empty());

    // Once that is cancelled, the rest is the whole.
    let mut gone = fulfilment(&house.id(), &order, cancelled);
    gone.lines.remove(0);
    house.tell(vec![gone]).await;
    let receipt = house.cancel(&shop.agent, cancel_of(&order, house.id())).await.unwrap();
    assert_eq!(receipt.order.unwrap().state(), pb::OrderState::Cancelled);
}

#[rstest]
#[tokio::test]
async fn can_14_lines_are_named_rightly(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = two_perpetuals(&house, &shop).await;
    let message = pb::CancelOrderRequest {
        lines: vec![order.lines[0].id.clone(), house.id()],
        ..cancel_of(&order, house.id())
    };
    let refused = house.cancel(&shop.agent, message).await.unwrap_err();
    assert_eq!(wrong_fields(&refused), ["lines[1]"]);
    assert!(house.stub.script().asked.is_empty());
}

#[rstest]
#[tokio::test]
async fn can_5_a_preview_passes_through_and_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = two_perpetuals(&house, &shop).await;
    let seller = agent_of(&shop.partner, [Role::SalesAgent]);
    let message = pb::CancelOrderRequest {
        validate_only: true,
        acknowledged: false,
        ..cancel_of(&order, house.id())
    };
    let preview = house.cancel(&seller, message).await.unwrap();
    assert_eq!(preview.order.unwrap().state(), pb::OrderState::Cancelled);
    let asked = house.stub.script().asked.pop().unwrap();
    assert!(asked.validate_only && !asked.acknowledged && !asked.admin_agent);
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap(), order);
}

#[rstest]
#[tokio::test]
async fn par_14_a_foreign_order_is_not_cancelled(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = two_perpetuals(&house, &shop).await;
    let other = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let refused = house.cancel(&other, cancel_of(&order, house.id())).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
    assert!(house.stub.script().asked.is_empty());
}

#[rstest]
#[tokio::test]
async fn his_3_the_order_to_cancel_is_found_in_the_history(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    house.fulfilled(&shop, vec![line("server", 1)]).await;
    let placed = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    let page = pb::ListOrdersRequest { parent: placed.history.clone(), ..Default::default() };
    let listed = house.orders(&shop.agent, page).await.unwrap().orders;
    let is_perpetual = |line: &pb::OrderLine| {
        let kind = line.offer.as_ref().unwrap().kind();
        kind == proto::common::ProductKind::SoftwarePerpetual
    };
    let found = listed.iter().find(|order| order.lines.iter().any(is_perpetual)).unwrap();
    assert_eq!(found.name, placed.name);
    let receipt = house.cancel(&shop.agent, cancel_of(found, house.id())).await.unwrap();
    assert_eq!(receipt.order.unwrap().state(), pb::OrderState::Cancelled);
}

#[rstest]
#[tokio::test]
async fn can_8_each_order_is_cancelled_by_itself(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let one = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    let other = house.fulfilled(&shop, vec![line("sql", 1)]).await;
    // Lines of two orders are not cancelled in one call.
    let both = pb::CancelOrderRequest {
        lines: vec![one.lines[0].id.clone(), other.lines[0].id.clone()],
        ..cancel_of(&one, house.id())
    };
    house.cancel(&shop.agent, both).await.unwrap_err();
    assert!(house.stub.script().asked.is_empty());

    house.cancel(&shop.agent, cancel_of(&one, house.id())).await.unwrap();
    let states = [&one, &other].map(|order| house.order(&shop.agent, &order.name));
    let [one, other] = states;
    assert_eq!(one.await.unwrap().state(), pb::OrderState::Cancelled);
    assert_eq!(other.await.unwrap().state(), pb::OrderState::Fulfilled);
}
