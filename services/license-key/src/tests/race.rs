//! Several at once: one key for one purchase, one purchase for one key, and no key after a revocation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use db::{Engine, Stmt, Tx, sql};
use proto::audit::Outcome;
use proto::licensekey::KeyKind;
use rstest::rstest;
use testkit::{Backend, noon};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tonic::Code;

use super::house::{House, agent, ask, behind_the_door, key, purchase_number};
use crate::domain::tests::a_purchase;
use crate::domain::{KeyState, Purchase, PurchaseState};
use crate::store;

/// Reveals all of them at once, through the server; returns the keys, and how many were refused.
async fn reveal_at_once(house: &House, purchases: &[Purchase]) -> (Vec<String>, usize) {
    let mut calls = JoinSet::new();
    for purchase in purchases {
        let message = ask(purchase, KeyKind::Mak, house.process.ids.uuid());
        let call = house.call(&agent(purchase), message);
        let mut client = house.software();
        calls.spawn(async move { client.reveal_product_key(call).await });
    }
    let mut refused = 0;
    let mut keys = vec![];
    for answer in calls.join_all().await {
        match answer {
            Ok(answer) => keys.push(answer.into_inner().product_key),
            Err(status) => {
                assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
                refused += 1;
            }
        }
    }
    (keys, refused)
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn key_2_many_at_once_get_the_one_key_of_their_purchase(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 50).await;

    let (keys, refused) = reveal_at_once(&house, &vec![purchase.clone(); 24]).await;

    assert_eq!(refused, 0);
    assert_eq!(keys, vec![key(1); 24]);
    let pool = house.pool(&purchase.sku).await;
    assert_eq!((pool.available_count, pool.assigned_count), (49, 1));
    let entries = house.delivered().await;
    let reads = entries.iter().filter(|entry| entry.action == "RevealProductKey");
    assert_eq!(reads.count(), 24, "KEY-5: every read is on record");
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn key_2_no_key_goes_to_two_purchases(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut purchases = vec![];
    for number in 0..20 {
        purchases.push(house.given(purchase_number(number)).await);
    }
    let sku = purchases[0].sku.clone();
    house.stocked(&sku, 1, 15).await;

    let (keys, refused) = reveal_at_once(&house, &purchases).await;

    // With the last keys in others' hands, somebody may be refused who would have got one of those
    // had its taker failed; nobody's did.
    assert_eq!((keys.len(), refused), (15, 5));
    let distinct: BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), 15);
    assert_eq!(house.pool(&sku).await.available_count, 0);
}

#[rstest]
#[tokio::test]
async fn trp_50_a_key_that_is_revoked_while_its_read_is_recorded_is_not_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 1).await;
    house.delivered().await;
    let (app, cancelled) = (
        house.app.clone(),
        Purchase { state: PurchaseState::Cancelled, version: 2, ..purchase.clone() },
    );
    let message = vocab::MessageId(house.process.ids.uuid());
    house.stub.script().before_append = Some(Box::pin(async move {
        app.record_purchases(vec![(message, cancelled)]).await.unwrap();
    }));

    let refused = house.reveal(&agent(&purchase), &purchase).await.unwrap_err();

    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused:?}");
    let entries = house.delivered().await;
    let told: Vec<_> = entries.iter().map(|it| (it.outcome(), it.reason.as_str())).collect();
    assert_eq!(
        told[told.len() - 2..],
        [(Outcome::Done, ""), (Outcome::Refused, "KEY_UNAVAILABLE")],
        "the record tells of more than was shown, never of less"
    );
    assert_eq!(house.pool(&purchase.sku).await.revoked_count, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pcx_1_a_cancellation_that_races_with_reads_leaves_no_key_behind(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let mut purchases = vec![];
    for number in 0..10 {
        purchases.push(house.given(purchase_number(number)).await);
    }
    let sku = purchases[0].sku.clone();
    house.stocked(&sku, 1, 20).await;
    let cancelling = async {
        for purchase in &purchases {
            house.becomes(purchase, PurchaseState::Cancelled).await;
        }
    };
    tokio::join!(reveal_at_once(&house, &purchases), cancelling);

    let pool = house.pool(&sku).await;
    assert_eq!(pool.assigned_count, 0, "{pool:?}");
    assert_eq!(pool.available_count + pool.revoked_count, 20);
    let (keys, refused) = reveal_at_once(&house, &purchases).await;
    assert_eq!((keys.len(), refused), (0, 10));
}

/// Waits until another transaction waits for `tx`; on SQLite it waits to begin.
async fn somebody_waits_for(tx: &mut Tx) {
    let waiting: Stmt = sql!(
        "SELECT count(*) FROM pg_locks
          WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    );
    while tx.engine() == Engine::Postgres {
        let row = waiting.fetch_one(tx).await.unwrap();
        if 0 < row.get::<i64>(0).unwrap() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[tokio::test]
async fn key_2_whoever_comes_second_waits_and_gets_the_key_of_the_first(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 2).await;
    let of = (purchase.customer, purchase.id);
    let mut tx = house.app.db.begin().await.unwrap();
    store::purchases::lock(&mut tx, of).await.unwrap().unwrap();
    let first = store::keys::assign(&mut tx, &purchase.sku, of, noon()).await.unwrap().unwrap();

    let (app, (caller, ask)) = (house.app.clone(), behind_the_door(&purchase));
    let second = tokio::spawn(async move { app.reveal(caller, ask).await });
    somebody_waits_for(&mut tx).await;
    tx.commit().await.unwrap();

    assert_eq!(second.await.unwrap().unwrap().key.expose(), key(1));
    let mut tx = house.app.db.read().await.unwrap();
    let kept = store::keys::of_purchase(&mut tx, &purchase).await.unwrap();
    assert_eq!(kept, Some((first, KeyState::Assigned)));
}

#[rstest]
#[tokio::test]
async fn aud_4_who_hangs_up_is_on_record_all_the_same(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (is_reached, may_go) = (reached.clone(), release.clone());
    house.stub.script().before_check = Some(Box::pin(async move {
        is_reached.notify_one();
        may_go.notified().await;
    }));
    let (caller, ask) = behind_the_door(&purchase);

    tokio::select! {
        _ = house.app.reveal(caller, ask) => panic!("lifecycle has not answered"),
        () = reached.notified() => {}
    }
    release.notify_one();
    let recorded = async {
        while house.waiting().await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), recorded).await.expect("it was cut off");

    assert_eq!(house.delivered().await.last().unwrap().reason, "KEY_POOL_EMPTY");
}
