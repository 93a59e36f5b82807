//! What time has to say of migrations: reminders, and that day 181 began.

use db::Tx;
use jiff::Timestamp;
use vocab::ClockId;
use worker::Progress;

use super::App;
use crate::domain;
use crate::error::Error;
use crate::store;

/// Migrations of one transaction, so that none is long.
const BATCH: i64 = 100;

impl App {
    /// Rings what is due by the real clock, a batch of it.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn ring_due(&self) -> Result<Progress, Error> {
        let now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        let rung = self.ring_in(&mut tx, None, now).await?;
        tx.commit().await?;
        Ok(if rung < BATCH { Progress::Idle } else { Progress::More })
    }

    /// Rings what is due on a clock, each change dated when it was; returns how many groups were due.
    pub(super) async fn ring_in(
        &self,
        tx: &mut Tx,
        clock: Option<ClockId>,
        now: Timestamp,
    ) -> Result<i64, Error> {
        let due = store::migrations::due(tx, clock, now, BATCH).await?;
        let count = i64::try_from(due.len()).unwrap_or(i64::MAX);
        for of in due {
            // Whoever deploys meanwhile comes before or after; what is said is decided anew.
            let Some(mut migration) = store::migrations::lock(tx, of).await? else { continue };
            let groups = migration.groups.iter_mut();
            let changes = groups.flat_map(|group| domain::ring(group, now)).collect();
            store::migrations::save(tx, &migration).await?;
            self.tell(tx, &migration, changes).await?;
        }
        Ok(count)
    }
}
