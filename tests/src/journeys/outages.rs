//! A service is away for a while: what can go on goes on, what cannot is refused, and nothing is lost.

use std::collections::BTreeSet;

use proto::audit::{LoggedEntry, Outcome};
use proto::lifecycle::GetSubscriptionRequest;
use proto::order::{GetOrderRequest, Order, OrderState};
use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;
use tonic::Code;

use super::harness::books::{self, log};
use super::harness::fleet::{Fleet, Service};
use super::harness::patience::eventually;
use super::harness::shop::Shop;
use super::harness::words::{is_replayed, reason};

#[rstest]
#[tokio::test]
async fn d_28_while_lifecycle_is_down_an_order_is_accepted_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let mut fleet = Fleet::start(backend).await;
    let shop = Shop::open(fleet.desk()).await;
    let request = shop.basket(&request_id());

    fleet.kill(Service::Lifecycle);
    let first = shop.place(request.clone()).await.unwrap();
    let again = shop.place(request.clone()).await.unwrap();
    assert!(!is_replayed(&first) && is_replayed(&again));
    let (first, again) = (first.into_inner(), again.into_inner());
    assert_eq!((first.state(), again.state()), (OrderState::Processing, OrderState::Processing));
    assert_eq!(first.name, again.name);
    let read = shop.orders().get_order(GetOrderRequest { name: first.name.clone() }).await;
    assert_eq!(read.unwrap().into_inner().state(), OrderState::Processing);

    fleet.restart(Service::Lifecycle).await;
    let fulfilled = shop.fulfilled(&first.name).await;
    let after = shop.place(request).await.unwrap().into_inner();
    assert_eq!((after.state(), after.name), (OrderState::Fulfilled, fulfilled.name));
    books::assert_once(&shop, &[first.name], 0).await;
    fleet.assert_no_faults();
}

#[rstest]
#[tokio::test]
async fn aud_4_while_the_log_is_down_sales_go_on_and_no_key_is_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let mut fleet = Fleet::start(backend).await;
    let shop = Shop::open(fleet.desk()).await;
    let first = bought(&shop).await;

    fleet.kill(Service::Audit);
    let second = bought(&shop).await;
    for order in [&first, &second] {
        let refused = shop.reveal(&licence(order)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused)), (Code::Unavailable, "NOT_RECORDED".into()));
    }

    fleet.restart(Service::Audit).await;
    let shown = shop.reveal(&licence(&first)).await.unwrap().into_inner();
    let again = shop.reveal(&licence(&first)).await.unwrap().into_inner();
    assert_eq!(shown.product_key, again.product_key, "one key a purchase");
    // Both purchases were given their key when it was asked for, and one of them was never shown.
    books::assert_once(&shop, &[first.name.clone(), second.name], 2).await;
    let attempts = attempts(&shop).await;
    let told: Vec<_> = attempts.iter().map(ended).collect();
    let done = (Outcome::Done, String::new());
    let refused = (Outcome::Refused, "NOT_RECORDED".to_owned());
    let count = |outcome| told.iter().filter(|told| **told == outcome).count();
    assert_eq!((count(done), count(refused), told.len()), (2, 2, 4), "{told:?}");
    let indexes: BTreeSet<_> = attempts.iter().map(|logged| logged.name.clone()).collect();
    assert!(indexes.contains(&shown.audit_entry) && indexes.contains(&again.audit_entry));
    fleet.assert_no_faults();
}

/// Where a key was shown, its entry survives the end of the log's process in the same instant.
#[rstest]
#[tokio::test]
async fn aud_4_what_is_on_record_survives_the_log(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let mut fleet = Fleet::start(backend).await;
    let shop = Shop::open(fleet.desk()).await;
    let order = bought(&shop).await;
    for _ in 0..3 {
        let shown = shop.reveal(&licence(&order)).await;
        fleet.kill(Service::Audit);
        fleet.restart(Service::Audit).await;
        let entry = shown.unwrap().into_inner().audit_entry;
        let kept = attempts(&shop).await.into_iter().find(|logged| logged.name == entry);
        assert_eq!(kept.map(|logged| ended(&logged).0), Some(Outcome::Done), "{entry}");
    }
    books::assert_once(&shop, &[order.name], 1).await;
}

/// While lifecycle cannot be asked whether a purchase is live, its key stays where it is; and the
/// attempt is on record.
#[tokio::test]
async fn while_lifecycle_is_down_no_key_is_shown() {
    let mut fleet = Fleet::start(Backend::Sqlite).await;
    let shop = Shop::open(fleet.desk()).await;
    let order = bought(&shop).await;

    fleet.kill(Service::Lifecycle);
    let refused = shop.reveal(&licence(&order)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Unavailable, "UNAVAILABLE".to_owned()));

    fleet.restart(Service::Lifecycle).await;
    let name = licence(&order);
    eventually("lifecycle's return", || {
        let request = GetSubscriptionRequest { name: name.clone() };
        let mut subscriptions = shop.subscriptions();
        async move { subscriptions.get_subscription(request).await }
    })
    .await;
    shop.reveal(&licence(&order)).await.unwrap();
    books::assert_once(&shop, &[order.name], 1).await;
    let told: Vec<_> = attempts(&shop).await.iter().map(ended).collect();
    let expected = [(Outcome::Done, String::new()), (Outcome::Refused, "UNAVAILABLE".to_owned())];
    assert_eq!(told, expected);
}

/// Buys a basket and waits until it is delivered, its key included.
async fn bought(shop: &Shop) -> Order {
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    let order = shop.fulfilled(&order.name).await;
    shop.delivered(&licence(&order)).await;
    order
}

/// The one of the basket that has a key.
fn licence(order: &Order) -> String {
    order.lines[1].subscription.clone()
}

/// What the log holds of attempts at keys, newest first.
async fn attempts(shop: &Shop) -> Vec<LoggedEntry> {
    let is_attempt = |logged: &LoggedEntry| {
        logged.entry.as_ref().is_some_and(|entry| entry.action == "RevealProductKey")
    };
    log(shop).await.into_iter().filter(is_attempt).collect()
}

fn ended(logged: &LoggedEntry) -> (Outcome, String) {
    let entry = logged.entry.as_ref().unwrap();
    (entry.outcome(), entry.reason.clone())
}
