//! The SQL: purchases, pools, product keys, data keys, downloads, activations, migrations from volume
//! licensing. Nothing here decides, and nothing here decrypts.

pub mod activations;
pub mod data_keys;
pub mod download_links;
pub mod downloads;
pub mod handovers;
pub mod imports;
pub mod keys;
pub mod migration_changes;
pub mod migrations;
pub mod pools;
pub mod purchases;

use db::{DbError, Migration};
use jiff::Timestamp;
use uuid::Uuid;

/// The schema, for [`db::Db::open`].
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "keys", sql: include_str!("../migrations/0001_keys.sql") },
    Migration { version: 2, name: "mailbox", sql: mailbox::TABLES },
    Migration { version: 3, name: "test clocks", sql: clock::TEST_CLOCKS },
    Migration {
        version: 4,
        name: "downloads",
        sql: include_str!("../migrations/0004_downloads.sql"),
    },
    Migration {
        version: 5,
        name: "activations",
        sql: include_str!("../migrations/0005_activations.sql"),
    },
    Migration {
        version: 6,
        name: "migrations from volume licensing",
        sql: include_str!("../migrations/0006_migrations.sql"),
    },
    Migration { version: 7, name: "replays", sql: replay::TABLE },
    Migration { version: 8, name: "walls", sql: include_str!("../migrations/0008_walls.sql") },
    Migration {
        version: 9,
        name: "keys of SKUs",
        sql: include_str!("../migrations/0009_keys_of_skus.sql"),
    },
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

/// Returns the key of a row in a list that is sorted by time and id.
fn time_key(at: Timestamp, id: Uuid) -> String {
    format!("{}/{id}", at.as_millisecond())
}

/// Returns before which time and id the rows of a page lie, in a list whose newest come first.
fn newest_first(list: &str, page: &rpc::Page) -> Result<(Timestamp, Uuid), DbError> {
    let read = |key: &str| {
        let (millis, id) = key.split_once('/')?;
        let at = Timestamp::from_millisecond(millis.parse().ok()?).ok()?;
        Some((at, Uuid::try_parse(id).ok()?))
    };
    match page.after.as_deref() {
        Some(key) => read(key).ok_or_else(|| bad_key(list, key)),
        None => Ok((Timestamp::MAX, Uuid::max())),
    }
}
