//! Opens SQLite or PostgreSQL, begins transactions, and knows the few differences between the two.
//!
//! One SQL text serves both engines ([`sql!`]), with native types on each ([`Value`]). Not here: any
//! table of a service (but for `schema_version`, which remembers the migrations), and any clock.
//!
//! ```ignore
//! static DUE: Stmt = sql!("SELECT id FROM alarms WHERE alarm_at <= $1 ORDER BY alarm_at LIMIT $2" skip_locked);
//!
//! let mut tx = db.begin().await?;
//! let rows = DUE.bind(now).bind(100_i64).fetch_all(&mut tx).await?;
//! let ids = rows.iter().map(|row| row.get::<Uuid>(0)).collect::<Result<Vec<_>, _>>()?;
//! tx.commit().await?;
//! ```

mod bind;
mod conn;
mod error;
mod handle;
mod many;
mod meters;
mod migrate;
mod pool;
mod row;
mod schema;
mod sight;
mod stmt;
mod survey;
mod tx;
mod url;
mod value;

pub use error::DbError;
pub use handle::Db;
pub use many::write_many;
pub use migrate::Migration;
pub use row::Row;
pub use schema::{Schema, Step};
pub use sight::Sight;
pub use stmt::{Query, Stmt};
pub use survey::{Role, Survey};
pub use tx::Tx;
pub use url::place_of;
pub use value::{FromSql, Json, Kind, Sql, Value};

/// Which database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file, one writer at a time.
    Sqlite,
    /// A server, many writers.
    Postgres,
}

#[cfg(test)]
mod tests;
