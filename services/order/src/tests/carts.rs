//! Carts: filling, keeping, reviewing and throwing them away.

use jiff::ToSpan;
use proto::common::Role;
use proto::order as pb;
use proto::order::order_service_server::OrderService;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Status};
use vocab::{BillingCycle, Offer};

use super::house::{
    DIRECT, House, Shop, a_customer, agent_of, blocked, call, checkout_of, confirmed, line,
    metadata, reason, refusals, stranger,
};
use crate::domain::tests::a_suite;

async fn get(house: &House, shop: &Shop, cart: &pb::Cart) -> Result<pb::Cart, Status> {
    let message = pb::GetCartRequest { name: cart.name.clone() };
    let request = call(&shop.agent, "OrderService/GetCart", message)?;
    house.service.get_cart(request).await.map(tonic::Response::into_inner)
}

async fn update(
    house: &House,
    shop: &Shop,
    cart: &pb::Cart,
    lines: Vec<pb::LineItem>,
) -> Result<pb::Cart, Status> {
    let message = pb::UpdateCartRequest {
        name: cart.name.clone(),
        request_id: house.id(),
        lines,
        etag: cart.etag.clone(),
        ..Default::default()
    };
    let request = call(&shop.agent, "OrderService/UpdateCart", message)?;
    house.service.update_cart(request).await.map(tonic::Response::into_inner)
}

async fn delete(house: &House, shop: &Shop, cart: &pb::Cart) -> Result<pb::Cart, Status> {
    let message = pb::DeleteCartRequest { name: cart.name.clone(), request_id: house.id() };
    let request = call(&shop.agent, "OrderService/DeleteCart", message)?;
    house.service.delete_cart(request).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test]
async fn ord_1_products_are_added_until_it_is_ordered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let empty = house.cart(&shop, vec![]).await.unwrap();
    let cart = update(&house, &shop, &empty, vec![line("server", 2)]).await.unwrap();
    let cart = update(&house, &shop, &cart, vec![line("server", 2), line("sql", 1)]).await.unwrap();
    assert_eq!(get(&house, &shop, &cart).await.unwrap(), cart);

    let stale = update(&house, &shop, &empty, vec![]).await.unwrap_err();
    assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Aborted, "STALE_ETAG"));

    let order = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap();
    assert_eq!(order.lines.len(), 2);
    let ordered = get(&house, &shop, &cart).await.unwrap();
    assert_eq!(ordered.order, order.name);
    for refused in [
        update(&house, &shop, &ordered, vec![]).await.unwrap_err(),
        delete(&house, &shop, &ordered).await.unwrap_err(),
    ] {
        assert_eq!(reason(&refused), "CART_ORDERED");
        assert_eq!(metadata(&refused, "order"), order.name);
    }
}

#[rstest]
#[tokio::test]
async fn ord_1_a_cart_can_be_thrown_away(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let cart = house.cart(&shop, vec![line("server", 2)]).await.unwrap();
    assert_eq!(delete(&house, &shop, &cart).await.unwrap(), cart);
    assert_eq!(get(&house, &shop, &cart).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(delete(&house, &shop, &cart).await.unwrap_err().code(), Code::NotFound);
}

#[rstest]
#[tokio::test]
async fn ord_12_a_cart_lives_168_hours_by_the_customers_clock(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] on_test_clock: bool,
) {
    let (house, mut shop) = House::open(backend).await;
    let test_clock = house.test_clock(noon()).await;
    let rpc::name::TestClock(clock) = test_clock.parse().unwrap();
    if on_test_clock {
        let customer = pb::Customer { test_clock, ..a_customer(2) };
        shop.customer = house.customer(&shop.agent, customer).await.unwrap().name;
    }
    let cart = house.cart(&shop, vec![line("server", 1)]).await.unwrap();
    let last = noon() + 168.hours();
    assert_eq!(cart.expire_time, Some(rpc::wire::timestamp(last)));

    let too_late = last + 1.milliseconds();
    if on_test_clock {
        // Real time does not count.
        house.clock.set(too_late);
        house.set(clock, last).await;
    } else {
        house.clock.set(last);
    }
    assert!(house.review(&shop.agent, &cart).await.unwrap().ready);
    let preview = pb::CheckoutCartRequest { validate_only: true, ..checkout_of(&cart, house.id()) };
    house.checkout(&shop.agent, preview).await.unwrap();

    house.clock.set(too_late);
    house.set(clock, too_late).await;
    let review = house.review(&shop.agent, &cart).await.unwrap();
    assert_eq!(review.refusals[0].reason, "CART_EXPIRED");
    assert!(!review.ready);
    for refused in [
        house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap_err(),
        update(&house, &shop, &cart, vec![]).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(reason(&refused), "CART_EXPIRED");
        assert_eq!(metadata(&refused, "allowed_until"), last.to_string());
    }
}

