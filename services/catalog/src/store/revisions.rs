//! Revisions.

use db::{DbError, Row, Stmt, Tx, sql, values};

use crate::domain::compare::Counts;
use crate::domain::revision::Revision;

static INSERT: Stmt = sql!(
    "INSERT INTO catalog_revisions (revision, effective_at, imported_at, added_count,
        changed_count, withdrawn_count, description) VALUES ($1, $2, $3, $4, $5, $6, $7)"
);

static LIST: Stmt = sql!(
    "SELECT revision, effective_at, imported_at, added_count, changed_count, withdrawn_count,
        description FROM catalog_revisions WHERE revision < $1 ORDER BY revision DESC LIMIT $2"
);

/// Writes a revision.
///
/// # Errors
///
/// Those of the database.
pub async fn insert(tx: &mut Tx, revision: &Revision) -> Result<(), DbError> {
    let row = values![
        revision.number,
        revision.effective_at,
        revision.imported_at,
        revision.counts.added,
        revision.counts.changed,
        revision.counts.withdrawn,
        revision.description.as_str(),
    ];
    INSERT.with(row).execute(tx).await.map(drop)
}

/// Returns up to `limit` revisions with numbers below `before`, the newest first.
///
/// # Errors
///
/// Those of the database.
pub async fn list(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<Revision>, DbError> {
    LIST.bind(before).bind(limit).fetch_all(tx).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Revision, DbError> {
    Ok(Revision {
        number: row.get(0)?,
        effective_at: row.get(1)?,
        imported_at: row.get(2)?,
        counts: Counts { added: row.get(3)?, changed: row.get(4)?, withdrawn: row.get(5)? },
        description: row.get(6)?,
    })
}
