//! Subscriptions: the state in one column, and what keys, lists and alarms need beside it.

use std::collections::{BTreeMap, BTreeSet};

use db::{DbError, Json, Query, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{ClockId, CustomerId, OrderId, SubscriptionId};

use super::{clock_column, json, parse};
use crate::domain::{Change, Subscription};

const BODY: (&str, &str) = ("subscriptions", "body");

const UPSERT: &str = "INSERT INTO subscriptions (subscription_id, customer_id, partner_id, clock_id, \
     order_id, product_id, kind, status, is_listed, alarm_at, version, body, attempts, last_error, \
     parked_at, sku_id, auto_renew, renews_at, base_id)";

const UNLESS_RACED: &str = "ON CONFLICT (subscription_id) DO UPDATE SET \
     partner_id = excluded.partner_id, product_id = excluded.product_id, kind = excluded.kind, \
     status = excluded.status, is_listed = excluded.is_listed, alarm_at = excluded.alarm_at, \
     version = excluded.version, body = excluded.body, attempts = excluded.attempts, \
     last_error = excluded.last_error, parked_at = excluded.parked_at, sku_id = excluded.sku_id, \
     auto_renew = excluded.auto_renew, renews_at = excluded.renews_at \
     WHERE subscriptions.version < excluded.version";

static LOAD: Stmt = sql!(
    "SELECT subscription_id, body FROM subscriptions WHERE subscription_id" in_uuids "$1"
    " ORDER BY subscription_id"
);

static LOCK: Stmt = sql!(
    "SELECT subscription_id, body FROM subscriptions WHERE subscription_id" in_uuids "$1"
    " ORDER BY subscription_id" for_update
);

static LOCK_OF_ORDER: Stmt = sql!(
    "SELECT subscription_id, body FROM subscriptions WHERE order_id = $1
     ORDER BY subscription_id" for_update
);

static ADD_ONS: Stmt = sql!(
    "SELECT subscription_id, body, base_id FROM subscriptions WHERE base_id" in_uuids "$1"
    " AND status IN ('ACTIVE', 'SUSPENDED') ORDER BY subscription_id"
);

static LOCK_ADD_ONS: Stmt = sql!(
    "SELECT subscription_id, body, base_id FROM subscriptions WHERE base_id" in_uuids "$1"
    " AND status IN ('ACTIVE', 'SUSPENDED') ORDER BY subscription_id" for_update
);

static HELD_BY: Stmt = sql!(
    "SELECT subscription_id, body FROM subscriptions WHERE customer_id" in_uuids "$1"
    " AND status IN ('PENDING', 'ACTIVE', 'SUSPENDED') ORDER BY subscription_id"
);

/// The customers of due rows that are to grow, or to change otherwise, with their renewal; a legacy base
/// may have add-ons that are to.
static SCHEDULED_DUE: Stmt = sql!(
    "SELECT DISTINCT customer_id FROM (
        SELECT customer_id, kind, body ->> 'scheduled' AS scheduled FROM subscriptions
         WHERE clock_id = $1 AND alarm_at <= $2 AND (alarm_at, subscription_id) > ($4, $5)
         ORDER BY alarm_at, subscription_id LIMIT $3) AS due
      WHERE scheduled IS NOT NULL OR kind = 'LICENSE_LEGACY'"
);

static LOCK_DUE: Stmt = sql!(
    "SELECT subscription_id, body, attempts, alarm_at FROM subscriptions
     WHERE clock_id = $1 AND alarm_at <= $2 AND (alarm_at, subscription_id) > ($4, $5)
     ORDER BY alarm_at, subscription_id LIMIT $3" skip_locked
);

static NEXT_ALARM: Stmt =
    sql!("SELECT min(alarm_at) FROM subscriptions WHERE clock_id = $1 AND alarm_at IS NOT NULL");

const SET_ALARMS: &str = "UPDATE subscriptions SET alarm_at = v.column2, attempts = 0, \
     last_error = NULL FROM (";

const BY_ID: &str = ") AS v WHERE subscription_id = v.column1";

