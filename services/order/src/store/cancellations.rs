//! Cancellations that lifecycle is being asked for.

use db::{DbError, Stmt, Tx, sql};
use jiff::Timestamp;
use vocab::{OrderLineId, RequestId};

use super::text::{decoded, encoded};

static LOAD: Stmt = sql!("SELECT lines FROM cancellations WHERE request_id = $1");

static INSERT: Stmt = sql!(
    "INSERT INTO cancellations (request_id, lines, asked_at) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING"
);

static DELETE: Stmt = sql!("DELETE FROM cancellations WHERE request_id = $1");

static FORGET: Stmt = sql!("DELETE FROM cancellations WHERE asked_at < $1");

/// Returns which lines lifecycle was asked to cancel under a request, if it was.
pub async fn load(tx: &mut Tx, id: RequestId) -> Result<Option<Vec<OrderLineId>>, DbError> {
    let row = LOAD.bind(id.0).fetch_optional(tx).await?;
    row.as_ref().map(|row| decoded(row, 0, "lines")).transpose()
}

/// Writes which lines lifecycle is about to be asked to cancel.
pub async fn insert(
    tx: &mut Tx,
    id: RequestId,
    lines: &[OrderLineId],
    now: Timestamp,
) -> Result<(), DbError> {
    INSERT.bind(id.0).bind(encoded(&lines)).bind(now).execute(tx).await.map(drop)
}

/// Removes what lifecycle has answered.
pub async fn delete(tx: &mut Tx, id: RequestId) -> Result<(), DbError> {
    DELETE.bind(id.0).execute(tx).await.map(drop)
}

/// Removes what nobody has asked about since `before`.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<(), DbError> {
    FORGET.bind(before).execute(tx).await.map(drop)
}
