//! The SQL of the log, one file a noun. Entries and checkpoints are only ever inserted and read,
//! but for names that are erased.

pub mod activity;
pub mod checkpoints;
pub mod entries;
pub mod nodes;
pub mod signing_key;
pub mod tree_head;

use db::{DbError, Migration, Tx};

use crate::domain::{Appended, Hash, Receipt};

/// The schema.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "log", sql: include_str!("../migrations/0001_log.sql") },
    Migration {
        version: 2,
        name: "evidence",
        sql: include_str!("../migrations/0002_evidence.sql"),
    },
    Migration { version: 3, name: "replays", sql: replay::TABLE },
    Migration { version: 4, name: "walls", sql: include_str!("../migrations/0004_walls.sql") },
    Migration {
        version: 5,
        name: "append_time",
        sql: include_str!("../migrations/0005_append_time.sql"),
    },
];

/// Writes what an append does, and returns its receipts.
pub async fn write(tx: &mut Tx, appended: Appended) -> Result<Vec<Receipt>, DbError> {
    let Appended { logged, tree, nodes, receipts } = appended;
    if let Some(appended_at) = logged.last().map(|last| last.appended_at) {
        entries::insert(tx, logged).await?;
        nodes::insert(tx, &nodes).await?;
        tree_head::save(tx, &tree, appended_at).await?;
    }
    Ok(receipts)
}

/// Reads a hash, which has 32 bytes.
fn hash(bytes: Vec<u8>, table: &str, column: &str, row: i64) -> Result<Hash, DbError> {
    bytes.try_into().map(Hash).map_err(|_| DbError::corrupt(table, column, row.to_string()))
}
