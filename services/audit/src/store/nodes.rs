//! The nodes of the tree: leaves, which the entries have, and roots of subtrees, which are stored
//! besides so that a proof need not read all entries.

use db::{DbError, Tx, sql, values, write_many};

use super::hash;
use crate::domain::{Hash, Node};

const INSERT: &str = "INSERT INTO tree_nodes (level, position, hash)";

/// Stores nodes.
pub async fn insert(tx: &mut Tx, nodes: &[Node]) -> Result<(), DbError> {
    let row = |node: &Node| values![i64::from(node.level), node.position, node.hash.0.as_slice()];
    let rows: Vec<_> = nodes.iter().map(row).collect();
    write_many(tx, INSERT, rows, "").await.map(drop)
}

/// Returns those nodes of a level that are there, from `first` on and before `until`, with their
/// positions.
pub async fn between(
    tx: &mut Tx,
    level: u32,
    first: i64,
    until: i64,
) -> Result<Vec<(i64, Hash)>, DbError> {
    let rows = if level == 0 {
        sql!(
            "SELECT entry_index, leaf_hash FROM entries
              WHERE entry_index >= $1 AND entry_index < $2 ORDER BY entry_index"
        )
        .bind(first)
        .bind(until)
    } else {
        sql!(
            "SELECT position, hash FROM tree_nodes
              WHERE position >= $1 AND position < $2 AND level = $3 ORDER BY position"
        )
        .bind(first)
        .bind(until)
        .bind(i64::from(level))
    };
    let read = |row: &db::Row| {
        let position = row.get(0)?;
        Ok((position, hash(row.get(1)?, "tree_nodes", "hash", position)?))
    };
    rows.fetch_all(tx).await?.iter().map(read).collect()
}
