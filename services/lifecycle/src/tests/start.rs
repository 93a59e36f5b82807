//! Orders start: each message once, each order whole or not at all.

use rstest::rstest;
use serde_json::json;
use testkit::{Backend, noon};

use super::given::{PARTNER, billed_monthly, date, eur, money, perpetual, server, yearly};
use super::house::House;
use crate::domain::{ChargeKind, Purchase, Status};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_28_the_same_message_starts_nothing_twice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (one, two) = (house.line(&yearly(), 10), house.line(&billed_monthly(), 3));
    let other = house.line(&server(), 1);
    let ids = [one.id, two.id, other.id];
    let orders = vec![house.order(vec![one, two]), house.order(vec![other])];

    house.app.start(orders.clone()).await.unwrap();
    let before = house.everything().await;
    house.app.start(orders.clone()).await.unwrap();
    house.app.start([orders.clone(), orders].concat()).await.unwrap();

    assert_eq!(house.everything().await, before);
    for (id, amount) in ids.into_iter().zip(["1,200.00 EUR", "24.99 EUR", "600.00 EUR"]) {
        let sub = house.load(id).await;
        assert_eq!((sub.status, sub.version), (Status::Active, 1));
        let expected = vec![(ChargeKind::New, sub.quantity, amount.to_owned())];
        assert_eq!(money(&house.lines(&sub).await), expected);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_28_two_deliveries_at_once_start_it_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let order = house.order(vec![house.line(&yearly(), 10)]);
    let deliveries = (0..4).map(|_| {
        let (app, order) = (house.app.clone(), order.clone());
        tokio::spawn(async move { app.start(vec![order]).await })
    });
    for delivery in deliveries.collect::<Vec<_>>() {
        delivery.await.unwrap().unwrap();
    }
    let subs = house.all().await;
    assert_eq!(subs.len(), 1);
    assert_eq!(house.lines(&subs[0]).await.len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn ord_11_one_refused_line_starts_nothing_of_its_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let lines = vec![
        house.line(&yearly(), 10),
        house.line(&billed_monthly(), 301),
        house.line(&server(), 0),
    ];
    let refused = house.order(lines.clone());
    let neighbour = house.line(&yearly(), 1);
    let fine = house.order(vec![neighbour.clone()]);

    house.app.start(vec![refused.clone(), fine]).await.unwrap();

    let subs = house.all().await;
    assert_eq!(subs.iter().map(|sub| sub.id).collect::<Vec<_>>(), [neighbour.id]);
    let letters = house.letters("order").await;
    let (_, about) = letters.iter().find(|(_, it)| it["order"] == json!(refused.order)).unwrap();
    let told = about["lines"].as_array().unwrap().iter().map(|line| {
        assert_eq!(line["subscription"], json!(null));
        (line["line"].clone(), line["refusal"]["reason"].clone(), line["refusal"]["rule"].clone())
    });
    let expected =
        [("ORDER_REFUSED", "ORD-11"), ("SEAT_LIMIT", "CAT-9"), ("QUANTITY_INVALID", "SEA-4")];
    let expected = lines
        .iter()
        .zip(expected)
        .map(|(line, (reason, rule))| (json!(line.order_line), json!(reason), json!(rule)));
    assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_38_the_purchase_counts_from_the_order_however_late_it_arrives(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let line = house.line(&yearly(), 10);
    house.clock.set("2026-01-12T09:00:00Z".parse().unwrap());

    let sub = house.given(line).await;

    assert_eq!(sub.term.unwrap().start, date("2026-01-10"));
    assert_eq!(sub.cancellable_until.unwrap().to_string(), "2026-01-17T12:00:00Z");
    let line = house.lines(&sub).await.remove(0);
    assert_eq!(line.charge.effective_at, noon());
    assert_eq!(line.charge.committed_at, house.now());
    assert_eq!(line.charge.amount, eur("1200.00"));
}

/// Another machine's clock may be ahead of ours: nothing is committed before it was ordered.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn d_38_an_order_from_a_clock_that_is_ahead_is_not_made_before_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let ordered_at = "2026-01-10T12:00:00.250Z".parse().unwrap();
    let sub = house.given(Purchase { ordered_at, ..house.line(&yearly(), 1) }).await;
    let line = house.lines(&sub).await.remove(0);
    assert_eq!((line.charge.effective_at, line.charge.committed_at), (ordered_at, ordered_at));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trp_50_order_license_key_and_audit_are_told_of_a_start(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let (suite, tool) = (house.line(&yearly(), 10), house.line(&perpetual(), 2));
    let order = house.order(vec![suite.clone(), tool.clone()]);
    house.app.start(vec![order.clone()]).await.unwrap();

    let to_order = house.letters("order").await;
    assert_eq!(to_order.len(), 1);
    assert_eq!(to_order[0].0, "order.fulfilment");
    let started: Vec<_> = to_order[0].1["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["subscription"].clone())
        .collect();
    assert_eq!(started, [json!(suite.id), json!(tool.id)]);

    // A plain licence has nothing to hand over (CAT-13).
    let to_license_key = house.letters("license-key").await;
    assert_eq!(to_license_key.len(), 1);
    assert_eq!(to_license_key[0].0, "license-key.purchase");
    assert_eq!(to_license_key[0].1["id"], json!(tool.id));
    assert_eq!(to_license_key[0].1["status"], json!("ACTIVE"));

    let to_audit = house.letters("audit").await;
    let entries: Vec<_> = to_audit
        .iter()
        .map(|(_, entry)| {
            (entry["action"].clone(), entry["partner"].clone(), entry["details"]["amount"].clone())
        })
        .collect();
    assert_eq!(
        entries,
        [
            (json!("STARTED"), json!(PARTNER), json!("1,200.00 EUR")),
            (json!("STARTED"), json!(PARTNER), json!("500.00 EUR")),
        ]
    );
}
