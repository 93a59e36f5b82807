//! The one row that says how large the log is, and holds the right edge of its tree.

use db::{DbError, Row, Tx, sql};
use jiff::Timestamp;

use crate::domain::Frontier;

/// Returns the head, and when the last entry was appended, and keeps all others from appending until the
/// transaction ends.
///
/// # Errors
///
/// [`DbError::Corrupt`] if it is no head: nothing can be appended to a log like that.
pub async fn lock(tx: &mut Tx) -> Result<(Frontier, Option<Timestamp>), DbError> {
    let corrupt = || DbError::corrupt("tree_head", "frontier", "1");
    let row = sql!("SELECT size, frontier, appended_at FROM tree_head WHERE slot = 1" for_update)
        .fetch_optional(tx)
        .await?
        .ok_or_else(corrupt)?;
    let appended_at = row.get(2)?;
    Ok((read_row(Some(row))?.ok_or_else(corrupt)?, appended_at))
}

/// Returns the head; `None` if there is none, or what is stored is no head of a tree.
pub async fn read(tx: &mut Tx) -> Result<Option<Frontier>, DbError> {
    let row =
        sql!("SELECT size, frontier FROM tree_head WHERE slot = 1").fetch_optional(tx).await?;
    read_row(row)
}

fn read_row(row: Option<Row>) -> Result<Option<Frontier>, DbError> {
    let Some(row) = row else { return Ok(None) };
    Ok(Frontier::from_bytes(row.get(0)?, &row.get::<Vec<u8>>(1)?))
}

/// Stores the head of a tree that has grown, by what was appended at an instant.
///
/// # Errors
///
/// [`DbError::Raced`] if the row is gone.
pub async fn save(tx: &mut Tx, tree: &Frontier, appended_at: Timestamp) -> Result<(), DbError> {
    let written = sql!(
        "UPDATE tree_head SET size = $1, frontier = $2, appended_at = $3
          WHERE slot = 1 AND size <= $1"
    )
    .bind(tree.size())
    .bind(tree.to_bytes())
    .bind(appended_at)
    .execute(tx)
    .await?;
    match written {
        1 => Ok(()),
        _ => Err(DbError::Raced { table: "tree_head", row: "1".to_owned() }),
    }
}
