//! Waiting for the subscriptions.

use std::time::Duration;

use proto::order as pb;
use proto::order::order_service_server::OrderService;
use rstest::rstest;
use testkit::Backend;
use tokio::time::Instant;

use super::house::{House, Shop, call, fulfilment, line, refused, started};
use crate::store;

/// A purchase by a caller who waits this long.
async fn place_within(
    house: &House,
    shop: &Shop,
    message: pb::PlaceOrderRequest,
    timeout: &str,
) -> tonic::Response<pb::Order> {
    let mut request = call(&shop.agent, "OrderService/PlaceOrder", message).unwrap();
    request.metadata_mut().insert("grpc-timeout", timeout.parse().unwrap());
    house.service.place_order(request).await.unwrap()
}

/// Returns the customer's order once it is there.
async fn placed(house: &House, shop: &Shop) -> pb::Order {
    let list = pb::ListOrdersRequest { parent: shop.customer.clone(), ..Default::default() };
    loop {
        if let Some(order) = house.orders(&shop.agent, list.clone()).await.unwrap().orders.pop() {
            return order;
        }
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[case::ord_5_fulfilled(started, pb::OrderState::Fulfilled)]
#[case::ord_11_refused(refused, pb::OrderState::Failed)]
#[tokio::test]
async fn a_waiting_caller_gets_the_finished_order(
    #[case] outcome: fn(&pb::OrderLine) -> pb::LineOutcome,
    #[case] expected: pb::OrderState,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = shop.order(house.id(), vec![line("suite", 1)]);
    let begun = Instant::now();
    let answer = async {
        let order = placed(&house, &shop).await;
        house.tell(vec![fulfilment(&house.id(), &order, outcome)]).await;
    };
    let (answered, ()) = tokio::join!(place_within(&house, &shop, message, "20S"), answer);
    assert_eq!(answered.get_ref().state(), expected);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

/// Nothing new reaches a process that stops, so nobody waits for it.
#[rstest]
#[tokio::test]
async fn t_176_a_process_that_stops_answers_those_who_wait(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = shop.order(house.id(), vec![line("suite", 1)]);
    let begun = Instant::now();
    let stop = async {
        placed(&house, &shop).await;
        house.process.stop.cancel();
    };
    let (answered, ()) = tokio::join!(place_within(&house, &shop, message, "20S"), stop);
    assert_eq!(answered.get_ref().state(), pb::OrderState::Processing);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[rstest]
#[tokio::test]
async fn ord_5_another_process_may_take_the_news(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = shop.order(house.id(), vec![line("suite", 1)]);
    let elsewhere = async {
        let order = placed(&house, &shop).await;
        // No bell of this process rings.
        let rpc::name::Order(customer, id) = order.name.parse().unwrap();
        let mut tx = house.db.db.begin().await.unwrap();
        let order = store::orders::lock(&mut tx, &[(customer, id)]).await.unwrap().remove(0);
        let outcomes =
            order.lines.iter().map(|line| (line.id, crate::domain::LineOutcome::Started)).collect();
        let order = crate::domain::record(&order, &outcomes).unwrap();
        store::orders::save(&mut tx, &[order]).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (answered, ()) = tokio::join!(place_within(&house, &shop, message, "20S"), elsewhere);
    assert_eq!(answered.get_ref().state(), pb::OrderState::Fulfilled);
}

#[rstest]
#[tokio::test]
async fn ord_5_a_caller_out_of_time_is_told_that_it_goes_on(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = shop.order(house.id(), vec![line("suite", 1)]);
    let first = place_within(&house, &shop, message.clone(), "10m").await;
    assert_eq!(first.get_ref().state(), pb::OrderState::Processing);
    assert!(first.metadata().get("tenure-replayed").is_none());

    // A repetition waits in the same way.
    let order = first.into_inner();
    let (again, ()) =
        tokio::join!(place_within(&house, &shop, message, "20S"), house.fulfil(&order));
    assert_eq!(again.metadata().get("tenure-replayed").unwrap(), "true");
    assert_eq!(again.get_ref().name, order.name);
    assert_eq!(again.get_ref().state(), pb::OrderState::Fulfilled);
}
