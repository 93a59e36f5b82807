//! What need not be remembered any longer.

use jiff::{SignedDuration, Timestamp};
use worker::Progress;

use super::App;
use crate::domain::CART_LIFETIME;
use crate::error::Error;
use crate::store;

/// How long answers, taken messages and unanswered cancellations are remembered. Source: D-28.
const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many carts go in one transaction, so that none is long.
const CARTS_MAX: i64 = 500;

impl App {
    /// Forgets answers and taken messages that are older than 30 days, and carts that nobody ordered
    /// and that expired long ago.
    ///
    /// # Errors
    ///
    /// Those of the database.
    ///
    /// Source: D-28, ORD-12.
    pub async fn forget(&self) -> Result<Progress, Error> {
        let before = self.ago(RETENTION);
        let mut tx = self.db.begin().await?;
        replay::forget(&mut tx, before).await?;
        store::cancellations::forget(&mut tx, before).await?;
        let kept = CART_LIFETIME.saturating_add(self.policy.cart_retention);
        let carts = store::carts::forget(&mut tx, self.ago(kept), CARTS_MAX).await?;
        let progress = mailbox::forget(&mut tx, before).await?;
        tx.commit().await?;
        let is_full = i64::try_from(carts).is_ok_and(|count| count == CARTS_MAX);
        Ok(if is_full { Progress::More } else { progress })
    }

    fn ago(&self, duration: SignedDuration) -> Timestamp {
        self.clocks.real_now().checked_sub(duration).unwrap_or(Timestamp::MIN)
    }
}
