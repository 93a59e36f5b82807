//! What goes in comes out.

use jiff::{Timestamp, civil::Date};
use rstest::rstest;
use uuid::Uuid;

use super::{Backend, Place, id};
use crate::{Db, DbError, FromSql, Json, Migration, Stmt, sql};

const SAMPLES: &[Migration] = &[Migration {
    version: 1,
    name: "samples",
    sql: "CREATE TABLE samples (
        n {int} PRIMARY KEY, id {uuid}, words {text}, raw {bytes}, yes {bool}, at {ts}, day {date},
        doc {json}
    ) {strict}",
}];

static PUT: Stmt = sql!("INSERT INTO samples VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
static GET: Stmt = sql!("SELECT n, id, words, raw, yes, at, day, doc FROM samples WHERE n = $1");

async fn samples(backend: Backend) -> (Place, Db) {
    let place = Place::fresh(backend);
    let db = place.open(SAMPLES).await;
    (place, db)
}

type Sample =
    (i64, Uuid, &'static str, &'static str, bool, &'static str, &'static str, &'static str);

#[rstest]
#[case::ordinary((1, id(7), "häß'\"\\", "\0ä", true, "2026-01-10T12:00:00.123Z", "2026-01-31", r#"{"a": [1, "x"]}"#))]
#[case::empty((0, Uuid::nil(), "", "", false, "1970-01-01T00:00:00Z", "1970-01-01", "{}"))]
#[case::microseconds((-1, Uuid::max(), "x", "x", true, "2026-01-10T12:00:00.123456Z", "2000-01-01", "[]"))]
#[case::before_the_epochs((i64::MIN, id(1), "x", "x", true, "1969-12-31T23:59:59.999999Z", "1999-12-31", "1"))]
#[case::far_away((i64::MAX, id(1), "x", "x", true, "9999-12-30T22:00:00Z", "9999-12-31", r#""x""#))]
#[tokio::test]
async fn every_type_comes_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] sample: Sample,
) {
    let (n, id, words, raw, yes, at, day, doc) = sample;
    let (at, day): (Timestamp, Date) = (at.parse().unwrap(), day.parse().unwrap());
    let (_place, db) = samples(backend).await;
    let mut tx = db.begin().await.unwrap();
    let put = PUT.bind(n).bind(id).bind(words).bind(raw.as_bytes()).bind(yes).bind(at).bind(day);
    put.bind(Json(doc.to_owned())).execute(&mut tx).await.unwrap();

    let row = GET.bind(n).fetch_one(&mut tx).await.unwrap();

    assert_eq!(row.get::<i64>(0).unwrap(), n);
    assert_eq!(row.get::<Uuid>(1).unwrap(), id);
    assert_eq!(row.get::<String>(2).unwrap(), words);
    assert_eq!(row.get::<Vec<u8>>(3).unwrap(), raw.as_bytes());
    assert_eq!(row.get::<bool>(4).unwrap(), yes);
    assert_eq!(row.get::<Timestamp>(5).unwrap(), at);
    assert_eq!(row.get::<Date>(6).unwrap(), day);
    assert_eq!(row.get::<Json>(7).unwrap().0, doc);
    assert_eq!(row.get::<Option<Uuid>>(1).unwrap(), Some(id));
}

#[rstest]
#[tokio::test]
async fn every_type_can_be_null(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (_place, db) = samples(backend).await;
    let mut tx = db.begin().await.unwrap();
    let put = PUT.bind(1_i64).bind(None::<Uuid>).bind(None::<&str>).bind(None::<Vec<u8>>);
    let put = put.bind(None::<bool>).bind(None::<Timestamp>).bind(None::<Date>);
    put.bind(None::<Json>).execute(&mut tx).await.unwrap();

    let row = GET.bind(1_i64).fetch_one(&mut tx).await.unwrap();

    assert_eq!(row.get::<Option<Uuid>>(1).unwrap(), None);
    assert_eq!(row.get::<Option<String>>(2).unwrap(), None);
    assert_eq!(row.get::<Option<Vec<u8>>>(3).unwrap(), None);
    assert_eq!(row.get::<Option<bool>>(4).unwrap(), None);
    assert_eq!(row.get::<Option<Timestamp>>(5).unwrap(), None);
    assert_eq!(row.get::<Option<Date>>(6).unwrap(), None);
    assert_eq!(row.get::<Option<Json>>(7).unwrap(), None);
    assert!(matches!(row.get::<Uuid>(1), Err(DbError::Corrupt { .. })));
}

