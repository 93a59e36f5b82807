//! Product keys, sealed.

use db::{DbError, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use vocab::{CustomerId, KeyId, ProductId, SkuId, SubscriptionId};

use crate::cipher::{DataKeyId, NewKey, SealedKey};
use crate::domain::{KeyState, Purchase, SkuName};

static OF_PURCHASE: Stmt = sql!(
    "SELECT key_id, state FROM product_keys
      WHERE customer_id = $1 AND subscription_id = $2 AND product_id = $3 AND sku_id = $4"
);

static ASSIGN: Stmt = sql!(
    "UPDATE product_keys
        SET state = 'ASSIGNED', customer_id = $3, subscription_id = $4, assigned_at = $5
      WHERE key_id" any_open
        "SELECT key_id FROM product_keys
          WHERE product_id = $1 AND sku_id = $2 AND state = 'AVAILABLE'
          ORDER BY key_id LIMIT 1" skip_locked any_close
    "RETURNING key_id"
);

static OF_FINGERPRINT: Stmt = sql!(
    "SELECT key_id, state, activation_limit, customer_id, subscription_id FROM product_keys
      WHERE fingerprint = $1 AND subscription_id IS NOT NULL"
);

static LIMIT: Stmt = sql!("SELECT activation_limit FROM product_keys WHERE key_id = $1");

static LEFT: Stmt = sql!(
    "SELECT count(*) FROM (
         SELECT 1 FROM product_keys WHERE product_id = $1 AND sku_id = $2 AND state = 'AVAILABLE'
          LIMIT $3) AS few"
);

static SEALED: Stmt = sql!(
    "SELECT key_id, product_id, sku_id, data_key_id, ciphertext FROM product_keys
      WHERE key_id = $1 AND state = 'ASSIGNED'"
);

/// Adds keys to their pools, which must be there; returns how many were new. The others are known
/// already, in whatever pool.
///
/// # Errors
///
/// Those of the database.
pub async fn add(
    tx: &mut Tx,
    mut keys: Vec<NewKey>,
    activation_limit: Option<i64>,
    now: Timestamp,
) -> Result<u64, DbError> {
    // Two imports of the same keys wait for one another, and never in a circle.
    keys.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
    let row = |NewKey { sealed, fingerprint }| {
        let SealedKey { id, sku, data_key, ciphertext } = sealed;
        values![
            id.0,
            sku.product.0,
            sku.sku.0,
            KeyState::Available.as_str(),
            data_key.0,
            ciphertext,
            fingerprint,
            now,
            activation_limit
        ]
    };
    write_many(
        tx,
        "INSERT INTO product_keys (key_id, product_id, sku_id, state, data_key_id, ciphertext,
                                   fingerprint, imported_at, activation_limit)",
        keys.into_iter().map(row).collect(),
        "ON CONFLICT (fingerprint) DO NOTHING",
    )
    .await
}

/// Returns the key of what a purchase is now, and where it stands.
///
/// # Errors
///
/// Those of the database.
pub async fn of_purchase(
    tx: &mut Tx,
    purchase: &Purchase,
) -> Result<Option<(KeyId, KeyState)>, DbError> {
    let SkuName { product, sku } = &purchase.sku;
    let query = OF_PURCHASE.bind(purchase.customer.0).bind(purchase.id.0);
    let row = query.bind(product.as_str()).bind(sku.as_str()).fetch_optional(tx).await?;
    row.map(|row| {
        let state = super::member("product_keys", "state", &row.get::<String>(1)?)?;
        Ok((KeyId(row.get(0)?), state))
    })
    .transpose()
}

/// A key that was handed out, found by its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandedOut {
    /// Which.
    pub id: KeyId,
    /// Where it stands.
    pub state: KeyState,
    /// On how many devices it can be activated; `None` where the purchase's quantity says.
    pub activation_limit: Option<i64>,
    /// Whose it is.
    pub purchase: (CustomerId, SubscriptionId),
}

