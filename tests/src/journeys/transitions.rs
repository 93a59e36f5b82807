//! What subscriptions become: found in the catalog, previewed, done, and charged to the cent.

use proto::Money;
use proto::common::Refusal;
use proto::lifecycle::{
    ChangeKind, GetSubscriptionRequest, ListTransitionsRequest, ScheduleChangeRequest,
    ScheduledChange, Subscription, SubscriptionState, Transition, TransitionReceipt,
    TransitionSubscriptionRequest,
};
use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;
use tonic::Status;

use super::harness::books;
use super::harness::house::House;
use super::harness::shop::Shop;
use super::harness::words::{reason, value};

/// 289.80 a year in twelve parts: 24.15.
const OFFICE: &str = "office-365-e3-p1y-monthly-de";
/// 113.40 a year in twelve parts: 9.45.
const SECURITY: &str = "ems-e3-p1y-monthly-de";
/// 447.30 a year in twelve parts: 37.28.
const SUITE: &str = "microsoft-365-e3-p1y-monthly-de";
const TRIAL: &str = "m365-business-standard-trial-p1m-monthly-de";
const PREMIUM: &str = "m365-business-premium-p1y-annual-de";
const STANDARD: &str = "m365-business-standard-p1y-annual-de";

/// Two SKUs become one, in two steps.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tto_1_two_become_one(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = House::on(backend).await;
    let shop = Shop::open(house.desk()).await;
    let bought = buy(&shop, &[(OFFICE, 10), (SECURITY, 10)]).await;
    let (office, security) = (&bought[0], &bought[1]);

    let found = list(&shop, office).await;
    let suite = found.iter().find(|one| one.offer == format!("offers/{SUITE}")).unwrap();
    assert!(suite.full && suite.partial, "{suite:?}");
    let step_one = to(office, 10, SUITE, "");
    let early = transition(&shop, step_one.clone(), true).await.unwrap();
    assert_eq!(early.amount, suite.amount, "the list and the preview agree");

    advance(&shop, "2026-01-20T08:00:00Z").await;
    let first = transition(&shop, step_one, false).await.unwrap();
    // 21 of 31 days: 16.36 back, 25.25 to pay.
    assert_eq!(amounts(&first), ("-163.60 252.50".to_owned(), String::new()));
    assert_eq!(first.source.unwrap().change.unwrap().kind(), ChangeKind::Upgraded);

    let second = to(security, 10, "", &office.name);
    let second = transition(&shop, second, false).await.unwrap();
    assert_eq!(amounts(&second), ("-64.00".to_owned(), "252.50".to_owned()));
    let (gone, whole) = (get(&shop, &security.name).await, get(&shop, &office.name).await);
    assert_eq!(gone.state(), SubscriptionState::Deleted);
    assert_eq!((gone.quantity, gone.transitioned_to.as_str()), (0, office.name.as_str()));
    assert_eq!((whole.quantity, whole.offer), (20, format!("offers/{SUITE}")));

    advance(&shop, "2026-02-10T00:00:00Z").await;
    let charges = books::charges(&shop).await;
    let last = charges.iter().rev().find(|charge| charge.subscription == office.name).unwrap();
    assert_eq!(text(last.amount.as_ref()), "745.60", "20 x 37.28");
    books::assert_intact(&shop).await;
    house.suite.stop().await.unwrap();
}

/// One of the sixteen pairs points to the support request, and says until when.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn dup_1_a_pair_that_is_not_supported_points_to_support(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = Shop::open(house.desk()).await;
    let security = &buy(&shop, &[(SECURITY, 10)]).await[0];
    let found = list(&shop, security).await;
    let refused = found.iter().find(|one| one.sku.ends_with("/ems-e5")).unwrap();
    let first: &Refusal = &refused.full_refusals[0];
    assert_eq!((first.reason.as_str(), first.rule.as_str()), ("PATH_NOT_SUPPORTED", "UPG-18"));
    assert_eq!(first.metadata["file_by"], "2027-01-09");
    assert_eq!(first.metadata["support_issue_type"], "REDUNDANT_LICENSES");
    let asked = to(security, 10, "ems-e5-p1y-annual-de", "");
    let refused = transition(&shop, asked, false).await.unwrap_err();
    assert_eq!(
        (reason(&refused).as_str(), value(&refused, "rule").as_str()),
        ("PATH_NOT_SUPPORTED", "UPG-18")
    );
    assert_eq!(value(&refused, "hint"), "DUP-1");
    house.suite.stop().await.unwrap();
}

