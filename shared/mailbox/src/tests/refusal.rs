//! A letter that cannot be taken is set aside, then parked, and holds up no other.

use std::time::Duration;

use db::sql;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use testkit::Backend;
use worker::Progress;

use super::{Town, id, ids, letter, letters};

const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// Returns attempts, the last error, and when letter 2 is due.
async fn second(town: &Town) -> (i64, Option<String>, Option<Timestamp>) {
    let mut tx = town.sender.db.read().await.unwrap();
    let row = sql!("SELECT attempt_count, last_error, due_at FROM outbox WHERE message_id = $1")
        .bind(id(2).0)
        .fetch_one(&mut tx)
        .await
        .unwrap();
    (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap())
}

#[rstest]
#[tokio::test]
async fn a_refused_letter_holds_up_no_other_and_is_finally_parked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.carrier.state().refused.insert(id(2));
    town.send(&letters(1..=3)).await;
    let post = town.post();

    let rest = town.settle(&post).await;
    assert_eq!(rest, Progress::IdleFor(Duration::from_millis(100)));
    assert_eq!(town.effects().await, ids([1, 3]));
    town.clock.advance(SignedDuration::from_millis(99));
    town.settle(&post).await;
    assert_eq!(second(&town).await.0, 1);

    for attempt in 2..=20 {
        assert_eq!(town.waiting_count().await, 1);
        town.clock.advance(LONGEST);
        town.settle(&post).await;
        assert_eq!(second(&town).await.0, attempt);
    }
    let parked = (20, Some("the customer is not known".to_owned()), None);
    assert_eq!(second(&town).await, parked);
    assert_eq!(town.waiting_count().await, 0);

    town.clock.advance(LONGEST);
    town.send(&[letter(4)]).await;
    assert_eq!(town.settle(&post).await, Progress::Idle);
    assert_eq!(second(&town).await, parked);
    assert_eq!(town.effects().await, ids([1, 3, 4]));
}

#[rstest]
#[tokio::test]
async fn a_refused_letter_may_be_taken_later(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.carrier.state().refused.insert(id(2));
    town.send(&letters(1..=3)).await;
    let post = town.post();
    town.settle(&post).await;

    town.carrier.state().refused.clear();
    town.clock.advance(SignedDuration::from_millis(100));
    assert_eq!(town.settle(&post).await, Progress::Idle);
    assert_eq!(town.effects().await, ids(1..=3));
}

/// It may be the destination's fault, so that no letter is given up for it.
#[rstest]
#[tokio::test]
async fn a_letter_at_which_the_call_fails_holds_up_no_other_and_is_never_parked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.carrier.state().broken.insert(id(2));
    town.send(&letters(1..=3)).await;
    let post = town.post();
    town.settle(&post).await;
    assert_eq!(town.carrier.carried(), [ids(1..=3), ids([1]), ids([2]), ids([3])]);
    assert_eq!(town.effects().await, ids([1, 3]));

    for _ in 0..30 {
        town.clock.advance(LONGEST);
        town.settle(&post).await;
    }
    let (attempts, error, due_at) = second(&town).await;
    assert_eq!((attempts, error.as_deref()), (31, Some("the destination failed: internal error")));
    assert!(due_at.is_some());

    town.carrier.state().broken.clear();
    town.clock.advance(LONGEST);
    town.settle(&post).await;
    assert_eq!(town.effects().await, ids(1..=3));
}
