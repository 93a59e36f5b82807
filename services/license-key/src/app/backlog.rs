//! Where the mailbox stands.

use mailbox::Backlog;

use super::App;
use crate::error::Error;

impl App {
    /// Returns how many letters wait, and how many were taken.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        let mut tx = self.db.read().await?;
        let backlog = mailbox::backlog(&mut tx).await?;
        tx.commit().await?;
        Ok(backlog)
    }
}
