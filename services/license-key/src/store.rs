//! The SQL: purchases, pools, product keys, data keys. Nothing here decides, and nothing here decrypts.

pub mod data_keys;
pub mod keys;
pub mod pools;
pub mod purchases;

use db::{DbError, Migration};

/// The schema, for [`db::Db::open`].
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "keys", sql: include_str!("../migrations/0001_keys.sql") },
    Migration { version: 2, name: "mailbox", sql: mailbox::TABLES },
    Migration { version: 3, name: "test clocks", sql: clock::TEST_CLOCKS },
];

/// Reads a column that holds a member of a closed list.
fn member<T: std::str::FromStr>(table: &str, column: &str, text: &str) -> Result<T, DbError> {
    text.parse().map_err(|_| DbError::corrupt(table, column, text))
}

/// Returns the number of rows to read for a page: one more than it holds, to know whether it is the
/// last.
fn limit(page: &rpc::Page) -> i64 {
    i64::try_from(page.size).unwrap_or(i64::MAX).saturating_add(1)
}

/// A page's key that we sealed ourselves and that is none.
fn bad_key(list: &str, key: &str) -> DbError {
    DbError::corrupt(list, "page_token", key)
}
