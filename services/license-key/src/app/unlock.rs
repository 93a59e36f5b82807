//! Opens the cipher at start, and makes the data keys the first time.

use db::Db;
use jiff::Timestamp;
use vocab::IdGen;

use super::rotate::rewrap;
use crate::cipher::{Cipher, DataKeyId, MasterKeys, Purpose, WrappedKey};
use crate::error::Error;
use crate::store;

/// Returns the cipher of a database; a new database gets its data keys, and those that a former master
/// key wrapped are wrapped by the one in use.
///
/// # Errors
///
/// [`Error::Cipher`] without the master key that the data keys belong to.
pub async fn unlock(
    db: &Db,
    ids: &IdGen,
    now: Timestamp,
    master_keys: &MasterKeys,
) -> Result<Cipher, Error> {
    let mut tx = db.read().await?;
    let is_new = store::data_keys::all(&mut tx).await?.is_empty();
    drop(tx);
    let keepers = master_keys.read(is_new)?;
    if is_new {
        for purpose in [Purpose::Seal, Purpose::Index] {
            let key = WrappedKey::make(DataKeyId(ids.uuid()), purpose, keepers.current()).await?;
            let mut tx = db.begin().await?;
            store::data_keys::add_first(&mut tx, key, now).await?;
            tx.commit().await?;
        }
    }
    rewrap(db, &keepers).await?;
    // Another process may have been quicker: its keys are then the database's.
    let mut tx = db.read().await?;
    let data_keys = store::data_keys::all(&mut tx).await?;
    drop(tx);
    Ok(Cipher::open(&keepers, &data_keys).await?)
}
