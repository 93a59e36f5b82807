//! `AppendEntries`: one batch, one transaction.

use aws_lc_rs::rand;

use super::App;
use crate::{
    domain::{self, Receipt, Salts, Submitted},
    error::Error,
    store,
};

impl App {
    /// Appends entries, each once by its id; once this returns they are durable.
    ///
    /// Source: AUD-4.
    pub async fn append(&self, submitted: Vec<Submitted>) -> Result<Vec<Receipt>, Error> {
        let readable = submitted.iter().filter_map(|one| one.entry.as_ref().ok());
        let ids: Vec<_> = readable.map(|entry| entry.id.0).collect();
        let salts = salts()?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;

        let (tree, last_at) = store::tree_head::lock(&mut tx).await?;
        let places = store::entries::places(&mut tx, ids).await?;
        let appended = domain::append((tree, last_at), places, submitted, salts, now);
        let size = appended.tree.size();
        let receipts = store::write(&mut tx, appended).await?;

        tx.commit().await?;
        self.appended.send_replace(size);
        Ok(receipts)
    }
}

pub(super) fn salts() -> Result<Salts, Error> {
    let mut seed = [0; 32];
    rand::fill(&mut seed).map_err(|_| Error::NoRandomness)?;
    Ok(Salts::new(seed))
}
