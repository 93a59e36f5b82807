//! What a database must be before it is used.

use rstest::rstest;

use super::{Backend, NOTES, Place, postgres_url};
use crate::{Db, DbError, Migration, sql};

const NEXT: Migration = Migration {
    version: 2,
    name: "colours",
    sql: "ALTER TABLE notes ADD COLUMN colour {text}; CREATE TABLE more (n {int}) {strict};",
};

const BROKEN: Migration = Migration {
    version: 2,
    name: "broken",
    sql: "CREATE TABLE half (n {int}); CREATE TABLE half (n {int});",
};

const OWN_WORDS: Migration = Migration {
    version: 2,
    name: "own words",
    sql: "CREATE TABLE engine (name {text}) {strict};
    -- postgres only
    INSERT INTO engine VALUES (upper('postgres')::text);
    -- sqlite only
    INSERT INTO engine VALUES (upper('sqlite') || iif(1, '', ''));
    -- both
    INSERT INTO engine VALUES ('BOTH');",
};

fn two() -> Vec<Migration> {
    [NOTES, &[NEXT]].concat()
}

#[rstest]
#[tokio::test]
async fn a_schema_is_created_brought_up_to_date_and_then_left_alone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::fresh(backend);
    place.open(NOTES).await.close().await;
    place.open(&two()).await.close().await;
    let db = place.open(&two()).await;
    let mut tx = db.read().await.unwrap();
    let rows = sql!("SELECT version FROM schema_version").fetch_all(&mut tx).await.unwrap();
    assert_eq!(rows.len(), 2);
    sql!("SELECT colour FROM notes, more").fetch_all(&mut tx).await.unwrap();
}

#[rstest]
#[case::sqlite(Backend::Sqlite, "SQLITE")]
#[case::postgres(Backend::Postgres, "POSTGRES")]
#[tokio::test]
async fn each_engine_is_given_its_own_words(#[case] backend: Backend, #[case] expected: &str) {
    let place = Place::fresh(backend);
    let db = place.open(&[NOTES, &[OWN_WORDS]].concat()).await;
    let mut tx = db.read().await.unwrap();
    let rows = sql!("SELECT name FROM engine").fetch_all(&mut tx).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
    assert_eq!(names, [expected, "BOTH"]);
}

#[rstest]
#[tokio::test]
async fn a_newer_schema_is_refused(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let place = Place::fresh(backend);
    place.open(&two()).await.close().await;
    let error = Db::open(&place.url, NOTES).await.unwrap_err();
    assert!(matches!(error, DbError::NewerSchema { found: 2, known: 1, .. }), "{error:?}");
    assert!(error.to_string().contains("start the newer program"));
}

#[rstest]
#[tokio::test]
async fn an_altered_migration_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::fresh(backend);
    place.open(&two()).await.close().await;
    let altered = Migration { sql: "CREATE TABLE other (n {int})", ..NEXT };
    let error = Db::open(&place.url, &[NOTES, &[altered]].concat()).await.unwrap_err();
    assert!(
        matches!(&error, DbError::Altered { version: 2, name } if name == "colours"),
        "{error:?}"
    );
}

#[rstest]
#[tokio::test]
async fn a_broken_migration_leaves_nothing_behind(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::fresh(backend);
    let error = Db::open(&place.url, &[NOTES, &[BROKEN]].concat()).await.unwrap_err();
    assert!(matches!(error, DbError::Migration { version: 2, .. }), "{error:?}");
    let db = place.open(&two()).await;
    let mut tx = db.read().await.unwrap();
    assert!(sql!("SELECT n FROM half").fetch_all(&mut tx).await.is_err());
}

#[rstest]
#[tokio::test]
async fn several_processes_may_start_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::fresh(backend);
    let migrations = two();
    let (one, two, three) = tokio::join!(
        Db::open(&place.url, &migrations),
        Db::open(&place.url, &migrations),
        Db::open(&place.url, &migrations),
    );
    for db in [one, two, three] {
        db.unwrap().close().await;
    }
}

#[tokio::test]
async fn a_missing_folder_is_told() {
    let place = Place::fresh(Backend::Sqlite);
    let url = place.url.replace("test.db", "nowhere/test.db");
    let error = Db::open(&url, NOTES).await.unwrap_err();
    assert!(matches!(error, DbError::Missing { .. }), "{error:?}");
    assert!(error.to_string().contains("nowhere of the database file does not exist: create it"));
}

#[tokio::test]
async fn a_missing_database_is_told() {
    let url = postgres_url().replace("/postgres", "/no_such_database");
    let error = Db::open(&url, NOTES).await.unwrap_err();
    assert!(matches!(error, DbError::Missing { .. }), "{error:?}");
    assert!(error.to_string().contains("\"no_such_database\" does not exist: create it"));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let error = Db::open("postgres://tenure@127.0.0.1:1/tenure", NOTES).await.unwrap_err();
    assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = Place::fresh(Backend::Sqlite);
    let path = place.folder.as_ref().unwrap().join("test.db");
    std::fs::write(path, "nothing that SQLite wrote".repeat(100)).unwrap();
    let error = Db::open(&place.url, NOTES).await.unwrap_err();
    assert!(matches!(error, DbError::Driver(_)), "{error:?}");
}

#[rstest]
#[case::engine("mysql://root@localhost/x", "neither with sqlite: nor with postgres:")]
#[case::no_path("sqlite:", "must name a file")]
#[case::memory("sqlite::memory:", "must name a file")]
#[case::schema("postgres://a@b/c?schema=x;drop", "schema=x;drop")]
#[case::schema_digit("postgres://a@b/c?schema=1x", "no digit first")]
#[case::connections("postgres://a@b/c?connections=0", "connections=0")]
#[tokio::test]
async fn a_wrong_url_is_told(#[case] url: &str, #[case] expected: &str) {
    let error = Db::open(url, NOTES).await.unwrap_err();
    assert!(matches!(error, DbError::Url(_)), "{error:?}");
    assert!(error.to_string().contains(expected), "{error}");
}

#[tokio::test]
async fn a_password_is_never_shown() {
    let url = postgres_url().replace("tenure@", "tenure:hunter2@");
    let db = Db::open(&url, &[]).await;
    assert!(!format!("{db:?}").contains("hunter2"));
    let refused = Db::open("postgres://tenure:hunter2@127.0.0.1:x/tenure", &[]).await.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_schema_may_be_named_by_a_word_of_sql() {
    let url = format!("{}?schema=order&connections=1", postgres_url());
    let db = Db::open(&url, NOTES).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    sql!("SELECT count(*) FROM \"order\".notes").fetch_one(&mut tx).await.unwrap();
    tx.batch("DROP SCHEMA \"order\" CASCADE").await.unwrap();
    tx.commit().await.unwrap();
}