static SET_ASIDE: Stmt = sql!(
    "UPDATE subscriptions SET attempts = attempts + 1, last_error = $2, alarm_at = $3, parked_at = $4
     WHERE subscription_id = $1"
);

/// Which alarms are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// Of which clock.
    pub clock: Option<ClockId>,
    /// Those that are due by this instant.
    pub until: Timestamp,
    /// Those behind this one.
    pub behind: AlarmPlace,
    /// At most so many.
    pub batch: i64,
}

/// Where an alarm stands among all: its instant, then the subscription's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlarmPlace(pub Timestamp, pub SubscriptionId);

impl AlarmPlace {
    /// In front of all.
    pub const FRONT: Self = Self(Timestamp::UNIX_EPOCH, SubscriptionId(Uuid::nil()));
}

/// A row whose alarm fell due; its state may not be readable.
#[derive(Debug)]
pub struct Due {
    /// Whose.
    pub id: SubscriptionId,
    /// How often its alarm could not be answered in a row.
    pub attempts: i64,
    /// For when the alarm was set.
    pub rang_at: Timestamp,
    /// The state.
    pub state: Result<Subscription, DbError>,
}

/// A legacy add-on; its state may not be readable.
#[derive(Debug)]
pub struct AddOn {
    /// Of what.
    pub base: SubscriptionId,
    /// The state.
    pub state: Result<Subscription, DbError>,
}

/// An alarm that could not be answered.
#[derive(Debug)]
pub struct Unanswered {
    /// Whose.
    pub id: SubscriptionId,
    /// Why, for the operator.
    pub error: String,
    /// When to try again; `None`: not any more.
    pub retry_at: Option<Timestamp>,
    /// Now.
    pub at: Timestamp,
}

/// Returns subscriptions by id, unlocked, in the order of their ids; unknown ids are left out.
pub async fn load(tx: &mut Tx, ids: &[SubscriptionId]) -> Result<Vec<Subscription>, DbError> {
    read_all(&LOAD.bind(uuids(ids)).fetch_all(tx).await?)
}

/// Returns subscriptions by id and locks them until the transaction ends.
pub async fn lock(tx: &mut Tx, ids: &[SubscriptionId]) -> Result<Vec<Subscription>, DbError> {
    read_all(&LOCK.bind(uuids(ids)).fetch_all(tx).await?)
}

/// Returns an order's subscriptions and locks them until the transaction ends.
pub async fn lock_of_order(tx: &mut Tx, order: OrderId) -> Result<Vec<Subscription>, DbError> {
    read_all(&LOCK_OF_ORDER.bind(order.0).fetch_all(tx).await?)
}

/// Returns the legacy add-ons of bases that are active or suspended, in the order of ids. One that cannot
/// be read hides no other.
pub async fn add_ons(
    tx: &mut Tx,
    bases: &[SubscriptionId],
    is_locking: bool,
) -> Result<Vec<AddOn>, DbError> {
    let statement = if is_locking { LOCK_ADD_ONS } else { ADD_ONS };
    let rows = statement.bind(uuids(bases)).fetch_all(tx).await?;
    rows.iter()
        .map(|row| Ok(AddOn { base: SubscriptionId(row.get(2)?), state: read(row) }))
        .collect()
}

/// Returns what customers have: everything that is pending, active or suspended, in the order of
/// ids. A row that cannot be read hides no other.
pub async fn held_by(
    tx: &mut Tx,
    customers: &BTreeSet<CustomerId>,
) -> Result<Vec<Result<Subscription, DbError>>, DbError> {
    let ids: Vec<Uuid> = customers.iter().map(|customer| customer.0).collect();
    Ok(HELD_BY.bind(ids).fetch_all(tx).await?.iter().map(read).collect())
}

/// Returns whose rows, of those within `reach`, have scheduled changes to be judged.
pub async fn scheduled_due(tx: &mut Tx, reach: Reach) -> Result<BTreeSet<CustomerId>, DbError> {
    let due = within(SCHEDULED_DUE, reach);
    due.fetch_all(tx).await?.iter().map(|row| row.get(0).map(CustomerId)).collect()
}

