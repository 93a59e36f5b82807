//! What the engines complain about, told apart.

use rstest::rstest;

use super::{Backend, id, notes};
use crate::{DbError, Stmt, sql};

static PUT: Stmt = sql!("INSERT INTO notes (id, name, size) VALUES ($1, $2, 1)");

#[rstest]
#[case::key_on_sqlite(Backend::Sqlite, 1, "other", "notes.id")]
#[case::column_on_sqlite(Backend::Sqlite, 2, "name", "notes.name")]
#[case::key_on_postgres(Backend::Postgres, 1, "other", "notes_pkey")]
#[case::column_on_postgres(Backend::Postgres, 2, "name", "notes_name_key")]
#[tokio::test]
async fn a_taken_key_is_named(
    #[case] backend: Backend,
    #[case] number: u128,
    #[case] name: &str,
    #[case] expected: &str,
) {
    let (_place, db) = notes(backend).await;
    let mut tx = db.begin().await.unwrap();
    PUT.bind(id(1)).bind("name").execute(&mut tx).await.unwrap();
    let error = PUT.bind(id(number)).bind(name).execute(&mut tx).await.unwrap_err();
    assert!(!error.is_retryable());
    assert!(
        matches!(&error, DbError::Unique { constraint } if constraint == expected),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_victim_of_a_deadlock_may_try_again() {
    let (_place, db) = notes(Backend::Postgres).await;
    let mut tx = db.begin().await.unwrap();
    PUT.bind(id(1)).bind("a").execute(&mut tx).await.unwrap();
    PUT.bind(id(2)).bind("b").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let lock = sql!("UPDATE notes SET size = 2 WHERE id = $1");
    let (mut one, mut two) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    lock.bind(id(1)).execute(&mut one).await.unwrap();
    lock.bind(id(2)).execute(&mut two).await.unwrap();
    // Whoever loses ends its transaction, so that the other can go on.
    let (first, second) =
        tokio::join!(async move { lock.bind(id(2)).execute(&mut one).await }, async move {
            lock.bind(id(1)).execute(&mut two).await
        },);
    let loser = first.err().or(second.err()).unwrap();
    assert!(matches!(loser, DbError::Conflict(_)), "{loser:?}");
    assert!(loser.is_retryable());
}

#[tokio::test]
async fn a_full_disk_is_told_and_changes_nothing() {
    let (_place, db) = notes(Backend::Sqlite).await;
    let mut tx = db.begin().await.unwrap();
    // The file may not grow any more.
    sql!("PRAGMA max_page_count = 1").fetch_one(&mut tx).await.unwrap();
    let fill = PUT.bind(id(1)).bind("x".repeat(100_000)).execute(&mut tx).await;
    assert!(matches!(fill, Err(DbError::Full)), "{fill:?}");
    drop(tx);
    let mut tx = db.read().await.unwrap();
    let row = sql!("SELECT count(*) FROM notes").fetch_one(&mut tx).await.unwrap();
    assert_eq!(row.get::<i64>(0).unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn wrong_sql_is_a_refusal(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (_place, db) = notes(backend).await;
    let mut tx = db.begin().await.unwrap();
    let error = sql!("SELECT nonsense FROM nowhere").fetch_all(&mut tx).await.unwrap_err();
    assert!(matches!(error, DbError::Driver(_)), "{error:?}");
}

#[test]
fn corruption_names_table_column_and_row() {
    let error = DbError::corrupt("notes", "size", "note 7");
    assert_eq!(
        error.to_string(),
        "column size of notes holds a value that cannot be read (note 7)"
    );
}
