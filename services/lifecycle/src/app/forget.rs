//! What need not be remembered any longer.

use jiff::{SignedDuration, Timestamp};
use worker::Progress;

use super::App;
use crate::error::Error;

impl App {
    /// Forgets answers and taken messages older than `retention` (D-28: 30 days).
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn forget(&self, retention: SignedDuration) -> Result<Progress, Error> {
        let now = self.clocks.real_now();
        let before = now.checked_sub(retention).unwrap_or(Timestamp::MIN);
        let mut tx = self.db.begin().await?;
        replay::forget(&mut tx, before).await?;
        let progress = mailbox::forget(&mut tx, before).await?;
        tx.commit().await?;
        Ok(progress)
    }
}
