//! Statements about blocked markets.

use db::{DbError, Stmt, Tx, sql, values};
use jiff::Timestamp;
use vocab::{BlockedMarkets, ProductKind};

static AT: Stmt = sql!(
    "SELECT body FROM blocked_markets WHERE kind = $1 AND effective_at <= $2
      ORDER BY effective_at DESC, position DESC LIMIT 1"
);

static BY_VERSION: Stmt = sql!("SELECT body FROM blocked_markets WHERE kind = $1 AND version = $2");

static INSERT: Stmt = sql!(
    "INSERT INTO blocked_markets (kind, version, effective_at, position, body)
     VALUES ($1, $2, $3, $4, $5)"
);

/// Returns the statement that holds at an instant: the one with the greatest effective instant,
/// and of several with the same one the last to be imported.
///
/// # Errors
///
/// Those of the database.
pub async fn at(
    tx: &mut Tx,
    kind: ProductKind,
    at: Timestamp,
) -> Result<Option<BlockedMarkets>, DbError> {
    let row = AT.bind(kind.as_str()).bind(at).fetch_optional(tx).await?;
    row.map(|row| super::body("blocked_markets", &row, 0)).transpose()
}

/// Returns the statement with a version.
///
/// # Errors
///
/// Those of the database.
pub async fn by_version(
    tx: &mut Tx,
    kind: ProductKind,
    version: &str,
) -> Result<Option<BlockedMarkets>, DbError> {
    let row = BY_VERSION.bind(kind.as_str()).bind(version).fetch_optional(tx).await?;
    row.map(|row| super::body("blocked_markets", &row, 0)).transpose()
}

/// Writes a statement at a place in the feed.
///
/// # Errors
///
/// Those of the database.
pub async fn insert(tx: &mut Tx, statement: &BlockedMarkets, position: i64) -> Result<(), DbError> {
    let row = values![
        statement.kind.as_str(),
        statement.version.as_str(),
        statement.effective_at,
        position,
        super::json(statement),
    ];
    INSERT.with(row).execute(tx).await.map(drop)
}
