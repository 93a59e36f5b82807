//! A fresh database of each kind, a clock at noon, and a look at the walls of tables: what every
//! service's tests start from. A dev-dependency, never shipped.

mod database;
mod later;
mod schema;
mod wall;

pub use clock::ManualClock;
pub use database::{Backend, TestDb, drop_schema, postgres_url};
pub use schema::schema_of;
pub use vocab::IdGen;
pub use wall::assert_walled;

use jiff::{Timestamp, civil::date, tz::TimeZone};

/// Returns the instant at which tests begin: 2026-01-10T12:00:00Z, far from any end of a month.
///
/// # Panics
///
/// Never: that day exists.
#[expect(clippy::expect_used, reason = "a constant instant, used in tests")]
pub fn noon() -> Timestamp {
    TimeZone::UTC.to_timestamp(date(2026, 1, 10).at(12, 0, 0, 0)).expect("noon exists")
}

#[cfg(test)]
mod tests;
