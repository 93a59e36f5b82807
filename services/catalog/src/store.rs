//! The SQL of the catalog, one file a noun. What is to be written is decided elsewhere.

pub mod blocked;
pub mod feed;
pub mod head;
pub mod offers;
pub mod products;
pub mod promotions;
pub mod revisions;
pub mod staging;

use db::{DbError, Json, Migration, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The schema of this service.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "catalog", sql: include_str!("../migrations/0001_catalog.sql") },
    Migration { version: 2, name: "replays", sql: replay::TABLE },
    Migration { version: 3, name: "mailbox", sql: mailbox::TABLES },
    Migration {
        version: 4,
        name: "promotions",
        sql: include_str!("../migrations/0004_promotions.sql"),
    },
    Migration {
        version: 5,
        name: "exclusive offers",
        sql: include_str!("../migrations/0005_exclusive_offers.sql"),
    },
    Migration {
        version: 6,
        name: "staged offers",
        sql: include_str!("../migrations/0006_staged_offers.sql"),
    },
];

/// Writes a value as JSON; what is stored here has text keys alone, which cannot fail.
fn json<T: Serialize>(value: &T) -> Json {
    Json(serde_json::to_string(value).unwrap_or_default())
}

/// Reads the JSON in column `index`.
fn body<T: DeserializeOwned>(table: &str, row: &Row, index: usize) -> Result<T, DbError> {
    let Json(text) = row.get(index)?;
    serde_json::from_str(&text).map_err(|error| DbError::corrupt(table, "body", error.to_string()))
}
