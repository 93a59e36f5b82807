//! Puts attempts on record that a rule refused (AUD-4). Those that the door refuses are `journal`'s.

use clock::ClockError;

use super::App;
use super::entry::Deed;
use crate::domain::Purchase;
use crate::error::Error;

impl App {
    /// Records a refused attempt; it survives a crash once this returns.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub(super) async fn record_refusal_of(
        &self,
        deed: Deed,
        purchase: Option<&Purchase>,
        reason: &str,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let mut deed = purchase.map(|purchase| deed.clone().on(purchase)).unwrap_or(deed);
        if let Some(clock) = purchase.and_then(|purchase| purchase.test_clock) {
            deed.test_clock_at = match self.clocks.now(&mut tx, Some(clock)).await {
                Ok(now) => Some(now),
                // Its first reading is still on its way.
                Err(ClockError::Unknown(_)) => None,
                Err(ClockError::Db(error)) => return Err(error.into()),
            };
        }
        let entry = self.entry(deed, Some(reason));
        self.write(&mut tx, &entry).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(())
    }
}
