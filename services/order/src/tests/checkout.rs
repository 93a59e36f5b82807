//! Buying: one order, once, whole or not at all.

use std::collections::BTreeSet;

use jiff::ToSpan;
use proto::common::Role;
use proto::order as pb;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::Code;
use tonic_types::StatusExt;

use super::house::{
    DIRECT, House, a_customer, a_partner, agent_of, checkout_of, line, metadata, reason, refusals,
    stranger,
};
use crate::convert;

#[rstest]
#[tokio::test]
async fn ord_5_an_order_is_confirmed_with_its_id_and_its_history(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let mut lines = vec![line("server", 10), line("sql", 2)];
    lines[0].friendly_name = "Fileserver".to_owned();
    let order = house.place(&shop.agent, shop.order(house.id(), lines)).await.unwrap();

    assert!(order.name.starts_with(&format!("{}/orders/", shop.customer)));
    assert_eq!(order.history, shop.customer);
    assert_eq!(order.partner, shop.partner);
    assert_eq!(order.state(), pb::OrderState::Processing);
    assert_eq!(order.create_time, Some(rpc::wire::timestamp(noon())));
    assert_eq!(order.totals[0].units, 1200 + 2000);
    let names: Vec<_> = order.lines.iter().map(|line| line.friendly_name.as_str()).collect();
    assert_eq!(names, ["Fileserver", "SQL Server Standard"]);
    assert!(order.lines.iter().all(|line| line.subscription.is_empty()));
    let offer = order.lines[0].offer.as_ref().unwrap();
    assert_eq!((offer.name.as_str(), offer.price.as_ref().unwrap().units), ("offers/server", 120));
    assert_eq!(house.order(&shop.agent, &order.name).await.unwrap(), order);
}

#[rstest]
#[tokio::test]
async fn d_38_lifecycle_is_told_what_was_bought_at_which_instant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, mut shop) = House::open(backend).await;
    let shown = noon() + 48.hours();
    let test_clock = house.test_clock(shown).await;
    let customer = pb::Customer { test_clock: test_clock.clone(), ..a_customer(2) };
    shop.customer = house.customer(&shop.agent, customer).await.unwrap().name;
    let lines = vec![line("server", 10), line("suite", 5)];
    let order = house.place(&shop.agent, shop.order(house.id(), lines)).await.unwrap();

    let letters = house.letters("lifecycle.start").await;
    assert_eq!(letters.len(), 1);
    let start = serde_json::from_str(&letters[0].body).unwrap();
    let sent = convert::start_order(&start, letters[0].header());
    assert_eq!(sent.order, order.name);
    assert_eq!(sent.partner, shop.partner);
    assert_eq!(sent.test_clock, test_clock);
    assert_eq!(sent.effective_time, Some(rpc::wire::timestamp(shown)));
    let bought: Vec<_> = sent.lines.iter().map(|line| (&line.line, line.quantity)).collect();
    let ordered: Vec<_> = order.lines.iter().map(|line| (&line.id, line.quantity)).collect();
    assert_eq!(bought, ordered);
    for (sent, ordered) in sent.lines.iter().zip(&order.lines) {
        assert_eq!(sent.offer, ordered.offer);
        price_list::wire::read_offer(sent.offer.as_ref().unwrap()).unwrap();
    }
    let ids: BTreeSet<_> = sent.lines.iter().map(|line| &line.subscription).collect();
    assert_eq!(ids.len(), 2);
}

#[rstest]
#[tokio::test]
async fn aud_4_an_order_leaves_an_entry(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let order =
        house.place(&shop.agent, shop.order(house.id(), vec![line("suite", 5)])).await.unwrap();
    let letters = house.letters(journal::KIND).await;
    let entries: Vec<journal::Entry> =
        letters.iter().map(|letter| serde_json::from_str(&letter.body).unwrap()).collect();
    let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["CreatePartner", "CreateCustomer", "PlaceOrder"]);
    let entry = &entries[2];
    assert_eq!(entry.resource, order.name);
    assert_eq!(entry.actor, "ada@seller.example");
    assert_eq!(entry.details["first_charges"], "41.65 EUR");
    assert_eq!(entry.test_clock_at, None);
}

#[rstest]
#[tokio::test]
async fn d_28_the_same_request_orders_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = shop.order(house.id(), vec![line("suite", 5)]);
    let first = house.place(&shop.agent, message.clone()).await.unwrap();
    house.fulfil(&first).await;
    // A colleague repeats it, and sees the order as it now is.
    let colleague = agent_of(&shop.partner, [Role::HelpdeskAgent]);
    let again = house.place(&colleague, message.clone()).await.unwrap();
    assert_eq!(again.name, first.name);
    assert_eq!(again.state(), pb::OrderState::Fulfilled);
    assert_eq!(house.started().await.len(), 1);

    let other = pb::PlaceOrderRequest { lines: vec![line("suite", 6)], ..message };
    let refused = house.place(&shop.agent, other).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
}

