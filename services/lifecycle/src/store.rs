//! The SQL. One file a noun; every function works on many. Nothing here decides.

pub mod changes;
pub mod charges;
pub mod customers;
pub mod feed;
pub mod invoices;
pub mod listing;
pub mod subscriptions;
pub mod timers;
pub mod transfers;

use db::{DbError, Migration, Tx};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::ClockId;

use crate::domain::Change;

/// The schema of this service, with the tables of the shared crates.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "lifecycle",
        sql: include_str!("../migrations/0001_lifecycle.sql"),
    },
    Migration { version: 2, name: "replays", sql: replay::TABLE },
    Migration { version: 3, name: "mailbox", sql: mailbox::TABLES },
    Migration { version: 4, name: "test clocks", sql: clock::TEST_CLOCKS },
    Migration { version: 5, name: "price list", sql: price_list::TABLES },
    Migration { version: 6, name: "promotions", sql: price_list::PROMOTION_TABLES },
    Migration {
        version: 7,
        name: "billed elsewhere",
        sql: include_str!("../migrations/0002_billed_elsewhere.sql"),
    },
    Migration { version: 8, name: "feed", sql: include_str!("../migrations/0003_feed.sql") },
    Migration {
        version: 9,
        name: "transfers",
        sql: include_str!("../migrations/0004_transfers.sql"),
    },
    Migration { version: 10, name: "price list of add-ons", sql: price_list::ADD_ON_TABLES },
    Migration { version: 11, name: "add-ons", sql: include_str!("../migrations/0005_add_ons.sql") },
    Migration { version: 12, name: "walls", sql: include_str!("../migrations/0006_walls.sql") },
    Migration {
        version: 13,
        name: "moved feed",
        sql: include_str!("../migrations/0007_moved_feed.sql"),
    },
];

/// Writes changes at an instant of the real clock: the subscriptions with their alarms, the history,
/// and the money on its invoices.
///
/// Several changes of one subscription stand in their order; its row is written once, as the last
/// one leaves it.
///
/// # Errors
///
/// [`DbError::Raced`] if a stored version is not one before the changes'.
pub async fn save(tx: &mut Tx, changes: &[Change], real_now: Timestamp) -> Result<(), DbError> {
    subscriptions::upsert(tx, changes).await?;
    changes::append(tx, changes, real_now).await?;
    charges::append(tx, changes).await
}

/// Returns the id of a clock as a column holds it: nil is real time.
pub(crate) fn clock_column(clock: Option<ClockId>) -> Uuid {
    clock.map_or(Uuid::nil(), |clock| clock.0)
}

/// Returns the clock that a column names.
pub(crate) fn clock_of(column: Uuid) -> Option<ClockId> {
    if column.is_nil() { None } else { Some(ClockId(column)) }
}

/// Reads JSON that a column holds.
///
/// # Errors
///
/// [`DbError::Corrupt`] with table, column and row.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(
    json: &str,
    (table, column): (&str, &str),
    row: Uuid,
) -> Result<T, DbError> {
    serde_json::from_str(json)
        .map_err(|error| DbError::corrupt(table, column, format!("{row}: {error}")))
}

/// Writes a value as the JSON of a column.
///
/// # Errors
///
/// [`DbError::Corrupt`]; our own types can always be written.
pub(crate) fn json<T: serde::Serialize>(
    value: &T,
    (table, column): (&str, &str),
) -> Result<db::Json, DbError> {
    serde_json::to_string(value)
        .map(db::Json)
        .map_err(|_| DbError::corrupt(table, column, "a row to be written"))
}
