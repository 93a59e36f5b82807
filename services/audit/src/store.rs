//! The SQL of the log, one file a noun. Entries and checkpoints are only ever inserted and read.

pub mod activity;
pub mod checkpoints;
pub mod entries;
pub mod signing_key;
pub mod tree_head;

use db::{DbError, Migration};

use crate::domain::Hash;

/// The schema.
pub const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "log", sql: include_str!("../migrations/0001_log.sql") }];

/// Reads a hash, which has 32 bytes.
fn hash(bytes: Vec<u8>, table: &str, column: &str, row: i64) -> Result<Hash, DbError> {
    bytes.try_into().map(Hash).map_err(|_| DbError::corrupt(table, column, row.to_string()))
}
