//! Cancelling perpetual software by customer and product.

use std::collections::HashMap;

use proto::common::Role;
use proto::order as pb;
use proto::order::customer_service_server::CustomerService;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::house::{
    House, Shop, a_customer, a_partner, agent_of, call, cancelled, fulfilment, line, metadata,
    reason, wrong_fields,
};

/// The product of everything on the shelf that is bought once.
const PRODUCT: &str = "products/windows-server";

fn cancel_for(house: &House, customer: &str) -> pb::CancelOrderRequest {
    pb::CancelOrderRequest {
        customer: customer.to_owned(),
        product: PRODUCT.to_owned(),
        request_id: house.id(),
        acknowledged: true,
        ..Default::default()
    }
}

async fn a_perpetual(house: &House, shop: &Shop) -> pb::Order {
    house.fulfilled(shop, vec![line("sql", 1)]).await
}

fn refusal(reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, rpc::DOMAIN, HashMap::new());
    Status::with_error_details(Code::FailedPrecondition, "no", details)
}

#[rstest]
#[tokio::test]
async fn d_6_the_order_may_be_left_out_when_there_is_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    // The subscription beside it is of the same product, and stays.
    let order = house.fulfilled(&shop, vec![line("server", 1), line("sql", 1)]).await;
    a_subscription_alone(&house, &shop).await;
    let receipt = house.cancel(&shop.agent, cancel_for(&house, &shop.customer)).await.unwrap();
    let now = receipt.order.unwrap();
    assert_eq!(now.name, order.name);
    assert_eq!(now.state(), pb::OrderState::Completed);
    assert_eq!(now.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [1, 0]);
    let asked = house.stub.script().asked.clone();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].lines, [order.lines[1].id.clone()]);
    assert!(asked[0].acknowledged && !asked[0].validate_only);

    let refused = house.cancel(&shop.agent, cancel_for(&house, &shop.customer)).await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_ACTIVE");
    assert_eq!(metadata(&refused, "product"), PRODUCT);
}

async fn a_subscription_alone(house: &House, shop: &Shop) -> pb::Order {
    house.fulfilled(shop, vec![line("server", 1)]).await
}

#[rstest]
#[tokio::test]
async fn can_14_of_several_one_must_be_named(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let first = a_perpetual(&house, &shop).await;
    let second = a_perpetual(&house, &shop).await;
    let refused = house.cancel(&shop.agent, cancel_for(&house, &shop.customer)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "ORDER_REQUIRED");
    assert_eq!(metadata(&refused, "rule"), "CAN-14");
    assert_eq!(metadata(&refused, "orders"), format!("{}, {}", second.name, first.name));
    let asked = house.stub.script().asked.clone();
    assert!(asked.iter().all(|one| one.validate_only), "{asked:?}");
    assert_eq!(house.order(&shop.agent, &first.name).await.unwrap(), first);
    assert_eq!(house.order(&shop.agent, &second.name).await.unwrap(), second);
}

#[rstest]
#[tokio::test]
async fn d_6_what_is_too_late_does_not_count(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let old = a_perpetual(&house, &shop).await;
    let new = a_perpetual(&house, &shop).await;
    let too_late = refusal("CANCELLATION_WINDOW_CLOSED");
    house.stub.script().refusals.insert(old.name.clone(), too_late.clone());
    let receipt = house.cancel(&shop.agent, cancel_for(&house, &shop.customer)).await.unwrap();
    assert_eq!(receipt.order.unwrap().name, new.name);

    // CAN-3: of the one that is left, lifecycle says until when it was possible.
    let refused = house.cancel(&shop.agent, cancel_for(&house, &shop.customer)).await.unwrap_err();
    assert_eq!(reason(&refused), "CANCELLATION_WINDOW_CLOSED");
    assert_eq!(refused.details(), too_late.details());

    // Of several that are too late, one is to be named, to be told the same of it.
    let newest = a_perpetual(&house, &shop).await;
    house.stub.script().refusals.insert(newest.name.clone(), too_late);
    let refused = house.cancel(&shop.agent, cancel_for(&house, &shop.customer)).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_REQUIRED");
    assert_eq!(metadata(&refused, "orders"), format!("{}, {}", newest.name, old.name));
}

#[rstest]
#[tokio::test]
async fn can_14_another_refusal_is_passed_on(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let first = a_perpetual(&house, &shop).await;
    a_perpetual(&house, &shop).await;
    house.stub.script().refusals.insert(first.name, refusal("ROLE_REQUIRED"));
    let refused = house.cancel(&shop.agent, cancel_for(&house, &shop.customer)).await.unwrap_err();
    assert_eq!(reason(&refused), "ROLE_REQUIRED");
}

