//! The order history.

use jiff::ToSpan;
use proto::common::Role;
use proto::order as pb;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::Code;

use super::house::{
    House, Shop, a_customer, a_partner, agent_of, line, operator, reason, stranger,
};

async fn history(house: &House, shop: &Shop, page_size: i32) -> Vec<pb::Order> {
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let message =
            pb::ListOrdersRequest { parent: shop.customer.clone(), page_size, page_token };
        let page = house.orders(&shop.agent, message).await.unwrap();
        seen.extend(page.orders);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return seen;
        }
    }
}

#[rstest]
#[tokio::test]
async fn his_1_the_history_is_newest_first_whatever_the_page(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let mut placed = Vec::new();
    for number in 0..5_i64 {
        // Two of them in one instant.
        house.clock.set(noon() + (number / 2).seconds());
        let order = shop.order(house.id(), vec![line("suite", 1 + number), line("vm", 1)]);
        placed.push(house.place(&shop.agent, order).await.unwrap());
    }
    placed.reverse();
    placed.sort_by_key(|order| {
        std::cmp::Reverse((order.create_time.unwrap().seconds, order.name.clone()))
    });
    for page_size in [1, 2, 5, 0] {
        assert_eq!(history(&house, &shop, page_size).await, placed, "{page_size}");
    }
}

#[rstest]
#[tokio::test]
async fn his_2_an_order_shows_the_state_of_every_line(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = shop.order(house.id(), vec![line("server", 1), line("sql", 1)]);
    let order = house.place(&shop.agent, order).await.unwrap();
    let states =
        |order: &pb::Order| order.lines.iter().map(pb::OrderLine::state).collect::<Vec<_>>();
    assert_eq!(states(&order), [pb::LineState::Processing; 2]);

    house.fulfil(&order).await;
    let order = house.order(&shop.agent, &order.name).await.unwrap();
    assert_eq!(order.state(), pb::OrderState::Fulfilled);
    assert_eq!(states(&order), [pb::LineState::Fulfilled; 2]);
    let start = &house.started().await[0];
    let expected: Vec<_> = start
        .lines
        .iter()
        .map(|line| format!("{}/subscriptions/{}", shop.customer, line.subscription))
        .collect();
    let shown: Vec<_> = order.lines.iter().map(|line| line.subscription.clone()).collect();
    assert_eq!(shown, expected);
}

#[rstest]
#[tokio::test]
async fn par_14_a_foreign_order_is_as_unknown_as_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = shop.order(house.id(), vec![line("suite", 1)]);
    let order = house.place(&shop.agent, order).await.unwrap();
    let other = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    let theirs = house.customer(&other, a_customer(2)).await.unwrap().name;
    let list = pb::ListOrdersRequest { parent: shop.customer.clone(), ..Default::default() };
    // The order's id under a customer of one's own does not help either.
    let smuggled = order.name.replace(&shop.customer, &theirs);
    for claims in [&other, &stranger()] {
        for refused in [
            house.order(claims, &order.name).await.unwrap_err(),
            house.order(claims, &smuggled).await.unwrap_err(),
            house.orders(claims, list.clone()).await.unwrap_err(),
        ] {
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
        }
    }
    assert_eq!(house.order(&operator(), &order.name).await.unwrap(), order);
    assert_eq!(house.orders(&operator(), list).await.unwrap().orders, [order]);
}

#[rstest]
#[tokio::test]
async fn a_page_token_belongs_to_its_request(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    for _ in 0..2 {
        let order = shop.order(house.id(), vec![line("suite", 1)]);
        house.place(&shop.agent, order).await.unwrap();
    }
    let list =
        pb::ListOrdersRequest { parent: shop.customer.clone(), page_size: 1, ..Default::default() };
    let page = house.orders(&shop.agent, list.clone()).await.unwrap();
    let other = house.customer(&shop.agent, a_customer(2)).await.unwrap().name;
    let carried =
        pb::ListOrdersRequest { parent: other, page_token: page.next_page_token, ..list.clone() };
    let made_up = pb::ListOrdersRequest { page_token: "bm9uc2Vuc2U".to_owned(), ..list };
    for message in [carried, made_up] {
        let refused = house.orders(&shop.agent, message).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
    }
}
