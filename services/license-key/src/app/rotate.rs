//! Puts a new master key to use, while everything goes on.

use access::Caller;
use db::Db;

use super::App;
use super::entry::Deed;
use crate::cipher::Keepers;
use crate::error::Error;
use crate::store;

impl App {
    /// Reads the configured master keys again and wraps all data keys by the one that is now in use;
    /// returns its name and how many it had not wrapped before. No product key is touched.
    ///
    /// # Errors
    ///
    /// [`Error::Cipher`] without the master key that the data keys belong to.
    pub async fn rotate_master_key(&self, caller: &Caller) -> Result<(String, i64), Error> {
        let keepers = self.master_keys.read(false)?;
        let rewrapped = rewrap(&self.db, &keepers).await?;
        let name = keepers.current().id().to_owned();
        let mut deed = Deed {
            actor: caller.subject.clone(),
            action: "RotateMasterKey".to_owned(),
            resource: format!("masterKeys/{name}"),
            ..Deed::default()
        };
        deed.details.insert("rewrapped_count".to_owned(), rewrapped.to_string());
        let mut tx = self.db.begin().await?;
        self.write(&mut tx, &self.entry(deed, None)).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok((name, rewrapped))
    }
}

/// Wraps by the current keeper what a former one wrapped; returns how many.
pub(super) async fn rewrap(db: &Db, keepers: &Keepers) -> Result<i64, Error> {
    let mut tx = db.read().await?;
    let stored = store::data_keys::all(&mut tx).await?;
    drop(tx);
    // The keeper may be another service, so no transaction is open while it works.
    let mut anew = vec![];
    for key in stored {
        if let Some(wrapped) = key.wrapped_anew(keepers).await? {
            anew.push((wrapped, key.master_key));
        }
    }
    let mut rewrapped = 0;
    let mut tx = db.begin().await?;
    for (key, former) in anew {
        rewrapped += i64::from(store::data_keys::rewrap(&mut tx, key, &former).await?);
    }
    tx.commit().await?;
    Ok(rewrapped)
}
