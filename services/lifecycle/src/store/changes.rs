//! The history of subscriptions: appended, never changed.

use db::{DbError, Json, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{ChangeId, SubscriptionId};

use super::{json, parse};
use crate::domain::{Change, Entry};

const WARNINGS: (&str, &str) = ("changes", "warnings");

const APPEND: &str = "INSERT INTO changes (change_id, subscription_id, kind, effective_at, \
     committed_at, quantity_before, quantity_after, status_after, reason, warnings, customer_id, \
     partner_id, recorded_at)";

static OF_SUBSCRIPTION: Stmt = sql!(
    "SELECT change_id, kind, effective_at, committed_at, quantity_before, quantity_after,
            status_after, reason, warnings
     FROM changes
     WHERE subscription_id = $1 AND change_id > $2
     ORDER BY change_id LIMIT $3"
);

/// Appends changes to the history, and to the feed.
pub async fn append(
    tx: &mut Tx,
    changes: &[Change],
    recorded_at: Timestamp,
) -> Result<(), DbError> {
    let rows = changes.iter().map(|one| row(one, recorded_at)).collect::<Result<Vec<_>, _>>()?;
    write_many(tx, APPEND, rows, "").await?;
    Ok(())
}

/// Returns a page of a subscription's history, oldest first, one more than `size`.
pub async fn list(
    tx: &mut Tx,
    subscription: SubscriptionId,
    after: Option<Uuid>,
    size: usize,
) -> Result<Vec<Entry>, DbError> {
    let rows = OF_SUBSCRIPTION
        .bind(subscription.0)
        .bind(after.unwrap_or_else(Uuid::nil))
        .bind(i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(tx)
        .await?;
    rows.iter().map(read).collect()
}

fn row(change: &Change, recorded_at: Timestamp) -> Result<Vec<db::Value>, DbError> {
    Ok(values![
        change.id.0,
        change.next.id.0,
        change.kind.as_str(),
        change.effective_at,
        change.committed_at,
        change.quantity_before,
        change.next.quantity,
        change.next.status.as_str(),
        change.reason.unwrap_or_default(),
        json(&change.warnings, WARNINGS)?,
        change.next.customer.0,
        change.next.partner.0,
        recorded_at,
    ])
}

/// Reads an entry from its nine columns, the first of a row.
pub(super) fn read(row: &Row) -> Result<Entry, DbError> {
    let id: Uuid = row.get(0)?;
    let corrupt = |column: &str| DbError::corrupt("changes", column, id.to_string());
    Ok(Entry {
        id: ChangeId(id),
        kind: row.get::<String>(1)?.parse().map_err(|_| corrupt("kind"))?,
        effective_at: row.get(2)?,
        committed_at: row.get(3)?,
        quantity_before: row.get(4)?,
        quantity_after: row.get(5)?,
        status_after: row.get::<String>(6)?.parse().map_err(|_| corrupt("status_after"))?,
        reason: row.get(7)?,
        warnings: parse(&row.get::<Json>(8)?.0, WARNINGS, id)?,
    })
}
