//! Everything or nothing, whatever happens to the caller; and who waits for whom.

use std::{pin::pin, sync::Arc, task::Poll};

use rstest::rstest;

use super::{Backend, id, notes};
use crate::{Db, DbError, Stmt, Tx, sql};

static PUT: Stmt = sql!("INSERT INTO notes (id, name, size) VALUES ($1, $2, 1)");
static COUNT: Stmt = sql!("SELECT count(*) FROM notes");

/// Takes long enough to be cut off, on either engine.
static SLOW: Stmt = Stmt {
    pg: "SELECT count(*) FROM generate_series(1, 200000)",
    lite: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
           SELECT count(*) FROM n",
};

async fn put(tx: &mut Tx, number: u128) -> Result<u64, DbError> {
    PUT.bind(id(number)).bind(format!("n{number}")).execute(tx).await
}

async fn count(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    COUNT.fetch_one(&mut tx).await.unwrap().get(0).unwrap()
}

/// Polls a future a few times and then drops it.
async fn cut_off<T>(work: impl Future<Output = T>, polls: u32) {
    let mut work = pin!(work);
    for _ in 0..polls {
        let done = std::future::poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_ready())).await;
        if done {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[rstest]
#[tokio::test]
async fn what_is_committed_is_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (place, db) = notes(backend).await;
    let mut tx = db.begin().await.unwrap();
    put(&mut tx, 1).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    assert_eq!(count(&place.open(super::NOTES).await).await, 1);
}

#[rstest]
#[tokio::test]
async fn what_is_dropped_is_not_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    // More often than there are connections: none may get lost.
    for number in 0..20 {
        let mut tx = db.begin().await.unwrap();
        put(&mut tx, number).await.unwrap();
        drop(tx);
    }
    assert_eq!(count(&db).await, 0);
}

#[rstest]
#[case::begin(0)]
#[case::at_once(1)]
#[case::soon(3)]
#[case::later(12)]
#[tokio::test]
async fn a_cut_off_statement_leaves_nothing_behind(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] polls: u32,
) {
    let (_place, db) = notes(backend).await;
    for number in 0..8 {
        cut_off(db.begin(), polls).await;
        let mut tx = db.begin().await.unwrap();
        put(&mut tx, number).await.unwrap();
        cut_off(SLOW.fetch_one(&mut tx), polls).await;
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        cut_off(put(&mut tx, number), polls).await;
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        put(&mut tx, 100 + number).await.unwrap();
        // Committed or not, but not left open.
        cut_off(tx.commit(), polls).await;
    }
    let mut tx = db.begin().await.unwrap();
    sql!("DELETE FROM notes WHERE size = 1").execute(&mut tx).await.unwrap();
    put(&mut tx, 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[rstest]
#[tokio::test]
async fn an_aborted_task_leaves_nothing_behind(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    let started = Arc::new(tokio::sync::Notify::new());
    for number in 0..8 {
        let (task_db, task_started) = (db.clone(), Arc::clone(&started));
        let task = tokio::spawn(async move {
            let mut tx = task_db.begin().await.unwrap();
            put(&mut tx, number).await.unwrap();
            task_started.notify_one();
            SLOW.fetch_one(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        });
        started.notified().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_eq!(count(&db).await, 0);
}

#[rstest]
#[tokio::test]
async fn after_a_failed_statement_nothing_is_saved(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    let mut tx = db.begin().await.unwrap();
    put(&mut tx, 1).await.unwrap();
    assert!(matches!(put(&mut tx, 1).await, Err(DbError::Unique { .. })));
    assert!(matches!(put(&mut tx, 2).await, Err(DbError::Aborted)));
    assert!(matches!(tx.commit().await, Err(DbError::Aborted)));
    assert_eq!(count(&db).await, 0);
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_writers_wait_for_each_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    let writers = (0..40_u128).map(|number| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut tx = db.begin().await?;
            // Read first, write then: what a deferred transaction would fail at.
            COUNT.fetch_one(&mut tx).await?;
            put(&mut tx, number).await?;
            tx.commit().await
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(count(&db).await, 40);
}

#[rstest]
#[tokio::test]
async fn readers_do_not_wait_for_a_writer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    let mut tx = db.begin().await.unwrap();
    put(&mut tx, 1).await.unwrap();
    assert_eq!(count(&db).await, 0);
    tx.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[rstest]
#[tokio::test]
async fn a_reader_sees_one_moment(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (_place, db) = notes(backend).await;
    let mut reader = db.read().await.unwrap();
    let before: i64 = COUNT.fetch_one(&mut reader).await.unwrap().get(0).unwrap();
    let mut tx = db.begin().await.unwrap();
    put(&mut tx, 1).await.unwrap();
    tx.commit().await.unwrap();
    let after: i64 = COUNT.fetch_one(&mut reader).await.unwrap().get(0).unwrap();
    assert_eq!((before, after), (0, 0));
    reader.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[rstest]
#[tokio::test]
async fn a_reader_cannot_write(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (_place, db) = notes(backend).await;
    let mut tx = db.read().await.unwrap();
    assert!(matches!(put(&mut tx, 1).await, Err(DbError::Driver(_))));
    drop(tx);
    assert_eq!(count(&db).await, 0);
}

#[rstest]
#[tokio::test]
async fn a_closed_database_refuses(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (_place, db) = notes(backend).await;
    db.check().await.unwrap();
    db.close().await;
    assert!(matches!(db.begin().await, Err(DbError::Unavailable(_))));
    assert!(matches!(db.check().await, Err(DbError::Unavailable(_))));
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let (_place, db) = notes(Backend::Postgres).await;
    let mut tx = db.begin().await.unwrap();
    let row = sql!("SELECT pg_backend_pid()").fetch_one(&mut tx).await.unwrap();
    let pid: i64 = row.get(0).unwrap();
    let mut other = db.begin().await.unwrap();
    tx.commit().await.unwrap();
    sql!("SELECT pg_terminate_backend(CAST($1 AS INTEGER))")
        .bind(pid)
        .fetch_one(&mut other)
        .await
        .unwrap();
    let mut tx = db.begin().await.unwrap();
    put(&mut tx, 1).await.unwrap();
    tx.commit().await.unwrap();
}
