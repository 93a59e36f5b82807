//! The books: what must come out right in all services, whatever died on the way.

use std::collections::{BTreeMap, BTreeSet};

use proto::audit::audit_service_client::AuditServiceClient;
use proto::audit::{ListActivityRequest, LoggedEntry, VerifyLogRequest};
use proto::common::{Backlog, GetBacklogRequest};
use proto::licensekey::inbox_service_client::InboxServiceClient as LicenseKeyInbox;
use proto::licensekey::key_pool_service_client::KeyPoolServiceClient;
use proto::licensekey::{GetKeyPoolRequest, ListSoftwareRequest};
use proto::lifecycle::inbox_service_client::InboxServiceClient as LifecycleInbox;
use proto::lifecycle::{
    Charge, ChargeKind, GetSubscriptionRequest, ListChargesRequest, ListSubscriptionsRequest,
    Subscription, SubscriptionState,
};
use proto::order::inbox_service_client::InboxServiceClient as OrderInbox;
use proto::order::{LineState, ListOrdersRequest, Order, OrderState};
use tonic::{Response, Status};
use vocab::calendar::{day_after, day_of};

use super::fleet::Service;
use super::patience::eventually;
use super::shop::{KEY_COUNT, SKU_WITH_KEYS, SOFTWARE_COUNT, Shop};

/// As many as one page holds; no journey has more.
const PAGE: i32 = 500;

/// Asserts that each of these orders, of the basket each, happened exactly once in every service, and
/// nothing else; and that of the keys, `assigned` are handed out.
pub async fn assert_once(shop: &Shop, placed: &[String], assigned: i64) {
    settle(shop).await;
    let orders = orders(shop).await;
    let names: BTreeSet<_> = orders.iter().map(|order| order.name.clone()).collect();
    assert_eq!(names, placed.iter().cloned().collect(), "the orders");
    assert_eq!(orders.len(), placed.len(), "each order once");
    let started = assert_fulfilled(&orders);
    assert_subscriptions(shop, &started).await;
    assert_charged_once(&charges(shop).await, &started);
    assert_software(shop, &started, placed.len() * SOFTWARE_COUNT).await;
    assert_keys(shop, assigned).await;
    assert_log(shop, &names, &started).await;
}

/// Waits until nobody has a letter to send, and nobody takes one between two looks.
pub async fn settle(shop: &Shop) {
    eventually("the mailboxes", || async {
        let (before, after) = (backlogs(shop).await?, backlogs(shop).await?);
        let is_idle = after.iter().all(|backlog| backlog.waiting_count == 0);
        if is_idle && before == after { Ok(()) } else { Err(format!("{before:?}, {after:?}")) }
    })
    .await;
}

/// Returns where the mailboxes of order, lifecycle, license-key and audit stand.
pub async fn backlogs(shop: &Shop) -> Result<Vec<Backlog>, String> {
    let sibling = |service| shop.desk.sibling(service);
    let asked = [
        OrderInbox::new(sibling(Service::Order)).get_backlog(GetBacklogRequest {}).await,
        LifecycleInbox::new(sibling(Service::Lifecycle)).get_backlog(GetBacklogRequest {}).await,
        LicenseKeyInbox::new(sibling(Service::LicenseKey)).get_backlog(GetBacklogRequest {}).await,
        AuditServiceClient::new(sibling(Service::Audit)).get_backlog(GetBacklogRequest {}).await,
    ];
    let read = |answer: Result<Response<Backlog>, Status>| {
        answer.map(Response::into_inner).map_err(|status| status.to_string())
    };
    asked.into_iter().map(read).collect()
}

pub async fn orders(shop: &Shop) -> Vec<Order> {
    let request = ListOrdersRequest {
        parent: shop.customer.clone(),
        page_size: PAGE,
        ..ListOrdersRequest::default()
    };
    shop.orders().list_orders(request).await.expect("orders").into_inner().orders
}

pub async fn subscriptions(shop: &Shop) -> Vec<Subscription> {
    let request = ListSubscriptionsRequest {
        parent: shop.customer.clone(),
        page_size: PAGE,
        ..ListSubscriptionsRequest::default()
    };
    let listed = shop.subscriptions().list_subscriptions(request).await.expect("subscriptions");
    listed.into_inner().subscriptions
}

pub async fn charges(shop: &Shop) -> Vec<Charge> {
    let request = ListChargesRequest {
        parent: shop.customer.clone(),
        page_size: PAGE,
        ..ListChargesRequest::default()
    };
    shop.billing().list_charges(request).await.expect("charges").into_inner().charges
}

