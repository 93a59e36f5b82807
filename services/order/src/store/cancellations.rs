//! Cancellations that lifecycle is being asked for.

use db::{DbError, Stmt, Tx, sql};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{OrderId, OrderLineId, RequestId};

use super::text::{decoded, encoded};

static LOAD: Stmt = sql!("SELECT lines, order_id FROM cancellations WHERE request_id = $1");

static INSERT: Stmt = sql!(
    "INSERT INTO cancellations (request_id, lines, asked_at, order_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING"
);

static DELETE: Stmt = sql!("DELETE FROM cancellations WHERE request_id = $1");

static FORGET: Stmt = sql!("DELETE FROM cancellations WHERE asked_at < $1");

/// What lifecycle is asked to cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The order.
    pub order: OrderId,
    /// The lines of it.
    pub lines: Vec<OrderLineId>,
}

/// Returns what lifecycle was asked to cancel under a request, if it was; `named` is the order that the
/// caller names.
pub async fn load(
    tx: &mut Tx,
    id: RequestId,
    named: Option<OrderId>,
) -> Result<Option<Question>, DbError> {
    let Some(row) = LOAD.bind(id.0).fetch_optional(tx).await? else { return Ok(None) };
    let lines = decoded(&row, 0, "lines")?;
    // Rows that were written when it was always the caller who named the order have none.
    let order = row.get::<Option<Uuid>>(1)?.map(OrderId).or(named);
    Ok(order.map(|order| Question { order, lines }))
}

/// Writes what lifecycle is about to be asked, unless it was under this request.
pub async fn insert(
    tx: &mut Tx,
    id: RequestId,
    question: &Question,
    now: Timestamp,
) -> Result<(), DbError> {
    INSERT
        .bind(id.0)
        .bind(encoded(&question.lines))
        .bind(now)
        .bind(question.order.0)
        .execute(tx)
        .await
        .map(drop)
}

/// Removes what lifecycle has answered.
pub async fn delete(tx: &mut Tx, id: RequestId) -> Result<(), DbError> {
    DELETE.bind(id.0).execute(tx).await.map(drop)
}

/// Removes what nobody has asked about since `before`.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<(), DbError> {
    FORGET.bind(before).execute(tx).await.map(drop)
}
