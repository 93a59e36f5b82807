//! One SQL text for both engines, the few words in which they differ, and the parameters on their way.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite};

use crate::{DbError, Engine, Row, Sql, Tx, Value, bind, conn::Conn};

/// One statement, as each engine wants to read it; made by [`sql!`](crate::sql!).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stmt {
    /// The text for PostgreSQL.
    pub pg: &'static str,
    /// The text for SQLite.
    pub lite: &'static str,
}

/// Makes a [`Stmt`], a constant, from string literals and words for what differs between the engines.
///
/// | word | PostgreSQL | SQLite |
/// |---|---|---|
/// | `for_update` | `FOR UPDATE` | nothing: its writer is alone |
/// | `for_share` | `FOR SHARE` | nothing |
/// | `skip_locked` | `FOR UPDATE SKIP LOCKED` | nothing |
/// | `any_open` `any_close` | `= ANY(ARRAY(` .. `))`, which keeps the index | `IN (` .. `)` |
/// | `in_uuids "$1"` | `= ANY($1)` | `IN (` the uuids of the JSON array in `$1` `)` |
/// | `in_texts "$1"` | `= ANY($1)` | `IN (` the texts of the JSON array in `$1` `)` |
/// | `least`, `greatest` | `LEAST`, `GREATEST` | `min`, `max` of two (NULL if either is) |
///
/// Portable without a word: `$1` (also repeated), `ON CONFLICT .. DO UPDATE SET a = excluded.a`,
/// `RETURNING`, `UPDATE .. FROM (VALUES ..) AS v` with `v.column1`, `->>`, `CAST(sum(x) AS BIGINT)`,
/// `IS NOT DISTINCT FROM`, `TRUE`. Not portable, so not ours: `now()`, `interval`, arrays, CTEs that
/// write. Columns are named, never `SELECT *`: a migration may add one while a statement is prepared.
#[macro_export]
macro_rules! sql {
    ($($part:tt)+) => {
        $crate::Stmt {
            pg: $crate::sql_text!(pg [] $($part)+),
            lite: $crate::sql_text!(lite [] $($part)+),
        }
    };
}

/// The text of a statement for one engine: takes one part after the other into the brackets.
#[doc(hidden)]
#[macro_export]
macro_rules! sql_text {
    ($engine:ident [$($text:tt)*]) => { ::core::concat!($($text)*) };
    (pg [$($text:tt)*] in_uuids $list:literal $($rest:tt)*) => {
        $crate::sql_text!(pg [$($text)* " = ANY(", $list, ")",] $($rest)*)
    };
    (lite [$($text:tt)*] in_uuids $list:literal $($rest:tt)*) => {
        $crate::sql_text!(
            lite [$($text)* " IN (SELECT unhex(value) FROM json_each(", $list, "))",] $($rest)*
        )
    };
    (pg [$($text:tt)*] in_texts $list:literal $($rest:tt)*) => {
        $crate::sql_text!(pg [$($text)* " = ANY(", $list, ")",] $($rest)*)
    };
    (lite [$($text:tt)*] in_texts $list:literal $($rest:tt)*) => {
        $crate::sql_text!(
            lite [$($text)* " IN (SELECT value FROM json_each(", $list, "))",] $($rest)*
        )
    };
    ($engine:ident [$($text:tt)*] $next:literal $($rest:tt)*) => {
        $crate::sql_text!($engine [$($text)* $next,] $($rest)*)
    };
    ($engine:ident [$($text:tt)*] $word:ident $($rest:tt)*) => {
        $crate::sql_text!($engine [$($text)* $crate::sql_word!($engine $word),] $($rest)*)
    };
}

/// A word of [`sql!`] that stands alone.
#[doc(hidden)]
#[macro_export]
macro_rules! sql_word {
    (pg for_update) => {
        " FOR UPDATE "
    };
    (pg for_share) => {
        " FOR SHARE "
    };
    (pg skip_locked) => {
        " FOR UPDATE SKIP LOCKED "
    };
    (lite for_update) => {
        ""
    };
    (lite for_share) => {
        ""
    };
    (lite skip_locked) => {
        ""
    };
    (pg any_open) => {
        " = ANY(ARRAY("
    };
    (pg any_close) => {
        ")) "
    };
    (lite any_open) => {
        " IN ("
    };
    (lite any_close) => {
        ") "
    };
    (pg least) => {
        " LEAST"
    };
    (pg greatest) => {
        " GREATEST"
    };
    (lite least) => {
        " min"
    };
    (lite greatest) => {
        " max"
    };
}