#[rstest]
#[tokio::test]
async fn instants_and_days_sort_by_time(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = samples(backend).await;
    let mut tx = db.begin().await.unwrap();
    for (n, at, day) in [
        (1_i64, "2026-01-01T00:00:00.5Z", "2026-10-01"),
        (2, "2026-01-01T00:00:00Z", "2026-09-30"),
        (3, "1960-01-01T00:00:00.001Z", "1960-12-31"),
    ] {
        let (at, day): (Timestamp, Date) = (at.parse().unwrap(), day.parse().unwrap());
        sql!("INSERT INTO samples (n, at, day) VALUES ($1, $2, $3)")
            .bind(n)
            .bind(at)
            .bind(day)
            .execute(&mut tx)
            .await
            .unwrap();
    }

    for text in [
        sql!("SELECT n FROM samples WHERE at <= $1 AND day < $2 ORDER BY at"),
        sql!("SELECT n FROM samples WHERE at <= $1 AND day < $2 ORDER BY day"),
    ] {
        let until: Timestamp = "2026-01-01T00:00:00.5Z".parse().unwrap();
        let before: Date = "2026-10-02".parse().unwrap();
        let rows = text.bind(until).bind(before).fetch_all(&mut tx).await.unwrap();
        let found: Vec<i64> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        assert_eq!(found, [3, 2, 1]);
    }
}

/// Reads the first column of a statement as `T` and returns what the error says.
async fn misread<T: FromSql + std::fmt::Debug>(backend: Backend, stmt: Stmt) -> String {
    let (_place, db) = samples(backend).await;
    let mut tx = db.read().await.unwrap();
    let row = stmt.fetch_one(&mut tx).await.unwrap();
    row.get::<T>(0).unwrap_err().to_string()
}

#[rstest]
#[tokio::test]
async fn a_value_of_another_type_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let text = sql!("SELECT CAST('x' AS TEXT) AS state");
    assert!(misread::<i64>(backend, text).await.contains("column 0 (state) of a query"));
    assert!(misread::<Uuid>(backend, text).await.contains("TEXT where Uuid is expected"));
    assert!(misread::<bool>(backend, sql!("SELECT 'x'")).await.contains("Bool is expected"));
    assert!(misread::<u32>(backend, sql!("SELECT -1")).await.contains("out of range"));
    assert!(misread::<i32>(backend, sql!("SELECT 3000000000")).await.contains("out of range"));
    assert!(misread::<String>(backend, sql!("SELECT NULL")).await.contains("NULL"));
}

#[rstest]
#[tokio::test]
async fn a_column_that_is_not_there_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = samples(backend).await;
    let mut tx = db.read().await.unwrap();
    let row = sql!("SELECT 1").fetch_one(&mut tx).await.unwrap();
    assert!(matches!(row.get::<i64>(1), Err(DbError::Corrupt { .. })));
}

#[rstest]
#[tokio::test]
async fn counts_and_sums_are_integers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = samples(backend).await;
    let mut tx = db.read().await.unwrap();
    let row = sql!("SELECT count(*), CAST(coalesce(sum(n), 0) AS BIGINT), 1, $1 + 1 FROM samples")
        .bind(41_i64)
        .fetch_one(&mut tx)
        .await
        .unwrap();
    let numbers: Vec<i64> = (0..4).map(|i| row.get(i).unwrap()).collect();
    assert_eq!(numbers, [0, 0, 1, 42]);
}
