//! The letters that are not yet taken: written, claimed for a while, and struck off or set back.

use std::sync::atomic::{AtomicI64, Ordering};

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::MessageId;

use crate::{Envelope, Letter, trace};

static CLAIM: Stmt = sql!(
    "UPDATE outbox SET leased_until = $3 WHERE destination = $1 AND message_id" any_open
    "SELECT message_id FROM outbox
      WHERE destination = $1 AND due_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
      ORDER BY due_at, position LIMIT $4" skip_locked any_close
    "RETURNING due_at, position, message_id, kind, body, traceparent, sent_at, attempt_count"
);

static NEXT_DUE: Stmt = sql!(
    "SELECT due_at FROM outbox WHERE destination = $1 AND due_at > $2 AND leased_until IS NULL
      ORDER BY due_at LIMIT 1"
);

static STRIKE_OFF: Stmt =
    sql!("DELETE FROM outbox WHERE destination = $1 AND message_id" in_uuids "$2");

static RELEASE: Stmt = sql!(
    "UPDATE outbox SET leased_until = NULL WHERE destination = $1 AND message_id" in_uuids "$2"
);

static RELEASE_ALL: Stmt =
    sql!("UPDATE outbox SET leased_until = NULL WHERE leased_until IS NOT NULL");

/// Orders the letters that one process sends in one instant.
static POSITION: AtomicI64 = AtomicI64::new(0);

/// A letter that this process carries until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) envelope: Envelope,
    /// How often it was set aside before.
    pub(crate) attempt_count: u32,
}

/// A letter that comes again later, or never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetAside {
    pub(crate) id: MessageId,
    pub(crate) attempt_count: u32,
    pub(crate) error: String,
    /// `None` parks it.
    pub(crate) due_at: Option<Timestamp>,
}

/// Writes letters, which leave exactly if `tx` is committed; nudge the [`Post`](crate::Post) then.
///
/// Each goes with the trace of the present span. `now` is the real clock's, never a test clock's: it is
/// when the letter falls due. A letter that is still waiting for the same destination is not written
/// twice.
pub async fn send(tx: &mut Tx, letters: &[Letter], now: Timestamp) -> Result<(), DbError> {
    let traceparent = trace::traceparent();
    let row = |letter: &Letter| {
        values![
            letter.to,
            letter.id.0,
            letter.kind,
            &letter.body,
            &traceparent,
            now,
            POSITION.fetch_add(1, Ordering::Relaxed),
            now,
            0_i64
        ]
    };
    write_many(
        tx,
        "INSERT INTO outbox (destination, message_id, kind, body, traceparent, sent_at, position,
                             due_at, attempt_count)",
        letters.iter().map(row).collect(),
        "ON CONFLICT DO NOTHING",
    )
    .await
    .map(drop)
}

/// Leases up to `limit` letters that are due at `now`, and returns them in the order of their being due.
pub(crate) async fn claim(
    tx: &mut Tx,
    to: &str,
    (now, leased_until): (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<Claimed>, DbError> {
    let rows = CLAIM.bind(to).bind(now).bind(leased_until).bind(limit).fetch_all(tx).await?;
    let mut claimed = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    // RETURNING promises no order.
    claimed.sort_by_key(|(place, _)| *place);
    Ok(claimed.into_iter().map(|(_, letter)| letter).collect())
}

fn read(row: &Row) -> Result<((Timestamp, i64), Claimed), DbError> {
    let envelope = Envelope {
        id: MessageId(row.get(2)?),
        kind: row.get(3)?,
        body: row.get(4)?,
        traceparent: row.get(5)?,
        sent_at: row.get(6)?,
    };
    Ok(((row.get(0)?, row.get(1)?), Claimed { envelope, attempt_count: row.get(7)? }))
}

/// Returns when the next letter falls due after `now`, but for those that somebody carries.
pub(crate) async fn next_due(
    tx: &mut Tx,
    to: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    let row = NEXT_DUE.bind(to).bind(now).fetch_optional(tx).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Deletes letters that were taken.
pub(crate) async fn strike_off(tx: &mut Tx, to: &str, ids: &[Uuid]) -> Result<(), DbError> {
    if ids.is_empty() {
        return Ok(());
    }
    STRIKE_OFF.bind(to).bind(ids).execute(tx).await.map(drop)
}

/// Gives letters back as they were.
pub(crate) async fn release(tx: &mut Tx, to: &str, ids: &[Uuid]) -> Result<(), DbError> {
    if ids.is_empty() {
        return Ok(());
    }
    RELEASE.bind(to).bind(ids).execute(tx).await.map(drop)
}

/// Gives all letters back, whoever carries them; returns how many.
pub(crate) async fn release_all(tx: &mut Tx) -> Result<u64, DbError> {
    RELEASE_ALL.execute(tx).await
}

/// Gives letters back for later.
pub(crate) async fn set_aside(tx: &mut Tx, to: &str, letters: &[SetAside]) -> Result<(), DbError> {
    let row = |letter: &SetAside| {
        values![to, letter.id.0, letter.attempt_count, &letter.error, letter.due_at]
    };
    write_many(
        tx,
        "UPDATE outbox SET attempt_count = v.column3, last_error = v.column4, due_at = v.column5,
                           leased_until = NULL FROM (",
        letters.iter().map(row).collect(),
        ") AS v WHERE destination = v.column1 AND message_id = v.column2",
    )
    .await
    .map(drop)
}
