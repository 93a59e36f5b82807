//! Migrations from volume licensing, and their device groups.

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use rpc::Page;
use uuid::Uuid;
use vocab::{ClockId, CustomerId, MigrationId, PartnerId, SubscriptionId};

use super::limit;
use crate::domain::{DeviceGroup, Migration};

/// All columns that [`read`] wants, in its order.
macro_rules! select {
    ($($rest:tt)+) => {
        sql!(
            "SELECT customer_id, migration_id, subscription_id, partner_id, test_clock_id, title,
                    created_at
               FROM volume_migrations " $($rest)+
        )
    };
}

static LOAD: Stmt = select!("WHERE customer_id = $1 AND migration_id = $2");

static LOCK: Stmt = select!("WHERE customer_id = $1 AND migration_id = $2" for_update);

static PAGE: Stmt = select!(
    "WHERE customer_id = $1 AND ($2 IS NULL OR partner_id = $2)
        AND (created_at, migration_id) < ($3, $4)
      ORDER BY created_at DESC, migration_id DESC LIMIT $5"
);

static GROUPS: Stmt = sql!(
    "SELECT migration_id, group_name, device_count, kms_activated_on, deployed_count, rung_until
       FROM device_groups WHERE customer_id = $1 AND migration_id" in_uuids "$2"
    " ORDER BY migration_id, group_name"
);

static DUE: Stmt = sql!(
    "SELECT customer_id, migration_id FROM device_groups
      WHERE alarm_at <= $1 AND test_clock_id IS NULL ORDER BY alarm_at LIMIT $2"
);

static DUE_ON: Stmt = sql!(
    "SELECT customer_id, migration_id FROM device_groups
      WHERE alarm_at <= $1 AND test_clock_id = $2 ORDER BY alarm_at"
);

static ADD: Stmt = sql!(
    "INSERT INTO volume_migrations (customer_id, migration_id, subscription_id, partner_id,
         test_clock_id, title, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)"
);

/// Writes a new migration with its groups.
///
/// # Errors
///
/// Those of the database.
pub async fn add(tx: &mut Tx, migration: &Migration) -> Result<(), DbError> {
    ADD.bind(migration.customer.0)
        .bind(migration.id.0)
        .bind(migration.purchase.0)
        .bind(migration.partner.0)
        .bind(migration.test_clock.map(|clock| clock.0))
        .bind(&migration.title)
        .bind(migration.created_at)
        .execute(tx)
        .await?;
    save(tx, migration).await
}

/// Writes the groups of a migration, each with its next alarm.
///
/// # Errors
///
/// Those of the database.
pub async fn save(tx: &mut Tx, migration: &Migration) -> Result<(), DbError> {
    let row = |group: &DeviceGroup| {
        values![
            migration.customer.0,
            migration.id.0,
            &group.name,
            migration.test_clock.map(|clock| clock.0),
            group.device_count,
            group.kms_activated_on,
            group.deployed_count,
            group.rung_until,
            group.alarm()
        ]
    };
    write_many(
        tx,
        "INSERT INTO device_groups (customer_id, migration_id, group_name, test_clock_id, device_count,
             kms_activated_on, deployed_count, rung_until, alarm_at)",
        migration.groups.iter().map(row).collect(),
        "ON CONFLICT (customer_id, migration_id, group_name) DO UPDATE SET
             deployed_count = excluded.deployed_count, rung_until = excluded.rung_until,
             alarm_at = excluded.alarm_at",
    )
    .await
    .map(drop)
}

/// Returns a migration.
///
/// # Errors
///
/// Those of the database.
pub async fn load(
    tx: &mut Tx,
    (customer, id): (CustomerId, MigrationId),
) -> Result<Option<Migration>, DbError> {
    let row = LOAD.bind(customer.0).bind(id.0).fetch_optional(tx).await?;
    whole(tx, customer, row.iter().collect()).await.map(|found| found.into_iter().next())
}

/// Returns a migration that nobody else can change before `tx` ends.
///
/// # Errors
///
/// Those of the database.
pub async fn lock(
    tx: &mut Tx,
    (customer, id): (CustomerId, MigrationId),
) -> Result<Option<Migration>, DbError> {
    let row = LOCK.bind(customer.0).bind(id.0).fetch_optional(tx).await?;
    whole(tx, customer, row.iter().collect()).await.map(|found| found.into_iter().next())
}

/// Returns a customer's migrations, of all partners or of one: those of a page and one more, the
/// newest first.
///
/// # Errors
///
/// Those of the database.
pub async fn page(
    tx: &mut Tx,
    (customer, partner): (CustomerId, Option<PartnerId>),
    page: &Page,
) -> Result<Vec<Migration>, DbError> {
    let (before, id) = super::newest_first("migrations", page)?;
    let query = PAGE.bind(customer.0).bind(partner.map(|partner| partner.0)).bind(before);
    let rows = query.bind(id).bind(limit(page)).fetch_all(tx).await?;
    whole(tx, customer, rows.iter().collect()).await
}

/// Returns the key of a migration in the list of [`page`].
pub fn page_key(migration: &Migration) -> String {
    super::time_key(migration.created_at, migration.id.0)
}

/// Returns migrations with groups for which time has something to say: on a test clock all, on the real
/// one at most `most`, the earliest first.
///
/// # Errors
///
/// Those of the database.
pub async fn due(
    tx: &mut Tx,
    clock: Option<ClockId>,
    now: Timestamp,
    most: i64,
) -> Result<Vec<(CustomerId, MigrationId)>, DbError> {
    let rows = match clock {
        Some(clock) => DUE_ON.bind(now).bind(clock.0).fetch_all(tx).await?,
        None => DUE.bind(now).bind(most).fetch_all(tx).await?,
    };
    let mut due = rows
        .iter()
        .map(|row| Ok((CustomerId(row.get(0)?), MigrationId(row.get(1)?))))
        .collect::<Result<Vec<_>, DbError>>()?;
    // In one order, so that two who ring wait for one another and never in a circle.
    due.sort_unstable();
    due.dedup();
    Ok(due)
}

/// Reads migrations of one customer and gives them their groups.
async fn whole(
    tx: &mut Tx,
    customer: CustomerId,
    rows: Vec<&Row>,
) -> Result<Vec<Migration>, DbError> {
    let mut migrations = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<Uuid> = migrations.iter().map(|migration| migration.id.0).collect();
    if ids.is_empty() {
        return Ok(migrations);
    }
    for row in GROUPS.bind(customer.0).bind(ids).fetch_all(tx).await? {
        let (of, group) = read_group(&row)?;
        if let Some(found) = migrations.iter_mut().find(|migration| migration.id == of) {
            found.groups.push(group);
        }
    }
    Ok(migrations)
}

fn read(row: &Row) -> Result<Migration, DbError> {
    Ok(Migration {
        customer: CustomerId(row.get(0)?),
        id: MigrationId(row.get(1)?),
        purchase: SubscriptionId(row.get(2)?),
        partner: PartnerId(row.get(3)?),
        test_clock: row.get::<Option<Uuid>>(4)?.map(ClockId),
        title: row.get(5)?,
        groups: vec![],
        created_at: row.get(6)?,
    })
}

fn read_group(row: &Row) -> Result<(MigrationId, DeviceGroup), DbError> {
    let group = DeviceGroup {
        name: row.get(1)?,
        device_count: row.get(2)?,
        kms_activated_on: row.get(3)?,
        deployed_count: row.get(4)?,
        rung_until: row.get(5)?,
    };
    Ok((MigrationId(row.get(0)?), group))
}
