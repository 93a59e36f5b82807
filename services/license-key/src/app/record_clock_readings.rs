//! Takes over what test clocks show, and rings what is due by them.

use jiff::Timestamp;
use vocab::{ClockId, MessageId};

use super::App;
use crate::error::Error;

impl App {
    /// Records readings, each message once; one that lies before what is known changes nothing.
    ///
    /// # Errors
    ///
    /// Those of the database; nothing is then taken.
    pub async fn record_clock_readings(
        &self,
        messages: Vec<(MessageId, (ClockId, Timestamp))>,
    ) -> Result<(), Error> {
        let ids: Vec<MessageId> = messages.iter().map(|(id, _)| *id).collect();
        let mut tx = self.db.begin().await?;

        let are_new = mailbox::take(&mut tx, &ids, self.clocks.real_now()).await?;
        let new = messages.into_iter().zip(are_new).filter(|(_, is_new)| *is_new);
        let mut readings: Vec<_> = new.map(|((_, reading), _)| reading).collect();
        // Two batches wait for one another, and never in a circle.
        readings.sort_unstable();
        for (clock, now) in readings {
            self.clocks.set(&mut tx, clock, now).await?;
            self.ring_in(&mut tx, Some(clock), now).await?;
        }

        tx.commit().await?;
        Ok(())
    }
}