#[rstest]
#[tokio::test]
async fn d_28_a_repetition_cancels_no_second_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] lifecycle_tells_first: bool,
) {
    let (house, shop) = House::open(backend).await;
    let first = a_perpetual(&house, &shop).await;
    let message = cancel_for(&house, &shop.customer);
    house.stub.script().answer = Some(Err(Status::unavailable("gone")));
    let failed = house.cancel(&shop.agent, message.clone()).await.unwrap_err();
    assert_eq!(failed.code(), Code::Unavailable);

    // Meanwhile another one could be cancelled.
    a_perpetual(&house, &shop).await;
    if lifecycle_tells_first {
        house.tell(vec![fulfilment(&house.id(), &first, cancelled)]).await;
    }
    house.stub.script().answer = None;
    let receipt = house.cancel(&shop.agent, message.clone()).await.unwrap();
    assert_eq!(receipt.order.as_ref().unwrap().name, first.name);
    assert_eq!(house.cancel(&shop.agent, message).await.unwrap(), receipt);
    let asked = house.stub.script().asked.clone();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[rstest]
#[tokio::test]
async fn can_3_a_receipt_tells_the_days_that_were_left(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    a_perpetual(&house, &shop).await;
    let preview =
        pb::CancelOrderRequest { validate_only: true, ..cancel_for(&house, &shop.customer) };
    let preview = house.cancel(&shop.agent, preview).await.unwrap();
    assert_eq!(preview.days_left, 28);
    assert_eq!(preview.allowed_until, Some(rpc::wire::timestamp(noon())));
    let receipt = house.cancel(&shop.agent, cancel_for(&house, &shop.customer)).await.unwrap();
    assert_eq!(receipt.days_left, 28);
}

#[rstest]
#[case::can_6_by_name(|customer: &pb::Customer| pb::FindCustomersRequest {
    display_name: customer.display_name.to_uppercase(), ..Default::default()
})]
#[case::can_6_by_tenant(|customer: &pb::Customer| pb::FindCustomersRequest {
    tenant_id: customer.tenant_id.clone(), ..Default::default()
})]
#[case::can_6_by_domain(|customer: &pb::Customer| pb::FindCustomersRequest {
    domain: customer.domain.clone(), ..Default::default()
})]
#[tokio::test]
async fn the_customer_is_found_first(
    #[case] wanted: fn(&pb::Customer) -> pb::FindCustomersRequest,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = a_perpetual(&house, &shop).await;
    let message = wanted(&a_customer(1));
    let request = call(&shop.agent, "CustomerService/FindCustomers", message).unwrap();
    let found = house.service.find_customers(request).await.unwrap().into_inner().customers;
    assert_eq!(found.len(), 1);
    let receipt = house.cancel(&shop.agent, cancel_for(&house, &found[0].name)).await.unwrap();
    assert_eq!(receipt.order.unwrap().name, order.name);
}

#[rstest]
#[tokio::test]
async fn trp_67_a_name_alone_cancels_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    a_perpetual(&house, &shop).await;
    for customer in ["Contoso", "contoso1.example", "customers/contoso"] {
        let refused = house.cancel(&shop.agent, cancel_for(&house, customer)).await.unwrap_err();
        assert_eq!(wrong_fields(&refused), ["customer"]);
    }
    assert!(house.stub.script().asked.is_empty());
}

const NOBODY: &str = "customers/00000000-0000-0000-0000-000000000000";
const NO_ORDER: &str =
    "customers/00000000-0000-0000-0000-000000000000/orders/00000000-0000-0000-0000-000000000000";
const NO_LINE: &str = "00000000-0000-0000-0000-000000000000";

#[rstest]
#[case::d_6_nothing("", "", "", &[], &["name"])]
#[case::d_6_a_product_alone("", "", PRODUCT, &[], &["customer"])]
#[case::d_6_a_customer_alone("", NOBODY, "", &[], &["product"])]
#[case::d_6_both_ways(NO_ORDER, NOBODY, PRODUCT, &[], &["name"])]
#[case::d_6_lines_of_no_order("", NOBODY, PRODUCT, &[NO_LINE], &["lines"])]
#[tokio::test]
async fn what_is_cancelled_is_said_in_one_way(
    #[case] name: &str,
    #[case] customer: &str,
    #[case] product: &str,
    #[case] lines: &[&str],
    #[case] expected: &[&str],
) {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let message = pb::CancelOrderRequest {
        name: name.to_owned(),
        customer: customer.to_owned(),
        product: product.to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        request_id: house.id(),
        ..Default::default()
    };
    let refused = house.cancel(&shop.agent, message).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(wrong_fields(&refused), expected);
}

#[rstest]
#[tokio::test]
async fn par_14_a_foreign_customers_product_is_not_cancelled(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    a_perpetual(&house, &shop).await;
    let other = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let refused = house.cancel(&other, cancel_for(&house, &shop.customer)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
    assert!(house.stub.script().asked.is_empty());
}