impl Stmt {
    /// Returns the statement with its first parameter, `$1`.
    pub fn bind<T: Sql>(self, value: T) -> Query {
        self.with(Vec::new()).bind(value)
    }

    /// Returns the statement with all its parameters, as [`values!`](crate::values!) makes them.
    pub fn with(self, values: Vec<Value>) -> Query {
        Query { text: Text::Fixed(self), values }
    }

    /// Runs it without parameters; see [`Query::fetch_all`].
    pub async fn fetch_all(self, tx: &mut Tx) -> Result<Vec<Row>, DbError> {
        self.with(Vec::new()).fetch_all(tx).await
    }

    /// Runs it without parameters; see [`Query::fetch_optional`].
    pub async fn fetch_optional(self, tx: &mut Tx) -> Result<Option<Row>, DbError> {
        self.with(Vec::new()).fetch_optional(tx).await
    }

    /// Runs it without parameters; see [`Query::fetch_one`].
    pub async fn fetch_one(self, tx: &mut Tx) -> Result<Row, DbError> {
        self.with(Vec::new()).fetch_one(tx).await
    }

    /// Runs it without parameters; see [`Query::execute`].
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        self.with(Vec::new()).execute(tx).await
    }
}

/// Runs a query on the engine of its transaction: a macro because the drivers share no type.
macro_rules! run {
    ($query:expr, $tx:expr, $verb:ident, |$answer:ident| $map:expr) => {{
        let Query { text, values } = $query;
        let sql = text.on($tx.engine());
        let outcome = match $tx.enter(sql.as_str())? {
            Conn::Postgres(conn) => match bind::postgres(values) {
                Ok(args) => {
                    sqlx::query_with::<Postgres, _>(sql, args).$verb(conn).await.map(|$answer| $map)
                }
                Err(error) => Err(error),
            },
            Conn::Sqlite(conn) => match bind::sqlite(values) {
                Ok(args) => {
                    sqlx::query_with::<Sqlite, _>(sql, args).$verb(conn).await.map(|$answer| $map)
                }
                Err(error) => Err(error),
            },
        };
        $tx.leave(outcome)
    }};
}

/// A statement and its parameters.
#[derive(Debug, Clone)]
#[must_use = "a query does nothing until it is run"]
pub struct Query {
    text: Text,
    values: Vec<Value>,
}

#[derive(Debug, Clone)]
enum Text {
    Fixed(Stmt),
    /// Built by `many` from fixed parts, and the same for both engines.
    Built(Arc<str>),
}

impl Text {
    fn on(self, engine: Engine) -> SqlStr {
        match (self, engine) {
            (Self::Fixed(stmt), Engine::Postgres) => stmt.pg.into_sql_str(),
            (Self::Fixed(stmt), Engine::Sqlite) => stmt.lite.into_sql_str(),
            (Self::Built(text), _) => AssertSqlSafe(text).into_sql_str(),
        }
    }
}

impl Query {
    pub(crate) fn built(text: Arc<str>, values: Vec<Value>) -> Self {
        Self { text: Text::Built(text), values }
    }

    /// Returns the query with the next parameter.
    pub fn bind<T: Sql>(mut self, value: T) -> Self {
        self.values.push(value.into_value());
        self
    }

    /// Runs it and returns all rows.
    pub async fn fetch_all(self, tx: &mut Tx) -> Result<Vec<Row>, DbError> {
        run!(self, tx, fetch_all, |rows| rows.into_iter().map(Row::from).collect())
    }

    /// Runs it and returns the first row, if there is one.
    pub async fn fetch_optional(self, tx: &mut Tx) -> Result<Option<Row>, DbError> {
        run!(self, tx, fetch_optional, |row| row.map(Row::from))
    }

    /// Runs it and returns the first row, which must be there.
    pub async fn fetch_one(self, tx: &mut Tx) -> Result<Row, DbError> {
        self.fetch_optional(tx).await?.ok_or(DbError::Driver(sqlx::Error::RowNotFound))
    }

    /// Runs it and returns how many rows it wrote.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        run!(self, tx, execute, |done| done.rows_affected())
    }
}
