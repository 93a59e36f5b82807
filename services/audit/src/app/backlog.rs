//! `GetBacklog`: how much the log took.

use super::App;
use crate::{error::Error, store};

impl App {
    /// Returns how many entries the log has. It sends nothing, so nothing ever waits.
    pub async fn taken(&self) -> Result<i64, Error> {
        let mut tx = self.db.read().await?;
        let tree = store::tree_head::read(&mut tx).await?;
        tx.commit().await?;
        Ok(tree.unwrap_or_default().size())
    }
}
