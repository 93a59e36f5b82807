//! The feed of what happened to migrations, in the order of commits.

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use uuid::Uuid;
use vocab::{ChangeId, CustomerId, MigrationId, PartnerId};

use super::member;
use crate::domain::{Migration, MigrationChange};

/// A change with its place in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its place; places grow in the order of commits.
    pub place: i64,
    /// Its id.
    pub id: ChangeId,
    /// Of whose migration.
    pub migration: (CustomerId, MigrationId),
    /// What happened.
    pub change: MigrationChange,
}

/// Takes places in the feed. The row stays locked until the end of the transaction, so that places are
/// given in the order of commits and a reader misses none.
static TAKE_PLACES: Stmt =
    sql!("UPDATE migration_feed SET head = head + $1 WHERE id = 1 RETURNING head");

static AFTER: Stmt = sql!(
    "SELECT place, change_id, migration_id, group_name, kind, effective_at, days_left, deployed_count
       FROM migration_changes
      WHERE customer_id = $1 AND ($2 IS NULL OR partner_id = $2) AND $3 < place
      ORDER BY place LIMIT $4"
);

/// Writes changes of a migration; the ids are new ones, one for each.
///
/// # Errors
///
/// Those of the database.
pub async fn add(
    tx: &mut Tx,
    migration: &Migration,
    changes: Vec<(ChangeId, MigrationChange)>,
) -> Result<(), DbError> {
    if changes.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    let head: i64 = TAKE_PLACES.bind(count).fetch_one(tx).await?.get(0)?;
    let row = |(place, (id, change)): (i64, (ChangeId, MigrationChange))| {
        values![
            place,
            id.0,
            migration.customer.0,
            migration.partner.0,
            migration.id.0,
            change.group,
            change.kind.as_str(),
            change.at,
            change.days_left,
            change.deployed_count
        ]
    };
    let rows = (head - count + 1..).zip(changes).map(row).collect();
    write_many(
        tx,
        "INSERT INTO migration_changes (place, change_id, customer_id, partner_id, migration_id,
             group_name, kind, effective_at, days_left, deployed_count)",
        rows,
        "",
    )
    .await
    .map(drop)
}

/// Returns a customer's changes after a place, of all partners or of one: at most `most`.
///
/// # Errors
///
/// Those of the database.
pub async fn after(
    tx: &mut Tx,
    (customer, partner): (CustomerId, Option<PartnerId>),
    place: i64,
    most: i64,
) -> Result<Vec<Placed>, DbError> {
    let query = AFTER.bind(customer.0).bind(partner.map(|partner| partner.0)).bind(place);
    let rows = query.bind(most).fetch_all(tx).await?;
    rows.iter().map(|row| read(customer, row)).collect()
}

fn read(customer: CustomerId, row: &Row) -> Result<Placed, DbError> {
    Ok(Placed {
        place: row.get(0)?,
        id: ChangeId(row.get(1)?),
        migration: (customer, MigrationId(row.get::<Uuid>(2)?)),
        change: MigrationChange {
            group: row.get(3)?,
            kind: member("migration_changes", "kind", &row.get::<String>(4)?)?,
            at: row.get(5)?,
            days_left: row.get(6)?,
            deployed_count: row.get(7)?,
        },
    })
}
