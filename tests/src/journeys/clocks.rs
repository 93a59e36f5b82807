//! A test clock moves over a year while lifecycle dies in the middle of it.

use jiff::Timestamp;
use proto::lifecycle::{Change, ChangeKind, Charge, ChargeKind, ListChangesRequest};
use rpc::wire;
use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;

use super::harness::books::{self, charges};
use super::harness::fleet::{Fleet, Service};
use super::harness::patience::{answered, eventually};
use super::harness::shop::Shop;

/// Client access licences for a year, charged month by month: 5 at 48.00.
const CALS: [(&str, i64); 1] = [("rds-cal-2022-user-p1y-monthly-de", 5)];
/// After the renewal.
const A_YEAR_LATER: &str = "2027-01-10T12:00:00Z";
/// Well before, and well after the start.
const IN_BETWEEN: &str = "2026-03-01T00:00:00Z";

/// What time caused is the same as if nobody had died: twelve charges that add up, and one renewal.
#[rstest]
#[tokio::test]
async fn a_year_that_broke_off_ends_where_it_would_have(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let mut fleet = Fleet::start(backend).await;
    let broken = Shop::open(fleet.desk()).await;
    let whole = Shop::beside(fleet.desk()).await;
    let of_broken = buy(&broken).await;
    let of_whole = buy(&whole).await;

    let request = broken.advance(&request_id(), A_YEAR_LATER);
    let mut clocks = broken.clocks();
    let first_try = request.clone();
    let advancing = tokio::spawn(async move { clocks.advance_test_clock(first_try).await });
    until_in_the_middle(&broken).await;
    fleet.kill(Service::Lifecycle);
    advancing.await.unwrap().unwrap_err();
    fleet.restart(Service::Lifecycle).await;
    let stopped_at = broken.now().await.unwrap();
    assert!(stopped_at < A_YEAR_LATER.parse().unwrap(), "it was not in the middle of the year");
    answered("AdvanceTestClock", || {
        let (mut clocks, request) = (broken.clocks(), request.clone());
        async move { clocks.advance_test_clock(request).await }
    })
    .await
    .unwrap();
    assert_eq!(broken.now().await.unwrap(), A_YEAR_LATER.parse().unwrap());

    let mut clocks = whole.clocks();
    clocks.advance_test_clock(whole.advance(&request_id(), A_YEAR_LATER)).await.unwrap();
    assert_eq!(told(&history(&broken, &of_broken).await), told(&history(&whole, &of_whole).await));
    assert_year(&charges(&broken).await);
    assert_renewed_once(&history(&broken, &of_broken).await);
    books::settle(&broken).await;
    books::assert_intact(&broken).await;
    assert_logged_once(&broken, &of_broken).await;
    fleet.assert_no_faults();
}

async fn buy(shop: &Shop) -> String {
    let order = shop.place_stubbornly(&shop.order_of(&request_id(), &CALS)).await;
    shop.fulfilled(&order.name).await.lines[0].subscription.clone()
}

/// Looks at the clock, without rest, until it has begun to move.
async fn until_in_the_middle(shop: &Shop) {
    let middle: Timestamp = IN_BETWEEN.parse().unwrap();
    eventually("the middle of the year", || async {
        while shop.now().await.map_err(|status| status.to_string())? < middle {}
        Ok::<_, String>(())
    })
    .await;
}

async fn history(shop: &Shop, subscription: &str) -> Vec<Change> {
    let request = ListChangesRequest {
        parent: subscription.to_owned(),
        page_size: 500,
        ..ListChangesRequest::default()
    };
    shop.subscriptions().list_changes(request).await.unwrap().into_inner().changes
}

/// What happened, when, and for how much: what does not depend on names and on real time.
fn told(changes: &[Change]) -> Vec<String> {
    let tell = |change: &Change| {
        let at = wire::instant(change.effective_time.as_ref().unwrap()).unwrap();
        let amounts: Vec<_> = change.charges.iter().map(amount).collect();
        format!("{at} {:?} {amounts:?}", change.kind())
    };
    changes.iter().map(tell).collect()
}

fn assert_year(charges: &[Charge]) {
    let of = |kinds: &[ChargeKind]| -> Vec<_> {
        charges.iter().filter(|charge| kinds.contains(&charge.kind())).map(amount).collect()
    };
    let cycles = of(&[ChargeKind::New, ChargeKind::Cycle]);
    assert_eq!(cycles, vec!["20.00 EUR"; 12], "twelve months of 240.00");
    assert_eq!(of(&[ChargeKind::New]).len(), 1);
    assert_eq!(of(&[ChargeKind::Renew]).len(), 1, "one renewal");
    assert_eq!(charges.len(), 13);
}

fn assert_renewed_once(changes: &[Change]) {
    let count = |kind| changes.iter().filter(|change| change.kind() == kind).count();
    assert_eq!((count(ChangeKind::Renewed), count(ChangeKind::CycleCharged)), (1, 11));
}

/// Each change is one entry of the log.
async fn assert_logged_once(shop: &Shop, subscription: &str) {
    let entries = books::log(shop).await.into_iter().filter_map(|logged| logged.entry);
    let of_it = entries.filter(|entry| entry.resource == subscription);
    let mut in_the_log: Vec<_> = of_it.map(|entry| entry.action).collect();
    let name = |change: &Change| change.kind().as_str_name().replace("CHANGE_KIND_", "");
    let mut in_the_history: Vec<_> = history(shop, subscription).await.iter().map(name).collect();
    in_the_log.sort();
    in_the_history.sort();
    assert_eq!(in_the_log, in_the_history);
}

fn amount(charge: &Charge) -> String {
    wire::amount(charge.amount.as_ref().unwrap()).unwrap().to_string()
}