#[rstest]
#[tokio::test]
async fn ord_3_a_review_shows_what_checkout_would_do(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let lines = vec![line("server-monthly", 10), line("sql", 1), line("suite", 5)];
    let cart = house.cart(&shop, lines).await.unwrap();
    let review = house.review(&shop.agent, &cart).await.unwrap();

    assert!(review.ready);
    assert_eq!(review.cart, cart.name);
    let euros = |units, nanos| Some(proto::Money { currency_code: "EUR".to_owned(), units, nanos });
    let charges: Vec<_> = review.lines.iter().map(|line| line.first_charge.clone()).collect();
    assert_eq!(charges, [euros(100, 0), euros(1000, 0), euros(41, 650_000_000)]);
    let terms: Vec<_> = review.lines.iter().map(|line| line.term_total.clone()).collect();
    assert_eq!(terms, [euros(1200, 0), euros(1000, 0), euros(500, 0)]);
    assert_eq!(review.totals, [euros(1141, 650_000_000).unwrap()]);
    assert!(review.lines.iter().all(|line| !line.offer.as_ref().unwrap().tax_included));
    let attestation = review.attestation.unwrap();
    assert_eq!(attestation.version, DIRECT);
    assert!(attestation.text.contains("direct partner"));
}

#[rstest]
#[tokio::test]
async fn ord_3_a_review_tells_every_refusal_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let lines = vec![
        line("server-au", 1),
        line("server", 1),
        line("suite", 301),
        line("closed", 1),
        line("never", 1),
    ];
    let cart = house.cart(&shop, lines).await.unwrap();
    let seller = agent_of(&shop.partner, [Role::SalesAgent]);
    let review = house.review(&seller, &cart).await.unwrap();
    assert!(!review.ready);
    let reasons: Vec<Vec<_>> = review
        .lines
        .iter()
        .map(|line| line.refusals.iter().map(|one| one.reason.as_str()).collect())
        .collect();
    let expected = [
        vec!["NOT_TRANSACTABLE_HERE", "ROLE_REQUIRED"],
        vec!["ROLE_REQUIRED"],
        vec!["SEAT_LIMIT"],
        vec!["NOT_TRANSACTABLE_HERE"],
        vec!["NOT_TRANSACTABLE_HERE"],
    ];
    assert_eq!(reasons, expected);
    assert_eq!(review.lines[2].refusals[0].metadata["limit"], "300");

    // Checkout gives the same, and the confirmation that is missing besides.
    let message = pb::CheckoutCartRequest { attestation: None, ..checkout_of(&cart, house.id()) };
    let refused = house.checkout(&seller, message).await.unwrap_err();
    assert_eq!(reason(&refused), "NOT_TRANSACTABLE_HERE");
    assert_eq!(metadata(&refused, "line"), "0");
    let told: Vec<_> = refusals(&refused).into_iter().map(|(reason, _)| reason).collect();
    let expected: Vec<_> = expected.concat().into_iter().chain(["ATTESTATION_REQUIRED"]).collect();
    assert_eq!(told, expected);
}

#[rstest]
#[tokio::test]
async fn cat_8_the_other_billing_plans_are_shown_at_review(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let cart = house.cart(&shop, vec![line("server", 1), line("sql", 1)]).await.unwrap();
    let review = house.review(&shop.agent, &cart).await.unwrap();
    let plans: Vec<_> = review.lines[0].billing_plans.iter().map(|plan| &plan.offer).collect();
    // Not the plans of other markets or SKUs.
    assert_eq!(plans, ["offers/server-monthly"]);
    let plan = &review.lines[0].billing_plans[0];
    assert_eq!(plan.term_length, "P1Y");
    assert_eq!(plan.billing_cycle(), rpc::wire::billing_cycle(BillingCycle::Monthly));
    assert_eq!(plan.price.as_ref().unwrap().units, 120);
    assert_eq!(review.lines[1].billing_plans, []);
}

#[rstest]
#[tokio::test]
async fn mkt_1_a_reservation_is_refused_when_it_is_added(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, mut shop) = House::open(backend).await;
    let customer = pb::Customer { market: "XK".to_owned(), ..a_customer(2) };
    shop.customer = house.customer(&shop.agent, customer).await.unwrap().name;

    let lines = vec![line("server-xk", 1), line("vm-xk", 1)];
    let refused = house.cart(&shop, lines.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "MARKET_UNAVAILABLE");
    assert_eq!(metadata(&refused, "version"), "2024-01");
    assert_eq!(metadata(&refused, "market"), "XK");
    assert_eq!(metadata(&refused, "line"), "1");

    // MKT-2: the other line alone is welcome.
    let cart = house.cart(&shop, vec![line("server-xk", 1)]).await.unwrap();
    let refused = update(&house, &shop, &cart, lines).await.unwrap_err();
    assert_eq!(reason(&refused), "MARKET_UNAVAILABLE");
    assert_eq!(get(&house, &shop, &cart).await.unwrap(), cart);
}

