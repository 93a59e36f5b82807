//! What need not be remembered any longer.

use jiff::{SignedDuration, Timestamp};
use worker::Progress;

use super::App;
use crate::error::Error;
use crate::store;

/// How long answers, taken messages and unanswered cancellations are remembered. Source: D-28.
const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

impl App {
    /// Forgets answers and taken messages that are older than 30 days.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn forget(&self) -> Result<Progress, Error> {
        let before = self.clocks.real_now().checked_sub(RETENTION).unwrap_or(Timestamp::MIN);
        let mut tx = self.db.begin().await?;
        replay::forget(&mut tx, before).await?;
        store::cancellations::forget(&mut tx, before).await?;
        let progress = mailbox::forget(&mut tx, before).await?;
        tx.commit().await?;
        Ok(progress)
    }
}
