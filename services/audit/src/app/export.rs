//! `ExportLog`: all that a check elsewhere needs, a piece at a time.

use super::App;
use crate::{
    domain::{Exported, Found, Rejection, VerifyingKey},
    error::Error,
    store,
};

/// Entries in one piece.
const PIECE: i64 = 500;

impl App {
    /// Returns the piece after the first `position` entries.
    ///
    /// # Errors
    ///
    /// [`Rejection::Unprovable`] for an entry that cannot be read.
    pub async fn export(&self, position: i64) -> Result<Exported, Error> {
        let mut tx = self.db.read().await?;
        let until = position + PIECE;
        let found = store::entries::page(&mut tx, position - 1, until - 1, PIECE).await?;
        let size = store::tree_head::read(&mut tx).await?.unwrap_or_default().size();
        let next = Some(until).filter(|until| *until < size);
        let most = next.unwrap_or(i64::MAX);
        let above = if position == 0 { -1 } else { position };
        let checkpoints = store::checkpoints::between(&mut tx, above, most).await?;
        tx.commit().await?;
        let entries = found.into_iter().map(Found::entry);
        let entries = entries.collect::<Option<_>>().ok_or(Rejection::Unprovable { size })?;
        Ok(Exported { entries, checkpoints, next })
    }

    /// Returns the public keys whose signatures count, the one that signs first, with the largest size
    /// that each has signed.
    pub async fn signing_keys(&self) -> Result<Vec<(VerifyingKey, i64)>, Error> {
        let mut tx = self.db.read().await?;
        let sizes = store::checkpoints::sizes(&mut tx).await?;
        tx.commit().await?;
        let size = |key: &VerifyingKey| sizes.get(key.key_id()).copied().unwrap_or_default();
        Ok(self.keyring.keys().map(|key| (key.clone(), size(key))).collect())
    }
}