#[rstest]
#[tokio::test]
async fn ord_12_a_cart_becomes_one_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let cart = house.cart(&shop, vec![line("suite", 5)]).await.unwrap();
    let checkouts = (0..4).map(|_| house.checkout(&shop.agent, checkout_of(&cart, house.id())));
    let mut orders = BTreeSet::new();
    for order in futures(checkouts).await {
        orders.insert(order.unwrap().name);
    }
    assert_eq!(orders.len(), 1);
    assert_eq!(house.started().await.len(), 1);

    // Not even age changes the answer.
    house.clock.set(noon() + 9_999.hours());
    let late = pb::CheckoutCartRequest { attestation: None, ..checkout_of(&cart, house.id()) };
    let order = house.checkout(&shop.agent, late).await.unwrap();
    assert!(orders.contains(&order.name));
}

/// Runs all of them at once.
async fn futures<F: Future>(each: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = each.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|cx| {
        for (one, out) in all.iter_mut().filter(|(_, out)| out.is_none()) {
            if let std::task::Poll::Ready(value) = one.as_mut().poll(cx) {
                *out = Some(value);
            }
        }
        if all.iter().all(|(_, out)| out.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    all.into_iter().filter_map(|(_, out)| out).collect()
}

#[rstest]
#[tokio::test]
async fn ord_11_one_refusal_fails_the_order_and_stores_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let lines = vec![line("server", 1), line("suite", 301), line("server-au", 1)];
    let message = shop.order(house.id(), lines);
    let refused = house.place(&shop.agent, message.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(reason(&refused), "SEAT_LIMIT");
    assert_eq!(metadata(&refused, "line"), "1");
    let told = refusals(&refused);
    let reasons: Vec<_> = told.iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(reasons, ["SEAT_LIMIT", "NOT_TRANSACTABLE_HERE"]);
    assert!(told[0].1.starts_with("lines[1]: 301"), "{}", told[0].1);
    assert!(told[1].1.starts_with("lines[2]: server-au is for the market AU"), "{}", told[1].1);
    assert!(house.started().await.is_empty());
    let page = pb::ListOrdersRequest { parent: shop.customer.clone(), ..Default::default() };
    assert!(house.orders(&shop.agent, page).await.unwrap().orders.is_empty());

    // A failure is not kept: the same id may try again, with what it should have sent.
    let better = pb::PlaceOrderRequest { lines: vec![line("suite", 300)], ..message };
    house.place(&shop.agent, better).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn trp_47_each_order_keeps_who_confirmed_which_text_when(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let lines = vec![line("suite", 1)];
    let wrong =
        |version: &str, accepted| Some(pb::Attestation { version: version.to_owned(), accepted });
    for attestation in [None, wrong("indirect-provider-1", true), wrong(DIRECT, false)] {
        let message =
            pb::PlaceOrderRequest { attestation, ..shop.order(house.id(), lines.clone()) };
        let refused = house.place(&shop.agent, message).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(reason(&refused), "ATTESTATION_REQUIRED");
        assert_eq!(metadata(&refused, "version"), DIRECT);
        assert!(metadata(&refused, "text").contains("direct partner"));
    }
    let order = house.place(&shop.agent, shop.order(house.id(), lines)).await.unwrap();
    let kept = order.attestation.unwrap();
    assert_eq!((kept.version.as_str(), kept.actor.as_str()), (DIRECT, "ada@seller.example"));
    assert_eq!(kept.accept_time, Some(rpc::wire::timestamp(noon())));
}

#[rstest]
#[tokio::test]
async fn par_1_a_reseller_is_told_who_can(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let provider = pb::Partner { r#type: pb::PartnerType::IndirectProvider.into(), ..a_partner() };
    let provider = house.partner(provider).await;
    let reseller = pb::Partner {
        r#type: pb::PartnerType::IndirectReseller.into(),
        provider: provider.clone(),
        ..a_partner()
    };
    let agent = agent_of(&house.partner(reseller).await, [Role::AdminAgent]);
    let cart = house.cart(&shop, vec![line("suite", 1)]).await.unwrap();
    let place = shop.order(house.id(), vec![line("suite", 1)]);
    let cancel = pb::CancelOrderRequest {
        name: format!("{}/orders/{}", shop.customer, uuid::Uuid::nil()),
        request_id: house.id(),
        ..Default::default()
    };
    let eve = super::house::Shop { agent: agent.clone(), ..shop };
    for refused in [
        house.place(&agent, place).await.unwrap_err(),
        house.checkout(&agent, checkout_of(&cart, house.id())).await.unwrap_err(),
        house.cart(&eve, vec![]).await.unwrap_err(),
        house.cancel(&agent, cancel).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert_eq!(reason(&refused), "CONTACT_INDIRECT_PROVIDER");
        assert_eq!(metadata(&refused, "provider"), provider);
        assert_eq!(metadata(&refused, "rule"), "PAR-1");
    }
}

#[rstest]
#[tokio::test]
async fn par_2_nothing_is_sold_to_an_unknown_customer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let message = pb::PlaceOrderRequest {
        parent: format!("customers/{}", uuid::Uuid::from_u128(3)),
        ..shop.order(house.id(), vec![line("suite", 1)])
    };
    let refused = house.place(&shop.agent, message.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let resource = refused.get_error_details().resource_info().unwrap().clone();
    assert_eq!(
        (resource.resource_type.as_str(), resource.resource_name),
        ("Customer", message.parent)
    );
    // Nor by somebody without a relationship to a customer that there is.
    let other = agent_of(&house.partner(a_partner()).await, [Role::AdminAgent]);
    for claims in [&other, &stranger()] {
        let message = shop.order(house.id(), vec![line("suite", 1)]);
        assert_eq!(house.place(claims, message).await.unwrap_err().code(), Code::NotFound);
    }
}

#[rstest]
#[case::par_12_sales_agent_buys_a_suite(Role::SalesAgent, "suite", None)]
#[case::par_12_sales_agent_buys_no_software(Role::SalesAgent, "sql", Some("ROLE_REQUIRED"))]
#[case::par_12_global_admin_buys_software(Role::GlobalAdmin, "server", None)]
#[case::par_12_global_admin_buys_no_suite(Role::GlobalAdmin, "suite", Some("ROLE_REQUIRED"))]
#[case::par_12_account_admin_buys_nothing(Role::AccountAdmin, "suite", Some("ROLE_REQUIRED"))]
#[tokio::test]
async fn who_buys_what(
    #[case] role: Role,
    #[case] offer: &str,
    #[case] expected: Option<&str>,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let claims = agent_of(&shop.partner, [role]);
    let placed = house.place(&claims, shop.order(house.id(), vec![line(offer, 1)])).await;
    let refused = placed.err();
    assert_eq!(refused.as_ref().map(reason).as_deref(), expected);
    assert!(refused.is_none_or(|status| status.code() == Code::PermissionDenied));
}

#[rstest]
#[tokio::test]
async fn ord_12_a_preview_holds_for_its_own_order_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, shop) = House::open(backend).await;
    let preview = pb::PlaceOrderRequest {
        validate_only: true,
        ..shop.order(house.id(), vec![line("suite", 5)])
    };
    let preview = house.place(&shop.agent, preview).await.unwrap();
    assert!(preview.name.is_empty());
    assert!(preview.lines.iter().all(|line| line.id.is_empty()));
    assert!(house.started().await.is_empty());

    let held = |lines| pb::PlaceOrderRequest {
        preview_token: preview.preview_token.clone(),
        ..shop.order(house.id(), lines)
    };
    let refused = house.place(&shop.agent, held(vec![line("suite", 6)])).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "PREVIEW_STALE"));
    let order = house.place(&shop.agent, held(vec![line("suite", 5)])).await.unwrap();
    assert_eq!(order.totals, preview.totals);

    house.clock.set(noon() + 15.minutes() + 1.milliseconds());
    let refused = house.place(&shop.agent, held(vec![line("suite", 5)])).await.unwrap_err();
    assert_eq!(reason(&refused), "PREVIEW_STALE");
}

#[rstest]
#[tokio::test]
async fn trp_45_tax_that_is_included_is_shown_and_not_added(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (house, mut shop) = House::open(backend).await;
    let customer = pb::Customer { market: "AU".to_owned(), ..a_customer(2) };
    shop.customer = house.customer(&shop.agent, customer).await.unwrap().name;
    let order =
        house.place(&shop.agent, shop.order(house.id(), vec![line("server-au", 3)])).await.unwrap();
    assert!(order.lines[0].offer.as_ref().unwrap().tax_included);
    assert_eq!(order.totals[0].currency_code, "AUD");
    assert_eq!(order.totals[0].units, 330);
}
