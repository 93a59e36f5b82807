//! The heads that were signed.

use std::collections::BTreeMap;

use db::{DbError, Row, Tx, sql};
use jiff::Timestamp;

use super::hash;
use crate::domain::{Checkpoint, Hash};

/// Returns the checkpoint of the largest size, of several the newest, whichever key signed it.
pub async fn newest(tx: &mut Tx) -> Result<Option<Checkpoint>, DbError> {
    let row = sql!(
        "SELECT key_id, size, root_hash, signed_at, signature FROM checkpoints
          ORDER BY size DESC, signed_at DESC LIMIT 1"
    )
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(checkpoint).transpose()
}

/// Returns what was signed for sizes above `above`, up to `most`, by size.
pub async fn between(tx: &mut Tx, above: i64, most: i64) -> Result<Vec<Checkpoint>, DbError> {
    let rows = sql!(
        "SELECT key_id, size, root_hash, signed_at, signature FROM checkpoints
          WHERE size > $1 AND size <= $2 ORDER BY size, signed_at"
    )
    .bind(above)
    .bind(most)
    .fetch_all(tx)
    .await?;
    rows.iter().map(checkpoint).collect()
}

/// Returns the largest size that each key has signed, by the key's name.
pub async fn sizes(tx: &mut Tx) -> Result<BTreeMap<String, i64>, DbError> {
    let rows =
        sql!("SELECT key_id, max(size) FROM checkpoints GROUP BY key_id").fetch_all(tx).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
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