#[rstest]
#[tokio::test]
async fn trp_43_the_list_is_asked_again_at_checkout(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    // The partner's market is on no list, nor is the customer's yet.
    let cart = house.cart(&shop, vec![line("vm", 1)]).await.unwrap();
    assert!(house.review(&shop.agent, &cart).await.unwrap().ready);
    house.apply(vec![], vec![blocked("2026-02", &["DE"], noon() + 24.hours())]).await;
    assert!(house.review(&shop.agent, &cart).await.unwrap().ready);

    house.clock.set(noon() + 24.hours());
    let refused = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap_err();
    assert_eq!(reason(&refused), "MARKET_UNAVAILABLE");
    assert_eq!(metadata(&refused, "version"), "2026-02");
    let place = shop.order(house.id(), vec![line("vm", 1)]);
    let refused = house.place(&shop.agent, place).await.unwrap_err();
    assert_eq!(reason(&refused), "MARKET_UNAVAILABLE");
}

#[rstest]
#[tokio::test]
async fn par_14_a_foreign_cart_is_as_unknown_as_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let cart = house.cart(&shop, vec![line("server", 1)]).await.unwrap();
    let other = house.partner(super::house::a_partner()).await;
    let other = agent_of(&other, [Role::AdminAgent]);
    for claims in [&other, &stranger()] {
        let eve = Shop {
            partner: shop.partner.clone(),
            customer: shop.customer.clone(),
            agent: claims.clone(),
        };
        for refused in [
            get(&house, &eve, &cart).await.unwrap_err(),
            update(&house, &eve, &cart, vec![]).await.unwrap_err(),
            delete(&house, &eve, &cart).await.unwrap_err(),
            house.cart(&eve, vec![]).await.unwrap_err(),
            house.review(claims, &cart).await.unwrap_err(),
            house.checkout(claims, checkout_of(&cart, house.id())).await.unwrap_err(),
        ] {
            assert_eq!(refused.code(), Code::NotFound);
            assert_eq!(reason(&refused), "NOT_FOUND");
        }
    }
}

#[rstest]
#[tokio::test]
async fn ord_12_checkout_takes_the_prices_of_its_own_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let cart = house.cart(&shop, vec![line("suite", 10)]).await.unwrap();
    let preview = pb::CheckoutCartRequest { validate_only: true, ..checkout_of(&cart, house.id()) };
    let preview = house.checkout(&shop.agent, preview).await.unwrap();
    assert_eq!(preview.totals[0].units, 83);
    assert!(preview.name.is_empty() && !preview.preview_token.is_empty());

    let dearer = Offer {
        price: vocab::Money { minor: 12_000, ..a_suite("suite").price },
        ..a_suite("suite")
    };
    house.hears(vec![(dearer, noon() + 1.minutes(), false)]).await;
    house.clock.set(noon() + 1.minutes());
    let held = pb::CheckoutCartRequest {
        preview_token: preview.preview_token,
        ..checkout_of(&cart, house.id())
    };
    let refused = house.checkout(&shop.agent, held.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "PREVIEW_STALE"));

    let again = pb::CheckoutCartRequest { validate_only: true, ..checkout_of(&cart, house.id()) };
    let again = house.checkout(&shop.agent, again).await.unwrap();
    let held = pb::CheckoutCartRequest { preview_token: again.preview_token.clone(), ..held };
    let order = house.checkout(&shop.agent, held).await.unwrap();
    assert_eq!(order.totals, again.totals);
    assert_eq!(order.totals[0].units, 100);
    assert_eq!(order.attestation.unwrap().version, confirmed().version);
}

#[rstest]
#[tokio::test]
async fn par_13_a_line_for_another_cloud_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let cloud = vocab::Cloud::UsGovernment;
    house.sells(vec![Offer { cloud, ..a_suite("government") }]).await;
    let cart = house.cart(&shop, vec![line("suite", 1), line("government", 1)]).await.unwrap();
    let review = house.review(&shop.agent, &cart).await.unwrap();
    assert!(!review.ready);
    let refusal = &review.lines[1].refusals[0];
    assert_eq!(
        (refusal.reason.as_str(), refusal.rule.as_str()),
        ("NOT_TRANSACTABLE_HERE", "PAR-13")
    );
    let refused = house.checkout(&shop.agent, checkout_of(&cart, house.id())).await.unwrap_err();
    assert_eq!(
        (refused.code(), metadata(&refused, "rule")),
        (Code::FailedPrecondition, "PAR-13".into())
    );
    assert_eq!(metadata(&refused, "sold_in"), cloud.to_string());
}
