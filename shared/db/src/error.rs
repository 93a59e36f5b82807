//! Every way in which a database fails its caller, told apart once from what the drivers say.

use std::error::Error as StdError;

use sqlx::error::DatabaseError;

use crate::meters;

/// Why the database could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The driver or the engine refused, for a reason that no caller can do anything about.
    #[error("the database refused a statement")]
    Driver(#[source] sqlx::Error),
    /// A stored value is not what its column should hold.
    #[error("column {column} of {table} holds a value that cannot be read ({row})")]
    Corrupt {
        /// The table, or `a query` where only the statement is known.
        table: String,
        /// The column's name.
        column: String,
        /// Which row, or what was found in it.
        row: String,
    },
    /// Somebody else wrote the row between our reading and our writing it.
    #[error("row {row} of {table} was changed by somebody else in the meantime")]
    Raced {
        /// The table of the row.
        table: &'static str,
        /// The row's key.
        row: String,
    },
    /// The engine chose this transaction as the victim of a deadlock, a serialization failure or a
    /// lock that was not freed in time.
    #[error("the transaction collided with another one")]
    Conflict(#[source] sqlx::Error),
    /// A row with this key is already there.
    #[error("a row with this key exists already ({constraint})")]
    Unique {
        /// The constraint's name on PostgreSQL, `table.column, ..` on SQLite.
        constraint: String,
    },
    /// A statement of this transaction failed before, so that nothing of it can be saved.
    #[error("an earlier statement of this transaction failed, so nothing of it is saved")]
    Aborted,
    /// The disk of the database is full.
    #[error("the disk of the database is full: free some space, nothing was changed")]
    Full,
    /// The database cannot be reached, is starting or stopping, or has no connection to spare.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// The database, or the folder for it, does not exist.
    #[error("{what}: {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// The URL is not one that this crate understands.
    #[error("the database URL {0}")]
    Url(String),
    /// A newer program has already migrated the database, so that this one cannot work on it.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}, and \
         {unknown:?} is not made for it: start the newer program, or restore the backup from before \
         the upgrade"
    )]
    NewerSchema {
        /// The newest version in the database.
        found: i64,
        /// The newest version of this program; 0 if it has none.
        known: i64,
        /// The name of the first migration that is not made for older programs.
        unknown: String,
    },
    /// The database lacks migrations, and this process is not to apply them.
    #[error(
        "the database has schema version {found}, this program needs {known}: run `tenure migrate`, \
         or let the service migrate by itself (db_migrate = true)"
    )]
    OlderSchema {
        /// The newest version in the database; 0 if it has none.
        found: i64,
        /// The newest version of this program.
        known: i64,
    },
    /// A migration that the database has is not the one that this program has under its number.
    #[error(
        "migration {version} ({name}) was applied with another text: \
         restore its text, and put the change into a new migration"
    )]
    Altered {
        /// The migration's version.
        version: i64,
        /// The migration's name.
        name: String,
    },
    /// A migration failed; nothing of it was kept.
    #[error("migration {version} ({name}) failed")]
    Migration {
        /// The migration's version.
        version: i64,
        /// The migration's name.
        name: &'static str,
        /// Why.
        #[source]
        source: Box<DbError>,
    },
}

impl DbError {
    /// Returns whether the same work may succeed if it is done again from its beginning, in a new
    /// transaction.
    ///
    /// After [`DbError::Unavailable`] from a commit it is unknown whether the work was saved, so the
    /// work must be one that may be done twice.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Raced { .. } | Self::Conflict(_) | Self::Unavailable(_) => true,
            Self::Driver(_)
            | Self::Corrupt { .. }
            | Self::Unique { .. }
            | Self::Aborted
            | Self::Full
            | Self::Missing { .. }
            | Self::Url(_)
            | Self::NewerSchema { .. }
            | Self::OlderSchema { .. }
            | Self::Altered { .. }
            | Self::Migration { .. } => false,
        }
    }

    /// Returns what kind of error it is, for those who count.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Driver(_) => "driver",
            Self::Corrupt { .. } => "corrupt",
            Self::Raced { .. } => "raced",
            Self::Conflict(_) => "conflict",
            Self::Unique { .. } => "unique",
            Self::Aborted => "aborted",
            Self::Full => "full",
            Self::Unavailable(_) => "unavailable",
            Self::Missing { .. } => "missing",
            Self::Url(_) => "url",
            Self::NewerSchema { .. }
            | Self::OlderSchema { .. }
            | Self::Altered { .. }
            | Self::Migration { .. } => "schema",
        }
    }

    /// Returns the error of a stored value that a store could not turn into its domain type.
    pub fn corrupt(table: &str, column: &str, row: impl Into<String>) -> Self {
        meters::violated();
        Self::Corrupt { table: table.to_owned(), column: column.to_owned(), row: row.into() }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;

        if let E::Database(refusal) = &error {
            let class = Class::of(refusal.as_ref());
            return class.with(error);
        }
        let is_lost = matches!(error, E::Io(_) | E::Tls(_) | E::WorkerCrashed | E::Protocol(_));
        if is_lost { Self::Unavailable(Box::new(error)) } else { Self::Driver(error) }
    }
}

/// What an engine's error code means to us.
enum Class {
    Unique(String),
    Conflict,
    Full,
    Unavailable,
    Missing(String),
    Other,
}

impl Class {
    fn of(refusal: &dyn DatabaseError) -> Self {
        let code = refusal.code().unwrap_or_default();
        if refusal.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
            Self::of_sqlite(&code, refusal.message())
        } else {
            Self::of_postgres(&code, refusal)
        }
    }

    /// Source: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    fn of_postgres(code: &str, refusal: &dyn DatabaseError) -> Self {
        match code {
            "23505" => Self::Unique(refusal.constraint().unwrap_or("unnamed").to_owned()),
            // Serialization failure, deadlock, a lock not granted in time.
            "40001" | "40P01" | "55P03" => Self::Conflict,
            "53100" => Self::Full,
            "3D000" => Self::Missing(refusal.message().to_owned()),
            // Statement time-out, idle-in-transaction time-out.
            "57014" | "25P03" => Self::Unavailable,
            // Connection lost, out of memory or connections, shutting down or starting.
            _ if ["08", "53", "57P"].iter().any(|class| code.starts_with(class)) => {
                Self::Unavailable
            }
            _ => Self::Other,
        }
    }

    /// Source: <https://www.sqlite.org/rescode.html>; extended codes carry the primary one in their
    /// lowest byte.
    fn of_sqlite(code: &str, message: &str) -> Self {
        let code: u32 = code.parse().unwrap_or_default();
        match (code, code & 0xff) {
            // Primary key, unique constraint, rowid.
            (1555 | 2067 | 2579, _) => {
                let columns = message.rsplit_once("failed: ").map_or(message, |(_, names)| names);
                Self::Unique(columns.to_owned())
            }
            // Busy and locked: another process holds the file.
            (_, 5 | 6) => Self::Conflict,
            (_, 13) => Self::Full,
            // Out of memory, cannot open.
            (_, 7 | 14) => Self::Unavailable,
            _ => Self::Other,
        }
    }

    fn with(self, error: sqlx::Error) -> DbError {
        match self {
            Self::Unique(constraint) => DbError::Unique { constraint },
            Self::Conflict => DbError::Conflict(error),
            Self::Full => DbError::Full,
            Self::Unavailable => DbError::Unavailable(Box::new(error)),
            Self::Missing(what) => DbError::Missing {
                what,
                remedy: "create it with `createdb`, or correct the database URL".to_owned(),
            },
            Self::Other => DbError::Driver(error),
        }
    }
}
