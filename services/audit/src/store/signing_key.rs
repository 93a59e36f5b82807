//! The key that signs checkpoints, where none is configured.

use db::{DbError, Tx, sql};

/// Returns the stored key, in PEM; the first to store one, be it `new`, decides.
pub async fn keep(tx: &mut Tx, new: &str) -> Result<String, DbError> {
    sql!("INSERT INTO signing_key (slot, private_pem) VALUES (1, $1) ON CONFLICT DO NOTHING")
        .bind(new)
        .execute(tx)
        .await?;
    sql!("SELECT private_pem FROM signing_key WHERE slot = 1").fetch_one(tx).await?.get(0)
}
