//! The copy of the price list: what is known when, and what is not known yet.

use jiff::ToSpan;
use proto::common::Role;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::Code;
use vocab::Offer;

use super::house::{House, Shop, a_customer, a_partner, agent_of, line, metadata, reason};
use crate::domain::tests::a_suite;

#[rstest]
#[tokio::test]
async fn ord_4_before_the_price_list_arrives_nothing_is_said_of_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let partner = house.partner(a_partner()).await;
    let agent = agent_of(&partner, [Role::AdminAgent]);
    let customer = house.customer(&agent, a_customer(1)).await.unwrap().name;
    let shop = Shop { partner, customer, agent };

    let order = || shop.order(house.id(), vec![line("suite", 1)]);
    let refused = house.place(&shop.agent, order()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(reason(&refused), "UNAVAILABLE");
    let refused = house.cart(&shop, vec![line("suite", 1)]).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    house.cart(&shop, vec![]).await.unwrap();

    house.sells(vec![]).await;
    let refused = house.place(&shop.agent, order()).await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_TRANSACTABLE_HERE");
    house.sells(vec![a_suite("suite")]).await;
    house.place(&shop.agent, order()).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn ord_4_a_withdrawn_offer_says_since_when(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let until = noon() + 1.hours();
    house.hears(vec![(a_suite("suite"), until, true)]).await;
    let order = || shop.order(house.id(), vec![line("suite", 1)]);
    house.place(&shop.agent, order()).await.unwrap();

    house.clock.set(until);
    let refused = house.place(&shop.agent, order()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "OFFER_WITHDRAWN");
    assert_eq!(metadata(&refused, "since"), until.to_string());

    // It comes back.
    house.hears(vec![(a_suite("suite"), until + 1.hours(), false)]).await;
    house.clock.set(until + 1.hours());
    house.place(&shop.agent, order()).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn bil_2_an_order_keeps_the_offer_as_it_was(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order = shop.order(house.id(), vec![line("suite", 1)]);
    let order = house.place(&shop.agent, order).await.unwrap();
    let dearer = Offer {
        price: vocab::Money { minor: 99_999, ..a_suite("suite").price },
        ..a_suite("suite")
    };
    house.hears(vec![(dearer, noon(), false)]).await;
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap().lines, order.lines);
}
