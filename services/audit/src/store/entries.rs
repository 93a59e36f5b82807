//! The entries, in the order of their places.

use std::collections::BTreeMap;

use db::{DbError, Json, Row, Tx, sql, values, write_many};
use uuid::Uuid;
use vocab::{CustomerId, MessageId, PartnerId};

use super::hash;
use crate::domain::{Entry, Found, Logged};

const INSERT: &str = "INSERT INTO entries (entry_index, entry_id, appended_at, occurred_at, \
     test_clock_at, service, actor, actor_salt, actor_hash, partner_id, customer_id, action, \
     resource, outcome, reason, details, leaf_hash)";

/// Returns the places of those of `ids` that the log has.
pub async fn places(tx: &mut Tx, ids: Vec<Uuid>) -> Result<BTreeMap<MessageId, i64>, DbError> {
    let known = sql!("SELECT entry_id, entry_index FROM entries WHERE entry_id" in_uuids "$1");
    let rows = known.bind(ids).fetch_all(tx).await?;
    rows.iter().map(|row| Ok((MessageId(row.get(0)?), row.get(1)?))).collect()
}

/// Writes new entries.
pub async fn insert(tx: &mut Tx, logged: Vec<Logged>) -> Result<(), DbError> {
    let rows = logged.into_iter().map(|logged| {
        let Logged { index, appended_at, entry, actor_salt, actor_hash, leaf_hash } = logged;
        // Texts by name are always JSON: the macro cannot fail.
        let details = serde_json::json!(entry.details).to_string();
        values![
            index,
            entry.id.0,
            appended_at,
            entry.occurred_at,
            entry.test_clock_at,
            entry.service,
            entry.actor,
            actor_salt.as_slice(),
            actor_hash.0.as_slice(),
            entry.partner.map(|partner| partner.0),
            entry.customer.map(|customer| customer.0),
            entry.action,
            entry.resource,
            entry.outcome.as_str(),
            entry.reason,
            Json(details),
            leaf_hash.0.as_slice(),
        ]
    });
    write_many(tx, INSERT, rows.collect(), "").await.map(drop)
}

/// Returns the place of the last row; `None` if there is none.
pub async fn last(tx: &mut Tx) -> Result<Option<i64>, DbError> {
    let row = sql!("SELECT max(entry_index) FROM entries").fetch_one(tx).await?;
    row.get(0)
}

/// Returns the rows after the place `after`, up to `last` and at most `limit`, as they are found.
pub async fn page(tx: &mut Tx, after: i64, last: i64, limit: i64) -> Result<Vec<Found>, DbError> {
    let rows = sql!(
        "SELECT entry_index, entry_id, appended_at, occurred_at, test_clock_at, service, actor,
                actor_salt, actor_hash, partner_id, customer_id, action, resource, outcome, reason,
                details, leaf_hash
           FROM entries
          WHERE entry_index > $1 AND entry_index <= $2
          ORDER BY entry_index LIMIT $3"
    )
    .bind(after)
    .bind(last)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.iter().map(found).collect()
}

fn found(row: &Row) -> Result<Found, DbError> {
    let index = row.get(0)?;
    match logged(row) {
        Ok(logged) => Ok(Found::Entry(Box::new(logged))),
        Err(error) => Ok(Found::Unreadable { index, why: error.to_string() }),
    }
}

/// Reads a row with the columns in the order of [`page`].
pub(super) fn logged(row: &Row) -> Result<Logged, DbError> {
    let index: i64 = row.get(0)?;
    let corrupt = |column: &str| DbError::corrupt("entries", column, index.to_string());
    let Json(details) = row.get(15)?;
    Ok(Logged {
        index,
        appended_at: row.get(2)?,
        entry: Entry {
            id: MessageId(row.get(1)?),
            occurred_at: row.get(3)?,
            test_clock_at: row.get(4)?,
            service: row.get(5)?,
            actor: row.get(6)?,
            partner: row.get::<Option<Uuid>>(9)?.map(PartnerId),
            customer: row.get::<Option<Uuid>>(10)?.map(CustomerId),
            action: row.get(11)?,
            resource: row.get(12)?,
            outcome: row.get::<String>(13)?.parse().map_err(|_| corrupt("outcome"))?,
            reason: row.get(14)?,
            details: serde_json::from_str(&details).map_err(|_| corrupt("details"))?,
        },
        actor_salt: row.get::<Vec<u8>>(7)?.try_into().map_err(|_| corrupt("actor_salt"))?,
        actor_hash: hash(row.get(8)?, "entries", "actor_hash", index)?,
        leaf_hash: hash(row.get(16)?, "entries", "leaf_hash", index)?,
    })
}