/// A trial becomes its equivalent, or what that becomes; fewer seats only at its end.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tri_4_a_trial_becomes_what_its_equivalent_becomes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = Shop::open(house.desk()).await;
    let bought = buy(&shop, &[(TRIAL, 25), (TRIAL, 25)]).await;
    let found = list(&shop, &bought[0]).await;
    for offer in [STANDARD, PREMIUM] {
        let way = found.iter().find(|one| one.offer == format!("offers/{offer}"));
        assert!(way.is_some_and(|way| way.full && !way.partial), "{offer}: {way:?}");
    }
    let few = transition(&shop, to(&bought[0], 24, PREMIUM, ""), false).await.unwrap_err();
    assert_eq!(value(&few, "rule"), "TRI-5");
    let done = transition(&shop, to(&bought[0], 25, PREMIUM, ""), false).await.unwrap();
    let change = done.source.unwrap().change.unwrap();
    assert_eq!(change.kind(), ChangeKind::Converted);
    // 25 seats at the list price of 231.60: no promotion.
    assert_eq!(text(change.charges.last().unwrap().amount.as_ref()), "5790.00");

    let set = ScheduledChange {
        quantity: 10,
        offer: format!("offers/{PREMIUM}"),
        ..ScheduledChange::default()
    };
    let request = ScheduleChangeRequest {
        name: bought[1].name.clone(),
        request_id: request_id(),
        scheduled_change: Some(set),
        ..ScheduleChangeRequest::default()
    };
    shop.subscriptions().schedule_change(request).await.unwrap();
    advance(&shop, "2026-02-11T00:00:00Z").await;
    let converted = get(&shop, &bought[1].name).await;
    assert_eq!((converted.quantity, converted.trial), (10, false));
    assert_eq!(converted.offer, format!("offers/{PREMIUM}"));
    books::assert_intact(&shop).await;
    house.suite.stop().await.unwrap();
}

async fn buy(shop: &Shop, lines: &[(&str, i64)]) -> Vec<Subscription> {
    let order = shop.place(shop.order_of(&request_id(), lines)).await.unwrap().into_inner();
    let order = shop.fulfilled(&order.name).await;
    let mut bought = vec![];
    for line in &order.lines {
        bought.push(get(shop, &line.subscription).await);
    }
    bought
}

async fn get(shop: &Shop, name: &str) -> Subscription {
    let request = GetSubscriptionRequest { name: name.to_owned() };
    shop.subscriptions().get_subscription(request).await.unwrap().into_inner()
}

/// All pages, two at a time.
async fn list(shop: &Shop, of: &Subscription) -> Vec<Transition> {
    let (mut found, mut page_token) = (vec![], String::new());
    loop {
        let parent = of.name.clone();
        let request = ListTransitionsRequest { parent, page_size: 2, page_token };
        let page = shop.subscriptions().list_transitions(request).await.unwrap().into_inner();
        found.extend(page.transitions);
        if page.next_page_token.is_empty() {
            return found;
        }
        page_token = page.next_page_token;
    }
}

fn to(
    source: &Subscription,
    quantity: i64,
    offer: &str,
    into: &str,
) -> TransitionSubscriptionRequest {
    let offer = if offer.is_empty() { String::new() } else { format!("offers/{offer}") };
    let (name, into) = (source.name.clone(), into.to_owned());
    TransitionSubscriptionRequest { name, quantity, offer, into, ..Default::default() }
}

async fn transition(
    shop: &Shop,
    request: TransitionSubscriptionRequest,
    validate_only: bool,
) -> Result<TransitionReceipt, Status> {
    let request =
        TransitionSubscriptionRequest { request_id: request_id(), validate_only, ..request };
    let answer = shop.subscriptions().transition_subscription(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn advance(shop: &Shop, to: &str) {
    shop.clocks().advance_test_clock(shop.advance(&request_id(), to)).await.unwrap();
}

/// The amounts of the source's lines, and of the target's.
fn amounts(done: &TransitionReceipt) -> (String, String) {
    let of = |side: &Option<proto::lifecycle::Receipt>| {
        let lines = side.iter().flat_map(|it| &it.change).flat_map(|change| &change.charges);
        lines.map(|line| text(line.amount.as_ref())).collect::<Vec<_>>().join(" ")
    };
    (of(&done.source), of(&done.target))
}

fn text(money: Option<&Money>) -> String {
    let money = money.unwrap();
    let cents = money.units * 100 + i64::from(money.nanos) / 10_000_000;
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}
