//! The heads that were signed.

use db::{DbError, Row, Tx, sql};
use jiff::Timestamp;

use super::hash;
use crate::domain::{Checkpoint, Hash};

/// Returns the checkpoint of the largest size that a key has signed.
pub async fn newest(tx: &mut Tx, key_id: &str) -> Result<Option<Checkpoint>, DbError> {
    let row = sql!(
        "SELECT key_id, size, root_hash, signed_at, signature FROM checkpoints
          WHERE key_id = $1 ORDER BY size DESC LIMIT 1"
    )
    .bind(key_id)
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(checkpoint).transpose()
}

/// Returns what a key has signed for sizes above `above`, up to `most`, by size.
pub async fn between(
    tx: &mut Tx,
    key_id: &str,
    above: i64,
    most: i64,
) -> Result<Vec<Checkpoint>, DbError> {
    let rows = sql!(
        "SELECT key_id, size, root_hash, signed_at, signature FROM checkpoints
          WHERE key_id = $1 AND size > $2 AND size <= $3 ORDER BY size"
    )
    .bind(key_id)
    .bind(above)
    .bind(most)
    .fetch_all(tx)
    .await?;
    rows.iter().map(checkpoint).collect()
}

/// Stores a checkpoint.
pub async fn insert(tx: &mut Tx, checkpoint: &Checkpoint) -> Result<(), DbError> {
    sql!(
        "INSERT INTO checkpoints (key_id, size, root_hash, signed_at, signature)
         VALUES ($1, $2, $3, $4, $5)"
    )
    .bind(checkpoint.key_id.as_str())
    .bind(checkpoint.size)
    .bind(checkpoint.root.0.as_slice())
    .bind(checkpoint.signed_at)
    .bind(checkpoint.signature.as_slice())
    .execute(tx)
    .await
    .map(drop)
}

/// Reads a row. One that cannot be read is one that nobody signed: that is found out where the
/// signature is verified.
fn checkpoint(row: &Row) -> Result<Checkpoint, DbError> {
    let (key_id, size): (String, i64) = (row.get(0)?, row.get(1)?);
    let read = || -> Result<_, DbError> {
        Ok((hash(row.get(2)?, "checkpoints", "root_hash", size)?, row.get(3)?, row.get(4)?))
    };
    let (root, signed_at, signature) =
        read().unwrap_or((Hash([0; 32]), Timestamp::UNIX_EPOCH, vec![]));
    Ok(Checkpoint { size, root, signed_at, key_id, signature })
}
