//! The entries, in the order of their places.

use std::collections::BTreeMap;

use db::{DbError, Json, Row, Tx, sql, values, write_many};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{CustomerId, MessageId, PartnerId};

use super::hash;
use crate::domain::{ERASED, Entry, Found, Hash, Logged};

const INSERT: &str = "INSERT INTO entries (entry_index, entry_id, appended_at, occurred_at, \
     test_clock_at, service, actor, actor_salt, actor_hash, partner_id, customer_id, action, \
     resource, outcome, reason, details, leaf_hash)";

/// Whom an entry concerns, and the hash of its leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The partner.
    pub partner: Option<PartnerId>,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The hash.
    pub hash: Hash,
}

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
            actor_salt.map(|salt| salt.to_vec()),
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

/// Returns whom the entry at a place concerns, and the hash of its leaf; `None` if there is none.
pub async fn leaf(tx: &mut Tx, index: i64) -> Result<Option<Leaf>, DbError> {
    let row = sql!("SELECT partner_id, customer_id, leaf_hash FROM entries WHERE entry_index = $1")
        .bind(index)
        .fetch_optional(tx)
        .await?;
    let leaf = |row: Row| {
        Ok(Leaf {
            partner: row.get::<Option<Uuid>>(0)?.map(PartnerId),
            customer: row.get::<Option<Uuid>>(1)?.map(CustomerId),
            hash: hash(row.get(2)?, "entries", "leaf_hash", index)?,
        })
    };
    row.map(leaf).transpose()
}

/// Returns when the entry at a place was appended; `None` if there is none.
pub async fn appended_at(tx: &mut Tx, index: i64) -> Result<Option<Timestamp>, DbError> {
    let row = sql!("SELECT appended_at FROM entries WHERE entry_index = $1")
        .bind(index)
        .fetch_optional(tx)
        .await?;
    row.map(|row| row.get(0)).transpose()
}

/// Returns the places of all entries of an actor, in their order.
pub async fn of_actor(tx: &mut Tx, actor: &str) -> Result<Vec<i64>, DbError> {
    let rows = sql!("SELECT entry_index FROM entries WHERE actor = $1 ORDER BY entry_index")
        .bind(actor)
        .fetch_all(tx)
        .await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Erases the name of an actor, and what it was hashed with, from all entries.
pub async fn erase(tx: &mut Tx, actor: &str) -> Result<u64, DbError> {
    sql!("UPDATE entries SET actor = NULL, actor_salt = NULL WHERE actor = $1")
        .bind(actor)
        .execute(tx)
        .await
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
    let (actor, actor_salt) = match (row.get::<Option<String>>(6)?, row.get::<Option<Vec<u8>>>(7)?)
    {
        (Some(actor), Some(salt)) => {
            (actor, Some(salt.try_into().map_err(|_| corrupt("actor_salt"))?))
        }
        (None, None) => (ERASED.to_owned(), None),
        _ => return Err(corrupt("actor")),
    };
    Ok(Logged {
        index,
        appended_at: row.get(2)?,
        entry: Entry {
            id: MessageId(row.get(1)?),
            occurred_at: row.get(3)?,
            test_clock_at: row.get(4)?,
            service: row.get(5)?,
            actor,
            partner: row.get::<Option<Uuid>>(9)?.map(PartnerId),
            customer: row.get::<Option<Uuid>>(10)?.map(CustomerId),
            action: row.get(11)?,
            resource: row.get(12)?,
            outcome: row.get::<String>(13)?.parse().map_err(|_| corrupt("outcome"))?,
            reason: row.get(14)?,
            details: serde_json::from_str(&details).map_err(|_| corrupt("details"))?,
        },
        actor_salt,
        actor_hash: hash(row.get(8)?, "entries", "actor_hash", index)?,
        leaf_hash: hash(row.get(16)?, "entries", "leaf_hash", index)?,
    })
}
