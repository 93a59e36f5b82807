//! What need not be remembered any longer. The log itself forgets nothing.

use jiff::SignedDuration;
use worker::Progress;

use super::App;
use crate::error::Error;

/// How long answers are remembered. Source: D-28.
const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

impl App {
    /// Forgets answers that are older than 30 days.
    ///
    /// # Errors
    ///
    /// Those of the database.
    ///
    /// Source: D-28.
    pub async fn forget(&self) -> Result<Progress, Error> {
        let mut tx = self.db.begin().await?;
        replay::forget(&mut tx, self.clock.now() - RETENTION).await?;
        tx.commit().await?;
        Ok(Progress::Idle)
    }
}
