//! One text, two engines: the words of `sql!`, and writes of many rows.

use rstest::rstest;
use uuid::Uuid;

use super::{Backend, id, notes};
use crate::{Db, Stmt, Tx, Value, sql, values, write_many};

const INSERT: &str = "INSERT INTO notes (id, name, size)";

fn rows(numbers: impl Iterator<Item = i64>) -> Vec<Vec<Value>> {
    numbers.map(|n| values![id(n.unsigned_abs().into()), format!("n{n}"), n]).collect()
}

async fn filled(db: &Db, count: i64) -> Tx {
    let mut tx = db.begin().await.unwrap();
    let written = write_many(&mut tx, INSERT, rows(0..count), "").await.unwrap();
    assert_eq!(written, count.unsigned_abs());
    tx
}

async fn sizes(query: crate::Query, tx: &mut Tx) -> Vec<i64> {
    let rows = query.fetch_all(tx).await.unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

#[test]
fn a_text_is_put_together_for_each_engine() {
    const CLAIM: Stmt = sql!("SELECT a FROM t WHERE id" any_open "SELECT id FROM t" skip_locked any_close "AND b" in_uuids "$1" " AND c" in_texts "$2");
    assert_eq!(
        CLAIM.pg,
        "SELECT a FROM t WHERE id = ANY(ARRAY(SELECT id FROM t FOR UPDATE SKIP LOCKED )) \
         AND b = ANY($1) AND c = ANY($2)"
    );
    assert_eq!(
        CLAIM.lite,
        "SELECT a FROM t WHERE id IN (SELECT id FROM t) \
         AND b IN (SELECT unhex(value) FROM json_each($1)) \
         AND c IN (SELECT value FROM json_each($2))"
    );
}

#[rstest]
#[case::lock(sql!("SELECT size FROM notes WHERE size = $1" for_update))]
#[case::share(sql!("SELECT size FROM notes WHERE size = $1" for_share))]
#[case::skip(sql!("SELECT size FROM notes WHERE size = $1" skip_locked))]
#[case::claim(sql!("UPDATE notes SET size = size WHERE id " any_open "SELECT id FROM notes WHERE size = $1 LIMIT 1" skip_locked any_close " RETURNING size"))]
#[case::least(sql!("SELECT" least "(CAST($1 AS BIGINT), 9)"))]
#[case::greatest(sql!("SELECT" greatest "(CAST($1 AS BIGINT), 1)"))]
#[tokio::test]
async fn a_word_works_on_both_engines(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] stmt: Stmt,
) {
    let (_place, db) = notes(backend).await;
    let mut tx = filled(&db, 10).await;
    assert_eq!(sizes(stmt.bind(7_i64), &mut tx).await, [7]);
}

#[rstest]
#[tokio::test]
async fn many_ids_and_many_texts_are_one_parameter(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    let mut tx = filled(&db, 10).await;
    let by_id = sql!("SELECT size FROM notes WHERE id" in_uuids "$1" " ORDER BY size");
    let by_name = sql!("SELECT size FROM notes WHERE name" in_texts "$1" " ORDER BY size");

    assert_eq!(sizes(by_id.bind(vec![id(8), id(3), id(99)]), &mut tx).await, [3, 8]);
    assert_eq!(sizes(by_id.bind(Vec::<Uuid>::new()), &mut tx).await, [0_i64; 0]);
    let names: Vec<String> = ["n4", "n1", "\"],[\\"].map(str::to_owned).into();
    assert_eq!(sizes(by_name.bind(names), &mut tx).await, [1, 4]);
}

#[rstest]
#[tokio::test]
async fn many_rows_are_written_and_written_over(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    let mut tx = filled(&db, 1_500).await;
    let doubled =
        (0..1_501).map(|n| values![id(n), format!("n{n}"), i64::try_from(n).unwrap() * 2]);

    let written = write_many(
        &mut tx,
        INSERT,
        doubled.collect(),
        "ON CONFLICT (id) DO UPDATE SET size = excluded.size WHERE notes.size <> excluded.size",
    )
    .await
    .unwrap();

    // The row of 0 stayed as it was, the row of 1500 is new.
    assert_eq!(written, 1_500);
    let total = sql!("SELECT CAST(sum(size) AS BIGINT) FROM notes");
    assert_eq!(sizes(total.with(vec![]), &mut tx).await, [1_500 * 1_501]);
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn many_rows_can_be_updated_from_values(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    let mut tx = filled(&db, 100).await;
    let rows = (10..80_u128).map(|n| values![id(n), -1_i64]).collect();

    let written = write_many(
        &mut tx,
        "UPDATE notes SET size = v.column2 FROM (",
        rows,
        ") AS v WHERE notes.id = v.column1 AND notes.size < 50",
    )
    .await
    .unwrap();

    assert_eq!(written, 40);
    let changed = sql!("SELECT count(*) FROM notes WHERE size = $1");
    assert_eq!(sizes(changed.bind(-1_i64), &mut tx).await, [40]);
}

#[rstest]
#[tokio::test]
async fn wide_rows_stay_within_the_limit_of_parameters(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    const WIDE: &str = "INSERT INTO notes (id, name, size)
        SELECT column1, column2, column3 FROM (";
    let (_place, db) = notes(backend).await;
    let mut tx = db.begin().await.unwrap();
    // 512 rows of 200 values are more than either engine takes at once.
    let rows = (0..512_i64).map(|n| {
        let mut row = values![id(n.unsigned_abs().into()), format!("n{n}"), n];
        row.resize(200, Value::Int(n));
        row
    });
    assert_eq!(write_many(&mut tx, WIDE, rows.collect(), ") AS v").await.unwrap(), 512);
}

#[rstest]
#[tokio::test]
async fn no_rows_are_no_statement(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let (_place, db) = notes(backend).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(write_many(&mut tx, "not SQL", vec![], "at all").await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn rows_of_different_lengths_are_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let (_place, db) = notes(backend).await;
    let mut tx = db.begin().await.unwrap();
    let rows = vec![values![id(1), "a", 1_i64], values![id(2), "b"]];
    let refused = write_many(&mut tx, INSERT, rows, "").await;
    assert!(matches!(refused, Err(crate::DbError::Driver(_))), "{refused:?}");
}
