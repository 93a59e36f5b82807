//! Data keys, wrapped.

use db::{DbError, Stmt, Tx, sql};
use jiff::Timestamp;

use crate::cipher::{DataKeyId, WrappedKey};

static ALL: Stmt = sql!(
    "SELECT data_key_id, purpose, master_key_id, wrapped FROM data_keys ORDER BY purpose, generation"
);

static ADD_FIRST: Stmt = sql!(
    "INSERT INTO data_keys (data_key_id, purpose, generation, master_key_id, wrapped, made_at)
     VALUES ($1, $2, 1, $3, $4, $5) ON CONFLICT (purpose, generation) DO NOTHING"
);

static REWRAP: Stmt = sql!(
    "UPDATE data_keys SET master_key_id = $2, wrapped = $3
      WHERE data_key_id = $1 AND master_key_id = $4"
);

/// Replaces how a data key is wrapped, unless another process was quicker; returns whether it did.
///
/// # Errors
///
/// Those of the database.
pub async fn rewrap(
    tx: &mut Tx,
    key: WrappedKey,
    former_master_key: &str,
) -> Result<bool, DbError> {
    let WrappedKey { id, purpose: _, master_key, wrapped } = key;
    let query = REWRAP.bind(id.0).bind(master_key).bind(wrapped).bind(former_master_key);
    Ok(query.execute(tx).await? == 1)
}

/// Returns all data keys; of each purpose the oldest first.
///
/// # Errors
///
/// Those of the database.
pub async fn all(tx: &mut Tx) -> Result<Vec<WrappedKey>, DbError> {
    let rows = ALL.fetch_all(tx).await?;
    rows.iter()
        .map(|row| {
            Ok(WrappedKey {
                id: DataKeyId(row.get(0)?),
                purpose: super::member("data_keys", "purpose", &row.get::<String>(1)?)?,
                master_key: row.get(2)?,
                wrapped: row.get(3)?,
            })
        })
        .collect()
}

/// Writes the first data key of its purpose, unless another process was quicker.
///
/// # Errors
///
/// Those of the database.
pub async fn add_first(tx: &mut Tx, key: WrappedKey, now: Timestamp) -> Result<(), DbError> {
    let WrappedKey { id, purpose, master_key, wrapped } = key;
    ADD_FIRST
        .bind(id.0)
        .bind(purpose.as_str())
        .bind(master_key)
        .bind(wrapped)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}
