//! Tries the walls of PostgreSQL's tables with everything above them left out: raw statements, as the owner
//! of the tables, on behalf of somebody.

use std::collections::BTreeMap;

use db::{Db, DbError, Sight, Stmt, Tx};
use uuid::Uuid;

/// Every table with a wall, and whether its rows name their partner.
const WALLED: &str = "SELECT p.tablename, EXISTS (SELECT 1 FROM information_schema.columns AS c
      WHERE c.table_schema = p.schemaname AND c.table_name = p.tablename
        AND c.column_name = 'partner_id')
     FROM pg_policies AS p WHERE p.schemaname = current_schema() ORDER BY 1";

/// Every table whose rows name a partner and that has no wall.
const OPEN: &str = "SELECT c.table_name FROM information_schema.columns AS c
     WHERE c.table_schema = current_schema() AND c.column_name LIKE '%partner_id'
       AND NOT EXISTS (SELECT 1 FROM pg_policies AS p
         WHERE p.schemaname = c.table_schema AND p.tablename = c.table_name)
     ORDER BY 1";

/// Asserts, on a database all of whose rows are those of `own`: whoever acts for it has all of them, and
/// for `other` there is none, to be read, changed or removed; nor can either make a row another's. `filled`
/// are tables with a wall in which there is something, `open` those without one whose rows name a partner.
///
/// # Panics
///
/// If it is not so.
#[expect(clippy::panic, reason = "a test that found a hole has failed")]
#[expect(clippy::expect_used, reason = "a test without its database has failed")]
pub async fn assert_walled(db: &Db, own: Uuid, other: Uuid, filled: &[&str], open: &[&str]) {
    let mut tx = db.begin().await.expect("a transaction");
    let walled: BTreeMap<String, bool> = rows(&mut tx, WALLED)
        .await
        .iter()
        .map(|row| (row.get(0).expect("a name"), row.get(1).expect("a truth")))
        .collect();
    let without: Vec<String> =
        rows(&mut tx, OPEN).await.iter().map(|row| row.get(0).expect("a name")).collect();
    drop(tx);
    assert_eq!(without, open, "tables with partners and without a wall");
    for (table, names_partner) in &walled {
        let all = count(db, Sight::All, table).await;
        assert_eq!(0 < all, filled.contains(&table.as_str()), "{table} has {all} rows");
        assert_eq!(count(db, Sight::Partner(own), table).await, all, "{table} for its own");
        assert_eq!(count(db, Sight::Partner(other), table).await, 0, "{table} for another");
        assert_eq!(count(db, Sight::Customer(other), table).await, 0, "{table} for a customer");
        let remove = format!("DELETE FROM {table}");
        let removed = run(db, Sight::Partner(other), table, &remove).await;
        assert_eq!(removed.unwrap_or(0), 0, "{table}: what is not there cannot be removed");
        if *names_partner && 0 < all {
            let give = format!("UPDATE {table} SET partner_id = '{other}'");
            let taken = run(db, Sight::Partner(other), table, &give).await;
            assert_eq!(taken.unwrap_or(0), 0, "{table}: what is not there cannot be taken");
            let Err(refusal) = run(db, Sight::Partner(own), table, &give).await else {
                panic!("{table}: a row could be made another's")
            };
            let cause = std::error::Error::source(&refusal).map(ToString::to_string);
            let is_refused = ["row-level security", "append-only"];
            let is_refused = |why: String| is_refused.iter().any(|word| why.contains(word));
            assert!(cause.is_some_and(is_refused), "{refusal:?}");
        }
    }
}

async fn count(db: &Db, sight: Sight, table: &str) -> i64 {
    let mut tx = owner(db, sight, table).await;
    let counted = rows(&mut tx, &format!("SELECT count(*) FROM {table}")).await;
    counted.first().and_then(|row| row.get(0).ok()).unwrap_or(-1)
}

async fn run(db: &Db, sight: Sight, table: &str, sql: &str) -> Result<u64, DbError> {
    let mut tx = owner(db, sight, table).await;
    stmt(sql).execute(&mut tx).await
}

/// Begins a transaction of somebody who owns a table, and is nobody else: superusers climb every wall.
#[expect(clippy::expect_used, reason = "a test without its database has failed")]
async fn owner(db: &Db, sight: Sight, table: &str) -> Tx {
    let mut tx = db.begin_as(sight).await.expect("a transaction");
    // Never committed, so the role is gone with the transaction.
    let schema = rows(&mut tx, "SELECT current_schema()").await;
    let schema: String = schema.first().and_then(|row| row.get(0).ok()).expect("a schema");
    let role = format!("owner_of_{schema}");
    for sql in [
        format!("CREATE ROLE {role}"),
        format!("GRANT {role} TO CURRENT_USER"),
        format!("GRANT ALL ON SCHEMA {schema} TO {role}"),
        format!("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}"),
        format!("ALTER TABLE {table} OWNER TO {role}"),
        format!("SET LOCAL ROLE {role}"),
    ] {
        stmt(&sql).execute(&mut tx).await.expect("a statement for the owner");
    }
    tx
}

#[expect(clippy::expect_used, reason = "a test without its database has failed")]
async fn rows(tx: &mut Tx, sql: &str) -> Vec<db::Row> {
    stmt(sql).fetch_all(tx).await.expect("rows")
}

/// A test has few of them, so they may stay for good.
fn stmt(sql: &str) -> Stmt {
    let text: &'static str = sql.to_owned().leak();
    Stmt { pg: text, lite: text }
}
