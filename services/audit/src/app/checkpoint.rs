//! `GetCheckpoint`: the newest head, signed.

use super::App;
use crate::{
    domain::{self, Checkpoint},
    error::Error,
    store,
};

impl App {
    /// Returns the signed head of the log as it now is; a log that has not grown keeps its checkpoint,
    /// unless another key signs by now.
    ///
    /// Each one is kept, so that the log can be compared with all that was ever signed for it.
    ///
    /// # Errors
    ///
    /// [`Rejection::LogCorrupt`](crate::domain::Rejection::LogCorrupt) if the log lies behind what was
    /// signed before (AUD-4).
    pub async fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;

        let (tree, _) = store::tree_head::lock(&mut tx).await?;
        let newest = store::checkpoints::newest(&mut tx).await?;
        domain::check_head(&tree, newest.as_ref(), &self.keyring)?;
        let key_id = self.keyring.signer.key().key_id();
        if let Some(same) =
            newest.filter(|newest| newest.size == tree.size() && newest.key_id == key_id)
        {
            return Ok(same);
        }
        let checkpoint = self.keyring.signer.sign(&tree, now)?;
        store::checkpoints::insert(&mut tx, &checkpoint).await?;

        tx.commit().await?;
        Ok(checkpoint)
    }
}
