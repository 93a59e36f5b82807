//! Opens the cipher at start, and makes the data keys the first time.

use db::Db;
use jiff::Timestamp;
use vocab::IdGen;

use crate::cipher::{Cipher, DataKeyId, MasterKeySource, Purpose, WrappedKey};
use crate::error::Error;
use crate::store;

/// Returns the cipher of a database; a new database gets its data keys.
///
/// # Errors
///
/// [`Error::Cipher`] without the master key that the data keys belong to.
pub async fn unlock(
    db: &Db,
    ids: &IdGen,
    now: Timestamp,
    source: &MasterKeySource,
) -> Result<Cipher, Error> {
    let mut tx = db.begin().await?;
    let mut data_keys = store::data_keys::all(&mut tx).await?;
    let master = source.key(data_keys.is_empty())?;
    if data_keys.is_empty() {
        for purpose in [Purpose::Seal, Purpose::Index] {
            let key = WrappedKey::make(DataKeyId(ids.uuid()), purpose, &master)?;
            store::data_keys::add_first(&mut tx, key, now).await?;
        }
        // Another process may have been quicker: its keys are then the database's.
        data_keys = store::data_keys::all(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(Cipher::open(&master, &data_keys)?)
}
