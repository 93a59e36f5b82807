//! Transfers: the state in one column, and what lists and the worker need beside it.

use db::{DbError, Json, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{PartnerId, TransferId};

use super::{json, parse};
use crate::domain::{Transfer, TransferState};

const BODY: (&str, &str) = ("transfers", "body");

const UPSERT: &str = "INSERT INTO transfers (transfer_id, source_partner_id, target_partner_id, state, \
     version, body, due_at, attempts)";

const UNLESS_RACED: &str = "ON CONFLICT (transfer_id) DO UPDATE SET \
     state = excluded.state, version = excluded.version, body = excluded.body, \
     due_at = excluded.due_at, attempts = excluded.attempts, last_error = NULL \
     WHERE transfers.version < excluded.version";

static LOAD: Stmt = sql!("SELECT transfer_id, body FROM transfers WHERE transfer_id = $1");

static LOCK: Stmt = sql!(
    "SELECT transfer_id, body FROM transfers WHERE transfer_id = $1" for_update
);

static LOCK_DUE: Stmt = sql!(
    "SELECT transfer_id, body, attempts FROM transfers WHERE due_at <= $1
     ORDER BY due_at, transfer_id LIMIT 1" skip_locked
);

static NEXT_DUE: Stmt = sql!("SELECT min(due_at) FROM transfers WHERE due_at IS NOT NULL");

static SET_ASIDE: Stmt = sql!(
    "UPDATE transfers SET attempts = attempts + 1, last_error = $2, due_at = $3
     WHERE transfer_id = $1"
);

static LIST_ALL: Stmt = sql!(
    "SELECT transfer_id, body FROM transfers
     WHERE $1 IS NULL AND ($2 IS NULL OR state = $2) AND transfer_id < $3
     ORDER BY transfer_id DESC LIMIT $4"
);

static LIST: Stmt = sql!(
    "SELECT transfer_id, body FROM transfers
     WHERE (source_partner_id = $1 OR target_partner_id = $1)
       AND ($2 IS NULL OR state = $2) AND transfer_id < $3
     ORDER BY transfer_id DESC LIMIT $4"
);

/// A transfer that is to be completed; it may not be readable.
#[derive(Debug)]
pub struct Due {
    /// Which.
    pub id: TransferId,
    /// How often it could not be completed in a row.
    pub attempts: i64,
    /// The transfer.
    pub transfer: Result<Transfer, DbError>,
}

/// Writes transfers; one that is submitted is due at `due_at`.
///
/// # Errors
///
/// [`DbError::Raced`] if a stored version is not below the one to be written.
pub async fn save(tx: &mut Tx, transfers: &[Transfer], due_at: Timestamp) -> Result<(), DbError> {
    let rows = transfers.iter().map(|transfer| row(transfer, due_at));
    let written = write_many(tx, UPSERT, rows.collect::<Result<_, _>>()?, UNLESS_RACED).await?;
    match transfers.first() {
        Some(one) if usize::try_from(written).ok() != Some(transfers.len()) => {
            Err(DbError::Raced { table: "transfers", row: one.id.to_string() })
        }
        _ => Ok(()),
    }
}

/// Returns a transfer.
pub async fn load(tx: &mut Tx, id: TransferId) -> Result<Option<Transfer>, DbError> {
    LOAD.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns a transfer and locks it until the transaction ends.
pub async fn lock(tx: &mut Tx, id: TransferId) -> Result<Option<Transfer>, DbError> {
    LOCK.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns the transfer that has waited longest for its completion and locks it; those that somebody
/// else has locked are passed over.
pub async fn lock_due(tx: &mut Tx, now: Timestamp) -> Result<Option<Due>, DbError> {
    let row = LOCK_DUE.bind(now).fetch_optional(tx).await?;
    row.as_ref()
        .map(|row| {
            let (id, attempts) = (TransferId(row.get(0)?), row.get(2)?);
            Ok(Due { id, attempts, transfer: read(row) })
        })
        .transpose()
}

/// Returns when the next completion is due.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, DbError> {
    NEXT_DUE.fetch_one(tx).await?.get(0)
}

/// Sets a transfer aside that could not be completed, until `retry_at`.
pub async fn set_aside(
    tx: &mut Tx,
    id: TransferId,
    error: &str,
    retry_at: Timestamp,
) -> Result<(), DbError> {
    SET_ASIDE.bind(id.0).bind(error).bind(retry_at).execute(tx).await.map(drop)
}

/// Returns a page of a partner's transfers, whichever side it is on, or of all; the newest first, one
/// more than `size`.
pub async fn list(
    tx: &mut Tx,
    partner: Option<PartnerId>,
    state: Option<TransferState>,
    after: Option<Uuid>,
    size: usize,
) -> Result<Vec<Transfer>, DbError> {
    let statement = if partner.is_some() { LIST } else { LIST_ALL };
    let rows = statement
        .bind(partner.map(|id| id.0))
        .bind(state.map(|state| state.as_str().to_owned()))
        .bind(after.unwrap_or_else(Uuid::max))
        .bind(i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(tx)
        .await?;
    rows.iter().map(read).collect()
}

fn row(transfer: &Transfer, due_at: Timestamp) -> Result<Vec<db::Value>, DbError> {
    let is_due = transfer.state == TransferState::Submitted;
    Ok(values![
        transfer.id.0,
        transfer.source.0,
        transfer.target.0,
        transfer.state.as_str(),
        transfer.version,
        json(transfer, BODY)?,
        is_due.then_some(due_at),
        0_i64,
    ])
}

fn read(row: &Row) -> Result<Transfer, DbError> {
    let id: Uuid = row.get(0)?;
    parse(&row.get::<Json>(1)?.0, BODY, id)
}