/// Returns all that the partner's log holds of these two days, for the clock may pass midnight.
pub async fn log(shop: &Shop) -> Vec<LoggedEntry> {
    let today = day_of(clock::Clock::now(&clock::SystemClock));
    let admin = shop.desk.call(Service::Audit, &shop.account_admin);
    let mut audit = AuditServiceClient::new(admin);
    let mut request = ListActivityRequest {
        from: Some(rpc::wire::date(today.yesterday().expect("a yesterday"))),
        to: Some(rpc::wire::date(day_after(today))),
        page_size: PAGE,
        ..ListActivityRequest::default()
    };
    let mut entries = vec![];
    loop {
        let page = audit.list_activity(request.clone()).await.expect("the log").into_inner();
        entries.extend(page.entries);
        if page.next_page_token.is_empty() {
            return entries;
        }
        request.page_token = page.next_page_token;
    }
}

/// Returns the subscriptions of all lines, each of which runs.
fn assert_fulfilled(orders: &[Order]) -> BTreeSet<String> {
    let mut started = BTreeSet::new();
    for order in orders {
        assert_eq!(order.state(), OrderState::Fulfilled, "{}", order.name);
        for line in &order.lines {
            assert_eq!(line.state(), LineState::Fulfilled, "{}: {}", order.name, line.id);
            assert!(started.insert(line.subscription.clone()), "{} twice", line.subscription);
        }
    }
    started
}

/// Each line's purchase runs, and what has a term is listed once; what was bought once is not listed.
async fn assert_subscriptions(shop: &Shop, started: &BTreeSet<String>) {
    let mut with_term = vec![];
    for name in started {
        let request = GetSubscriptionRequest { name: name.clone() };
        let found = shop.subscriptions().get_subscription(request).await.expect("a purchase");
        let found = found.into_inner();
        assert_eq!(found.state(), SubscriptionState::Active, "{name}");
        with_term.extend(found.term.map(|_| found.name));
    }
    let mut listed: Vec<_> =
        subscriptions(shop).await.into_iter().map(|listed| listed.name).collect();
    listed.sort();
    assert_eq!(listed, with_term, "one subscription a line that has a term");
}

fn assert_charged_once(charges: &[Charge], started: &BTreeSet<String>) {
    let news = charges.iter().filter(|charge| charge.kind() == ChargeKind::New);
    let mut paid: Vec<_> = news.map(|charge| charge.subscription.clone()).collect();
    paid.sort();
    assert_eq!(paid, started.iter().cloned().collect::<Vec<_>>(), "one new charge a subscription");
}

async fn assert_software(shop: &Shop, started: &BTreeSet<String>, count: usize) {
    let request = ListSoftwareRequest {
        parent: shop.customer.clone(),
        page_size: PAGE,
        ..ListSoftwareRequest::default()
    };
    let listed = shop.software().list_software(request).await.expect("software").into_inner();
    let names: BTreeSet<_> = listed.software.iter().map(|one| one.subscription.clone()).collect();
    assert_eq!(names.len(), listed.software.len(), "each piece of software once");
    assert!(names.is_subset(started), "software that nobody bought: {names:?}");
    assert_eq!(names.len(), count, "pieces of software");
}

async fn assert_keys(shop: &Shop, assigned: i64) {
    let request = GetKeyPoolRequest { sku: SKU_WITH_KEYS.to_owned() };
    let mut pools = KeyPoolServiceClient::new(shop.desk.operator(Service::LicenseKey));
    let pool = pools.get_key_pool(request).await.expect("a pool").into_inner();
    let counts = (pool.available_count, pool.assigned_count, pool.revoked_count);
    assert_eq!(counts, (KEY_COUNT - assigned, assigned, 0), "keys");
}

/// Each order and each start is in the log, once; and the log is whole.
async fn assert_log(shop: &Shop, orders: &BTreeSet<String>, started: &BTreeSet<String>) {
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for logged in log(shop).await {
        let entry = logged.entry.expect("an entry");
        *counts.entry(entry.action).or_default().entry(entry.resource).or_default() += 1;
    }
    let once = |names: &BTreeSet<String>| -> BTreeMap<String, usize> {
        names.iter().map(|name| (name.clone(), 1)).collect()
    };
    assert_eq!(counts.get("PlaceOrder"), Some(&once(orders)), "orders in the log");
    assert_eq!(counts.get("STARTED"), Some(&once(started)), "starts in the log");
    // A key may be looked at more than once; nothing else happens twice to the same thing.
    let others = counts.iter().filter(|(action, _)| *action != "RevealProductKey");
    let twice: Vec<_> = others
        .flat_map(|(action, of)| of.iter().map(move |(name, count)| (action, name, count)))
        .filter(|(_, _, count)| **count != 1)
        .collect();
    assert!(twice.is_empty(), "more than once in the log: {twice:?}");
    assert_intact(shop).await;
}

pub async fn assert_intact(shop: &Shop) {
    let mut audit = AuditServiceClient::new(shop.desk.operator(Service::Audit));
    let verified = audit.verify_log(VerifyLogRequest::default()).await.expect("a verdict");
    let verified = verified.into_inner();
    assert!(verified.intact, "{}", verified.finding);
}
