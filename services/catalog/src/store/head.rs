//! Where the catalog stands: the last revision, and the last place in the feed.

use db::{DbError, Stmt, Tx, sql};

static LOCK: Stmt = sql!("SELECT revision, position FROM catalog_head WHERE id = 1" for_update);

static READ: Stmt = sql!("SELECT position FROM catalog_head WHERE id = 1");

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
/// Those of the database.
pub async fn lock(tx: &mut Tx) -> Result<Head, DbError> {
    let row = LOCK.fetch_one(tx).await?;
    Ok(Head { revision: row.get(0)?, position: row.get(1)? })
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
