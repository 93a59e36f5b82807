//! Alarms as operators see them: those that failed, those that are due, and how many; and transfers that
//! failed.

use db::{DbError, Json, Row, Stmt, Tx, sql};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{CustomerId, PartnerId, SubscriptionId, TransferId};

use super::{clock_column, clock_of};
use crate::domain::{Subscription, Timer, TimerOf, Transfer};

/// As far as rows are counted.
const COUNT_MAX: i64 = 1_000_000;

macro_rules! timers {
    ($which:literal $($word:ident)?) => {
        sql!(
            "SELECT subscription_id, customer_id, partner_id, clock_id, alarm_at, attempts, last_error,
                    parked_at, body
             FROM subscriptions WHERE "
            $which
            $($word)?
        )
    };
}

static SET_ASIDE: Stmt = timers!(
    "attempts > 0 AND subscription_id > $1 AND ($2 IS NULL OR (parked_at IS NOT NULL) = $2)
     ORDER BY subscription_id LIMIT $3"
);

static DUE: Stmt = timers!(
    "clock_id = $1 AND alarm_at <= $2 AND (alarm_at, subscription_id) > ($3, $4) AND attempts = 0
     ORDER BY alarm_at, subscription_id LIMIT $5"
);

static LOCK: Stmt = timers!("subscription_id = $1" for_update);

static RETRY: Stmt = sql!(
    "UPDATE subscriptions SET attempts = $2, parked_at = $3, alarm_at = $4
     WHERE subscription_id = $1"
);

macro_rules! transfers {
    ($which:literal $($word:ident)?) => {
        sql!(
            "SELECT transfer_id, source_partner_id, due_at, attempts, last_error, body
             FROM transfers WHERE "
            $which
            $($word)?
        )
    };
}

static TRANSFERS_SET_ASIDE: Stmt =
    transfers!("attempts > 0 AND transfer_id > $1 ORDER BY transfer_id LIMIT $2");

static LOCK_TRANSFER: Stmt = transfers!("transfer_id = $1" for_update);

/// A transfer is never parked.
static RETRY_TRANSFER: Stmt =
    sql!("UPDATE transfers SET attempts = $2, due_at = $4 WHERE transfer_id = $1 AND $3 IS NULL");

static COUNT_DUE: Stmt = sql!(
    "SELECT count(*) FROM (SELECT 1 FROM subscriptions WHERE clock_id = $1 AND alarm_at <= $2
        LIMIT $3) AS due"
);

static COUNT_INVOICES_DUE: Stmt = sql!(
    "SELECT count(*) FROM (SELECT 1 FROM invoices WHERE clock_id = $1 AND closes_at <= $2
        LIMIT $3) AS due"
);

static COUNT_PARKED: Stmt = sql!(
    "SELECT count(*) FROM subscriptions
     WHERE clock_id = $1 AND attempts > 0 AND parked_at IS NOT NULL"
);

/// How many alarms of real time wait for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Subscriptions whose alarm is due.
    pub due: i64,
    /// Of these, those that are late.
    pub late: i64,
    /// Subscriptions whose alarm is parked.
    pub parked: i64,
    /// Invoices whose month is over.
    pub invoices: i64,
}

/// Returns up to `limit` alarms that failed, in the order of ids: the parked ones, the others, or
/// all.
pub async fn set_aside(
    tx: &mut Tx,
    after: Uuid,
    is_parked: Option<bool>,
    limit: usize,
) -> Result<Vec<Timer>, DbError> {
    let query = SET_ASIDE.bind(after).bind(is_parked).bind(rows(limit));
    query.fetch_all(tx).await?.iter().map(read).collect()
}

/// Returns up to `limit` alarms of real time that are due at `until`, behind a place, the earliest
/// first.
pub async fn due(
    tx: &mut Tx,
    (after, after_id): (Timestamp, Uuid),
    until: Timestamp,
    limit: usize,
) -> Result<Vec<Timer>, DbError> {
    let query = DUE.bind(clock_column(None)).bind(until).bind(after).bind(after_id);
    query.bind(rows(limit)).fetch_all(tx).await?.iter().map(read).collect()
}

/// Returns up to `limit` transfers that could not be completed, in the order of ids.
pub async fn transfers_set_aside(
    tx: &mut Tx,
    after: Uuid,
    limit: usize,
) -> Result<Vec<Timer>, DbError> {
    let query = TRANSFERS_SET_ASIDE.bind(after).bind(rows(limit));
    query.fetch_all(tx).await?.iter().map(read_transfer).collect()
}

/// Returns the timer of a transfer and locks its row; `None` if there is no such transfer.
pub async fn lock_transfer(tx: &mut Tx, id: TransferId) -> Result<Option<Timer>, DbError> {
    LOCK_TRANSFER.bind(id.0).fetch_optional(tx).await?.as_ref().map(read_transfer).transpose()
}

/// Returns an alarm and locks its row; `None` if there is no such subscription.
pub async fn lock(tx: &mut Tx, id: SubscriptionId) -> Result<Option<Timer>, DbError> {
    LOCK.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Writes when an alarm rings, and what is known of its failures.
pub async fn save(tx: &mut Tx, timer: &Timer) -> Result<(), DbError> {
    let query = match timer.of {
        TimerOf::Subscription(_, id) => RETRY.bind(id.0),
        TimerOf::Transfer(id) => RETRY_TRANSFER.bind(id.0),
    };
    let query = query.bind(timer.attempts).bind(timer.parked_at).bind(timer.rings_at);
    query.execute(tx).await.map(drop)
}

/// Counts what waits at `now`, and since before `late`; up to a million each.
pub async fn backlog(tx: &mut Tx, now: Timestamp, late: Timestamp) -> Result<Backlog, DbError> {
    let real = clock_column(None);
    let count = |statement: Stmt, at| statement.bind(real).bind(at).bind(COUNT_MAX);
    Ok(Backlog {
        due: count(COUNT_DUE, now).fetch_one(tx).await?.get(0)?,
        late: count(COUNT_DUE, late).fetch_one(tx).await?.get(0)?,
        parked: COUNT_PARKED.bind(real).fetch_one(tx).await?.get(0)?,
        invoices: count(COUNT_INVOICES_DUE, now).fetch_one(tx).await?.get(0)?,
    })
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn read_transfer(row: &Row) -> Result<Timer, DbError> {
    let transfer: Option<Transfer> = serde_json::from_str(&row.get::<Json>(5)?.0).ok();
    let rings_at: Option<Timestamp> = row.get(2)?;
    Ok(Timer {
        of: TimerOf::Transfer(TransferId(row.get(0)?)),
        partner: PartnerId(row.get(1)?),
        clock: None,
        due_at: transfer.and_then(|transfer| transfer.submitted_at).filter(|_| rings_at.is_some()),
        rings_at,
        attempts: row.get(3)?,
        last_error: row.get(4)?,
        parked_at: None,
    })
}

fn read(row: &Row) -> Result<Timer, DbError> {
    // A state that cannot be read is why an alarm is here: it hides neither the row nor others.
    let state: Option<Subscription> = serde_json::from_str(&row.get::<Json>(8)?.0).ok();
    Ok(Timer {
        of: TimerOf::Subscription(CustomerId(row.get(1)?), SubscriptionId(row.get(0)?)),
        partner: PartnerId(row.get(2)?),
        clock: clock_of(row.get(3)?),
        due_at: state.and_then(|sub| sub.alarm()),
        rings_at: row.get(4)?,
        attempts: row.get(5)?,
        last_error: row.get(6)?,
        parked_at: row.get(7)?,
    })
}
