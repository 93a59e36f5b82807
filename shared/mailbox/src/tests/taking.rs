//! The inbox: twice is once.

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use testkit::{Backend, TestDb, noon};
use worker::Progress;

use super::{MIGRATIONS, ids, stand};
use crate::{forget, take};

async fn taken(test: &TestDb, numbers: &[u128], now: Timestamp) -> Vec<bool> {
    let mut tx = test.db.begin().await.unwrap();
    let new = take(&mut tx, &ids(numbers.iter().copied()), now).await.unwrap();
    tx.commit().await.unwrap();
    new
}

#[rstest]
#[tokio::test]
async fn only_the_first_of_each_message_is_new(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let test = TestDb::fresh(backend, MIGRATIONS).await;
    assert_eq!(taken(&test, &[], noon()).await, [false; 0]);
    assert_eq!(taken(&test, &[3, 1, 3], noon()).await, [true, true, false]);
    assert_eq!(taken(&test, &[1, 2, 3, 4], noon()).await, [false, true, false, true]);
    assert_eq!(stand(&test.db).await.taken_count, 4);
}

#[rstest]
#[tokio::test]
async fn what_was_rolled_back_was_not_taken(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let test = TestDb::fresh(backend, MIGRATIONS).await;
    let mut tx = test.db.begin().await.unwrap();
    assert_eq!(take(&mut tx, &ids([1]), noon()).await.unwrap(), [true]);
    drop(tx);
    assert_eq!(taken(&test, &[1], noon()).await, [true]);
}

#[rstest]
#[case::the_first_is_saved(true, [true, false, true])]
#[case::the_first_is_rolled_back(false, [true, true, true])]
#[tokio::test]
async fn a_second_taker_waits_for_how_the_first_one_ends(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] is_saved: bool,
    #[case] expected: [bool; 3],
) {
    let test = TestDb::fresh(backend, MIGRATIONS).await;
    let mut tx = test.db.begin().await.unwrap();
    assert_eq!(take(&mut tx, &ids([2]), noon()).await.unwrap(), [true]);

    let first = async {
        tokio::task::yield_now().await;
        if is_saved { tx.commit().await.unwrap() } else { drop(tx) }
    };
    let (second, ()) = tokio::join!(taken(&test, &[3, 2, 1], noon()), first);
    assert_eq!(second, expected);
}

#[rstest]
#[tokio::test]
async fn what_is_old_enough_is_forgotten(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let test = TestDb::fresh(backend, MIGRATIONS).await;
    let later = noon() + SignedDuration::from_millis(1);
    let old: Vec<u128> = (1..=2_001).collect();
    taken(&test, &old, noon()).await;
    taken(&test, &[3_000], later).await;

    let mut tx = test.db.begin().await.unwrap();
    assert_eq!(forget(&mut tx, noon()).await.unwrap(), Progress::Idle);
    assert_eq!(forget(&mut tx, later).await.unwrap(), Progress::More);
    assert_eq!(forget(&mut tx, later).await.unwrap(), Progress::Idle);
    tx.commit().await.unwrap();
    assert_eq!(stand(&test.db).await.taken_count, 1);
    assert_eq!(taken(&test, &[1, 3_000], later).await, [true, false]);
}
