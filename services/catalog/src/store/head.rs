//! Where the catalog stands: the last revision, and the last place in the feed.

use db::{DbError, Stmt, Tx, sql};

static LOCK: Stmt = sql!("SELECT revision, position FROM catalog_head WHERE id = 1" for_update);

static READ: Stmt = sql!("SELECT position FROM catalog_head WHERE id = 1");

static REVISION: Stmt = sql!("SELECT revision FROM catalog_head WHERE id = 1");

static MOVE: Stmt = sql!("UPDATE catalog_head SET revision = $1, position = $2 WHERE id = 1");

/// The last numbers that were given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Of a revision.
    pub revision: i64,
    /// Of a place in the feed.
    pub position: i64,
}

/// Returns the head, and keeps other writers of the feed out until the transaction ends: so places
/// in the feed become visible in their order, and a reader never misses one.
///
/// # Errors
///
/// [`DbError::Raced`] if the last revision is no longer `expected`, where one is.
pub async fn lock(tx: &mut Tx, expected: Option<i64>) -> Result<Head, DbError> {
    let row = LOCK.fetch_one(tx).await?;
    let head = Head { revision: row.get(0)?, position: row.get(1)? };
    if expected.is_some_and(|revision| revision != head.revision) {
        return Err(DbError::Raced { table: "catalog_head", row: head.revision.to_string() });
    }
    Ok(head)
}

/// Returns the number of the last revision.
///
/// # Errors
///
/// Those of the database.
pub async fn revision(tx: &mut Tx) -> Result<i64, DbError> {
    REVISION.fetch_one(tx).await?.get(0)
}

/// Returns the last place in the feed.
///
/// # Errors
///
/// Those of the database.
pub async fn position(tx: &mut Tx) -> Result<i64, DbError> {
    READ.fetch_one(tx).await?.get(0)
}

/// Moves the head.
///
/// # Errors
///
/// Those of the database.
pub async fn save(tx: &mut Tx, head: Head) -> Result<(), DbError> {
    MOVE.bind(head.revision).bind(head.position).execute(tx).await.map(drop)
}
