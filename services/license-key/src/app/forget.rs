//! Forgets what nobody will ask for again.

use jiff::SignedDuration;
use worker::Progress;

use super::App;
use crate::error::Error;

/// Messages are remembered this long after they were taken: far longer than an operator needs to send
/// a parked letter again.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long answers are remembered. Source: D-28.
const ANSWERS_REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

impl App {
    /// Forgets answers, and some of the messages that were taken long ago.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn forget(&self) -> Result<Progress, Error> {
        let now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        replay::forget(&mut tx, now - ANSWERS_REMEMBERED).await?;
        let progress = mailbox::forget(&mut tx, now - REMEMBERED).await?;
        tx.commit().await?;
        Ok(progress)
    }
}
