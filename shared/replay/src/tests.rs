//! One request id, one effect, on both databases.

use db::{Db, Migration, sql};
use proto::lifecycle::{CancelSubscriptionRequest, ChangeQuantityRequest, TestClock};
use rstest::rstest;
use testkit::{Backend, TestDb, noon};

use super::*;

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "replays", sql: TABLE },
    Migration {
        version: 2,
        name: "effects",
        sql: "CREATE TABLE effects (id {int} NOT NULL){strict};",
    },
];

const ID: &str = "0194a6f2-7c1e-7000-8000-5f2d3a1b9c04";

fn once(acknowledged: bool, caller: &str) -> Once<String> {
    let message =
        CancelSubscriptionRequest { request_id: ID.to_owned(), acknowledged, ..Default::default() };
    Once::new(&message, caller.to_owned(), render)
}

#[expect(clippy::ptr_arg, reason = "the outcome of these tests is a String")]
fn render(outcome: &String) -> TestClock {
    TestClock { name: outcome.clone(), now: None }
}

/// The effect of the verb under test: a row that must be there once.
async fn act(db: &Db, once: &Once<String>, outcome: &str) -> Result<Answer<String>, ReplayError> {
    let mut tx = db.begin().await?;
    if let Some(answer) = once.answered(&mut tx, noon()).await? {
        return Ok(answer);
    }
    sql!("INSERT INTO effects (id) VALUES (1)").execute(&mut tx).await?;
    let outcome = outcome.to_owned();
    once.keep(&mut tx, &outcome).await?;
    tx.commit().await?;
    Ok(Answer::Fresh(outcome))
}

async fn effects(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    sql!("SELECT count(*) FROM effects").fetch_one(&mut tx).await.unwrap().get(0).unwrap()
}

#[rstest]
#[tokio::test]
async fn d_28_a_retry_gets_the_first_answer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let first = act(&house.db, &once(true, "partner:1"), "first").await.unwrap();
    let again = act(&house.db, &once(true, "partner:1"), "second").await.unwrap();

    assert!(respond(first, render).unwrap().metadata().get(REPLAYED_HEADER).is_none());
    let again = respond(again, render).unwrap();
    assert_eq!(again.metadata().get(REPLAYED_HEADER).unwrap(), "true");
    assert_eq!(again.get_ref().name, "first");
    assert_eq!(effects(&house.db).await, 1);
}

#[rstest]
#[tokio::test]
async fn d_28_another_content_under_the_same_id_is_an_error(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    act(&house.db, &once(true, "partner:1"), "first").await.unwrap();
    let other = act(&house.db, &once(false, "partner:1"), "second").await;
    assert!(matches!(other, Err(ReplayError::Reused { .. })));

    let message = ChangeQuantityRequest { request_id: ID.to_owned(), ..Default::default() };
    let method = Once::new(&message, "partner:1".to_owned(), render);
    assert!(matches!(act(&house.db, &method, "third").await, Err(ReplayError::Reused { .. })));
    assert_eq!(effects(&house.db).await, 1);
}

#[rstest]
#[tokio::test]
async fn d_28_each_caller_has_ids_of_its_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    act(&house.db, &once(true, "partner:1"), "first").await.unwrap();
    let other = act(&house.db, &once(false, "partner:2"), "second").await.unwrap();
    assert!(matches!(other, Answer::Fresh(_)));
}

#[rstest]
#[tokio::test]
async fn d_28_a_failure_is_not_stored(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let once = once(true, "partner:1");
    let mut tx = house.db.begin().await.unwrap();
    assert!(once.answered(&mut tx, noon()).await.unwrap().is_none());
    drop(tx);
    assert!(matches!(act(&house.db, &once, "retried").await.unwrap(), Answer::Fresh(_)));
}

#[rstest]
#[tokio::test]
async fn d_28_two_at_once_act_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    let (left, right) = (once(true, "partner:1"), once(true, "partner:1"));
    let (left, right) = tokio::join!(act(&house.db, &left, "a"), act(&house.db, &right, "b"));
    let fresh = [left.unwrap(), right.unwrap()];
    assert_eq!(fresh.iter().filter(|answer| matches!(answer, Answer::Fresh(_))).count(), 1);
    assert_eq!(effects(&house.db).await, 1);
}

#[rstest]
#[tokio::test]
async fn d_28_answers_are_forgotten_after_their_time(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = TestDb::fresh(backend, MIGRATIONS).await;
    act(&house.db, &once(true, "partner:1"), "first").await.unwrap();
    let mut tx = house.db.begin().await.unwrap();
    assert_eq!(forget(&mut tx, noon()).await.unwrap(), 0);
    let later = noon() + jiff::SignedDuration::from_millis(1);
    assert_eq!(forget(&mut tx, later).await.unwrap(), 1);
}
