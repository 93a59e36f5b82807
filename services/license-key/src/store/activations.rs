//! On which devices keys are in use.

use db::{DbError, Row, Stmt, Tx, sql};
use jiff::Timestamp;
use rpc::Page;
use vocab::{ActivationId, CustomerId, KeyId, SubscriptionId};

use super::limit;
use crate::domain::Activation;

/// All columns that [`read`] wants, in its order.
macro_rules! select {
    ($($rest:tt)+) => {
        sql!(
            "SELECT activation_id, customer_id, subscription_id, device_label, activated_at, revoked_at
               FROM activations " $($rest)+
        )
    };
}

static ON_DEVICE: Stmt = select!("WHERE key_id = $1 AND device_hash = $2 AND revoked_at IS NULL");

static LOCK: Stmt = select!("WHERE activation_id = $1" for_update);

static PAGE: Stmt = select!(
    "WHERE customer_id = $1 AND subscription_id = $2 AND (activated_at, activation_id) < ($3, $4)
     ORDER BY activated_at DESC, activation_id DESC LIMIT $5"
);

static COUNT: Stmt =
    sql!("SELECT count(*) FROM activations WHERE key_id = $1 AND revoked_at IS NULL");

static ADD: Stmt = sql!(
    "INSERT INTO activations (activation_id, key_id, customer_id, subscription_id, device_hash,
         device_label, activated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)"
);

static REVOKE: Stmt =
    sql!("UPDATE activations SET revoked_at = $2 WHERE activation_id = $1 AND revoked_at IS NULL");

/// Returns how many devices a key is in use on.
///
/// # Errors
///
/// Those of the database.
pub async fn count(tx: &mut Tx, key: KeyId) -> Result<i64, DbError> {
    COUNT.bind(key.0).fetch_one(tx).await?.get(0)
}

/// Returns the activation of a key on a device that counts.
///
/// # Errors
///
/// Those of the database.
pub async fn on_device(
    tx: &mut Tx,
    key: KeyId,
    device_hash: Vec<u8>,
) -> Result<Option<Activation>, DbError> {
    let row = ON_DEVICE.bind(key.0).bind(device_hash).fetch_optional(tx).await?;
    row.as_ref().map(read).transpose()
}

/// Writes a new activation. The purchase's row must be locked, so that the count is right.
///
/// # Errors
///
/// Those of the database.
pub async fn add(
    tx: &mut Tx,
    activation: &Activation,
    (key, device_hash): (KeyId, Vec<u8>),
) -> Result<(), DbError> {
    ADD.bind(activation.id.0)
        .bind(key.0)
        .bind(activation.customer.0)
        .bind(activation.purchase.0)
        .bind(device_hash)
        .bind(&activation.device_label)
        .bind(activation.activated_at)
        .execute(tx)
        .await
        .map(drop)
}

/// Returns an activation that nobody else can change before `tx` ends.
///
/// # Errors
///
/// Those of the database.
pub async fn lock(tx: &mut Tx, id: ActivationId) -> Result<Option<Activation>, DbError> {
    LOCK.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Revokes an activation, unless it was.
///
/// # Errors
///
/// Those of the database.
pub async fn revoke(tx: &mut Tx, id: ActivationId, now: Timestamp) -> Result<(), DbError> {
    REVOKE.bind(id.0).bind(now).execute(tx).await.map(drop)
}

/// Returns the activations of a purchase: those of a page and one more, the newest first.
///
/// # Errors
///
/// Those of the database.
pub async fn page(
    tx: &mut Tx,
    (customer, purchase): (CustomerId, SubscriptionId),
    page: &Page,
) -> Result<Vec<Activation>, DbError> {
    let (before, id) = super::newest_first("activations", page)?;
    let query = PAGE.bind(customer.0).bind(purchase.0).bind(before).bind(id);
    let rows = query.bind(limit(page)).fetch_all(tx).await?;
    rows.iter().map(read).collect()
}

/// Returns the key of an activation in the list of [`page`].
pub fn page_key(activation: &Activation) -> String {
    super::time_key(activation.activated_at, activation.id.0)
}

fn read(row: &Row) -> Result<Activation, DbError> {
    Ok(Activation {
        id: ActivationId(row.get(0)?),
        customer: CustomerId(row.get(1)?),
        purchase: SubscriptionId(row.get(2)?),
        device_label: row.get(3)?,
        activated_at: row.get(4)?,
        revoked_at: row.get(5)?,
    })
}
