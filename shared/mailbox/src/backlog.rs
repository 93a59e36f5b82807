//! Where a service's mailbox stands.

use db::{DbError, Stmt, Tx, sql};

static BACKLOG: Stmt = sql!(
    "SELECT (SELECT count(*) FROM outbox WHERE due_at IS NOT NULL), (SELECT count(*) FROM inbox)"
);

/// Where a mailbox stands; two equal readings of every service with nothing waiting mean that all rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Letters that were sent and not yet taken; parked ones do not count.
    pub waiting_count: i64,
    /// Messages that were taken from others and are still remembered.
    pub taken_count: i64,
}

/// Returns where the mailbox stands.
pub async fn backlog(tx: &mut Tx) -> Result<Backlog, DbError> {
    let row = BACKLOG.fetch_one(tx).await?;
    Ok(Backlog { waiting_count: row.get(0)?, taken_count: row.get(1)? })
}
