//! The kit itself: tests that use it must not meet each other.

use db::sql;
use rstest::rstest;

use super::{Backend, TestDb, noon};

const MIGRATIONS: &[db::Migration] =
    &[db::Migration { version: 1, name: "t", sql: "CREATE TABLE t (n {int}) {strict}" }];

#[rstest]
#[tokio::test]
async fn every_test_has_a_database_of_its_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let one = TestDb::fresh(backend, MIGRATIONS).await;
    let two = TestDb::fresh(backend, MIGRATIONS).await;
    let mut tx = one.db.begin().await.unwrap();
    sql!("INSERT INTO t VALUES (1)").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    let again = db::Db::open(&one.url, MIGRATIONS).await.unwrap();
    for (db, expected) in [(&one.db, 1_i64), (&again, 1), (&two.db, 0)] {
        let mut tx = db.read().await.unwrap();
        let row = sql!("SELECT count(*) FROM t").fetch_one(&mut tx).await.unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), expected);
    }
}

#[test]
fn noon_is_noon() {
    assert_eq!(noon().to_string(), "2026-01-10T12:00:00Z");
}