/// Returns the key with a fingerprint, if it belongs to a purchase.
///
/// # Errors
///
/// Those of the database.
pub async fn of_fingerprint(
    tx: &mut Tx,
    fingerprint: Vec<u8>,
) -> Result<Option<HandedOut>, DbError> {
    let row = OF_FINGERPRINT.bind(fingerprint).fetch_optional(tx).await?;
    row.map(|row| {
        Ok(HandedOut {
            id: KeyId(row.get(0)?),
            state: super::member("product_keys", "state", &row.get::<String>(1)?)?,
            activation_limit: row.get(2)?,
            purchase: (CustomerId(row.get(3)?), SubscriptionId(row.get(4)?)),
        })
    })
    .transpose()
}

/// Returns on how many devices a key can be activated; `None` where the purchase's quantity says.
///
/// # Errors
///
/// Those of the database.
pub async fn activation_limit(tx: &mut Tx, id: KeyId) -> Result<Option<i64>, DbError> {
    LIMIT.bind(id.0).fetch_one(tx).await?.get(0)
}

/// Returns how many keys a pool has left, counting no further than `most`: a full pool is not read.
///
/// # Errors
///
/// Those of the database.
pub async fn left(tx: &mut Tx, sku: &SkuName, most: i64) -> Result<i64, DbError> {
    let query = LEFT.bind(sku.product.as_str()).bind(sku.sku.as_str()).bind(most);
    query.fetch_one(tx).await?.get(0)
}

/// Gives the oldest key of a pool to a purchase, for ever; `None` if the pool is empty. The purchase's
/// row must be locked, so that it is given one.
///
/// # Errors
///
/// Those of the database.
pub async fn assign(
    tx: &mut Tx,
    sku: &SkuName,
    (customer, id): (CustomerId, SubscriptionId),
    now: Timestamp,
) -> Result<Option<KeyId>, DbError> {
    let row = ASSIGN
        .bind(sku.product.as_str())
        .bind(sku.sku.as_str())
        .bind(customer.0)
        .bind(id.0)
        .bind(now)
        .fetch_optional(tx)
        .await?;
    row.map(|row| Ok(KeyId(row.get(0)?))).transpose()
}

/// Returns what is stored of a key, if it belongs to a purchase and was not revoked.
///
/// # Errors
///
/// Those of the database.
pub async fn sealed(tx: &mut Tx, id: KeyId) -> Result<Option<SealedKey>, DbError> {
    let row = SEALED.bind(id.0).fetch_optional(tx).await?;
    row.map(|row| {
        Ok(SealedKey {
            id: KeyId(row.get(0)?),
            sku: SkuName { product: ProductId(row.get(1)?), sku: SkuId(row.get(2)?) },
            data_key: DataKeyId(row.get(3)?),
            ciphertext: row.get(4)?,
        })
    })
    .transpose()
}

/// Revokes the keys of purchases that are over; returns how many had one.
///
/// # Errors
///
/// Those of the database.
pub async fn revoke(
    tx: &mut Tx,
    purchases: &[(CustomerId, SubscriptionId)],
    now: Timestamp,
) -> Result<u64, DbError> {
    let row = |(customer, id): &(CustomerId, SubscriptionId)| values![customer.0, id.0, now];
    write_many(
        tx,
        "UPDATE product_keys SET state = 'REVOKED', revoked_at = v.column3 FROM (",
        purchases.iter().map(row).collect(),
        ") AS v WHERE customer_id = v.column1 AND subscription_id = v.column2 AND state = 'ASSIGNED'",
    )
    .await
}

/// Revokes the keys of what purchases were before they became another SKU; returns how many there were.
///
/// # Errors
///
/// Those of the database.
pub async fn revoke_former(
    tx: &mut Tx,
    purchases: &[(CustomerId, SubscriptionId)],
    now: Timestamp,
) -> Result<u64, DbError> {
    let row = |(customer, id): &(CustomerId, SubscriptionId)| values![customer.0, id.0, now];
    write_many(
        tx,
        "UPDATE product_keys SET state = 'REVOKED', revoked_at = v.column3 FROM (",
        purchases.iter().map(row).collect(),
        ") AS v JOIN purchases AS p ON p.customer_id = v.column1 AND p.subscription_id = v.column2
         WHERE product_keys.customer_id = p.customer_id
           AND product_keys.subscription_id = p.subscription_id
           AND product_keys.state = 'ASSIGNED'
           AND (product_keys.product_id <> p.product_id OR product_keys.sku_id <> p.sku_id)",
    )
    .await
}