/// Returns rows within `reach`, the earliest first, and locks them; rows that
/// somebody else has locked are passed over.
pub async fn lock_due(tx: &mut Tx, reach: Reach) -> Result<Vec<Due>, DbError> {
    let rows = within(LOCK_DUE, reach).fetch_all(tx).await?;
    rows.iter()
        .map(|row| {
            let (id, attempts, rang_at) = (row.get(0)?, row.get(2)?, row.get(3)?);
            Ok(Due { id: SubscriptionId(id), attempts, rang_at, state: read(row) })
        })
        .collect()
}

/// Returns the earliest alarm of a clock.
pub async fn next_alarm(tx: &mut Tx, clock: Option<ClockId>) -> Result<Option<Timestamp>, DbError> {
    NEXT_ALARM.bind(clock_column(clock)).fetch_one(tx).await?.get(0)
}

/// Writes the last state of every subscription that `changes` touch.
///
/// # Errors
///
/// [`DbError::Raced`] if a stored version is not below the one to be written.
pub async fn upsert(tx: &mut Tx, changes: &[Change]) -> Result<(), DbError> {
    let last: BTreeMap<SubscriptionId, &Subscription> =
        changes.iter().map(|change| (change.next.id, &change.next)).collect();
    let rows = last.values().map(|sub| row(sub)).collect::<Result<Vec<_>, _>>()?;
    let written = write_many(tx, UPSERT, rows, UNLESS_RACED).await?;
    if usize::try_from(written).ok() == Some(last.len()) {
        return Ok(());
    }
    let some = last.keys().next().map(ToString::to_string).unwrap_or_default();
    Err(DbError::Raced { table: "subscriptions", row: format!("one of {}, {some}", last.len()) })
}

/// Sets alarms to what the states ask for, where they rang in vain.
pub async fn set_alarms(tx: &mut Tx, subs: &[&Subscription]) -> Result<(), DbError> {
    let rows = subs.iter().map(|sub| values![sub.id.0, sub.alarm()]).collect();
    write_many(tx, SET_ALARMS, rows, BY_ID).await?;
    Ok(())
}

/// Sets alarms aside that could not be answered, so that they hold up no other.
pub async fn set_aside(tx: &mut Tx, unanswered: &[Unanswered]) -> Result<(), DbError> {
    for one in unanswered {
        let parked_at = if one.retry_at.is_none() { Some(one.at) } else { None };
        SET_ASIDE
            .bind(one.id.0)
            .bind(one.error.as_str())
            .bind(one.retry_at)
            .bind(parked_at)
            .execute(tx)
            .await?;
    }
    Ok(())
}

fn within(statement: Stmt, reach: Reach) -> Query {
    let AlarmPlace(at, id) = reach.behind;
    statement
        .bind(clock_column(reach.clock))
        .bind(reach.until)
        .bind(reach.batch)
        .bind(at)
        .bind(id.0)
}

fn row(sub: &Subscription) -> Result<Vec<db::Value>, DbError> {
    Ok(values![
        sub.id.0,
        sub.customer.0,
        sub.partner.0,
        clock_column(sub.clock),
        sub.order.0,
        sub.product.id.as_str(),
        sub.product.kind.as_str(),
        sub.status.as_str(),
        sub.is_listed_as_subscription(),
        sub.alarm(),
        sub.version,
        json(sub, BODY)?,
        0_i64,
        None::<String>,
        None::<Timestamp>,
        sub.product.sku.as_str(),
        sub.auto_renew,
        sub.renews_at(),
        sub.base.map(|base| base.0),
    ])
}

fn read_all(rows: &[Row]) -> Result<Vec<Subscription>, DbError> {
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Subscription, DbError> {
    let id: Uuid = row.get(0)?;
    parse(&row.get::<Json>(1)?.0, BODY, id)
}

fn uuids(ids: &[SubscriptionId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.0).collect()
}
