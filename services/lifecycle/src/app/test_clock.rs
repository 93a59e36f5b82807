//! Clocks that a test moves. Everything that falls due on the way fires in order, then everybody
//! settles.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use replay::{Answer, Once};
use rpc::name;
use vocab::ClockId;

use super::App;
use crate::error::Error;

/// As far as one call moves a clock.
const FARTHEST: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);
/// Rows of one transaction on the way.
const BATCH: i64 = 200;
/// Between two looks at the mailboxes.
const SETTLE_REST: Duration = Duration::from_millis(10);

/// A test clock and what it shows.
pub type Reading = (ClockId, Timestamp);

impl App {
    /// Makes a test clock that shows `now`, known to all services when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::TestClocksOff`], [`Error::NotSettled`].
    pub async fn create_test_clock(
        &self,
        once: &Once<Reading>,
        now: Timestamp,
    ) -> Result<Answer<Reading>, Error> {
        self.test_clocks_allowed()?;
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            drop(tx);
            // The first call may have broken off before everybody had heard of it.
            self.settle(now).await?;
            return Ok(answer);
        }
        let reading = (ClockId(self.ids.uuid()), now);
        self.clocks.set(&mut tx, reading.0, now).await?;
        mailbox::send(&mut tx, &self.clock_letters(reading.0, now), real_now).await?;
        once.keep(&mut tx, &reading).await?;
        tx.commit().await?;
        self.nudge.notify();
        self.settle(now).await?;
        Ok(Answer::Fresh(reading))
    }

    /// Returns what a test clock shows.
    ///
    /// # Errors
    ///
    /// [`Error::TestClocksOff`], [`Error::NotFound`].
    pub async fn get_test_clock(&self, clock: ClockId) -> Result<Reading, Error> {
        self.test_clocks_allowed()?;
        let mut tx = self.db.read().await?;
        match self.clocks.now(&mut tx, Some(clock)).await {
            Ok(now) => Ok((clock, now)),
            Err(clock::ClockError::Unknown(_)) => {
                Err(Error::NotFound { kind: "TestClock", name: name::TestClock(clock).to_string() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Moves a test clock to `to`, instant by instant, and returns when all services have settled.
    ///
    /// A call that breaks off has moved the clock part of the way; repeating it does the rest.
    ///
    /// # Errors
    ///
    /// [`Error::TestClocksOff`], [`Error::NotFound`], [`Error::ClockMovesForward`],
    /// [`Error::NotSettled`].
    pub async fn advance_test_clock(
        &self,
        once: &Once<Reading>,
        clock: ClockId,
        to: Timestamp,
    ) -> Result<Answer<Reading>, Error> {
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        drop(tx);
        let (_, now) = self.get_test_clock(clock).await?;
        let latest = now.checked_add(FARTHEST).unwrap_or(Timestamp::MAX);
        if to < now || latest < to {
            return Err(Error::ClockMovesForward { now, latest });
        }
        // What was given away goes on there from when it was given, before time goes on.
        while self.complete_transfer().await? {}
        self.settle(now).await?;
        while let Some(due_at) = self.next_alarm(Some(clock)).await?.filter(|due| *due <= to) {
            self.set_clock(clock, due_at.max(now)).await?;
            while !self.ring_due(Some(clock), BATCH).await?.is_idle() {}
        }
        self.set_clock(clock, to).await?;
        self.settle(to).await?;
        self.keep_reading(once, (clock, to)).await
    }

    async fn keep_reading(
        &self,
        once: &Once<Reading>,
        reading: Reading,
    ) -> Result<Answer<Reading>, Error> {
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        once.keep(&mut tx, &reading).await?;
        tx.commit().await?;
        Ok(Answer::Fresh(reading))
    }

    async fn set_clock(&self, clock: ClockId, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        if self.clocks.set(&mut tx, clock, now).await? {
            let letters = self.clock_letters(clock, now);
            mailbox::send(&mut tx, &letters, self.clocks.real_now()).await?;
        }
        tx.commit().await?;
        self.nudge.notify();
        Ok(())
    }

    /// Waits until nobody has a letter to send and nobody took one between two looks.
    async fn settle(&self, now: Timestamp) -> Result<(), Error> {
        let deadline = tokio::time::Instant::now() + self.settle_timeout;
        let mut before: Option<Vec<i64>> = None;
        loop {
            let look = self.look_at_mailboxes().await;
            match look {
                Ok(taken) if before.as_ref() == Some(&taken) => return Ok(()),
                Ok(taken) => before = Some(taken),
                Err(who) if deadline <= tokio::time::Instant::now() => {
                    return Err(Error::NotSettled { now, who });
                }
                Err(_) => before = None,
            }
            tokio::time::sleep(SETTLE_REST).await;
        }
    }

    /// Returns how many letters each service has taken, or who is busy or away.
    async fn look_at_mailboxes(&self) -> Result<Vec<i64>, String> {
        let own = self.backlog().await.map_err(|error| format!("lifecycle: {error}"))?;
        let mut taken = vec![own.taken_count];
        if own.waiting_count != 0 {
            return Err(format!("lifecycle has {} letters to send", own.waiting_count));
        }
        for (service, backlog) in self.peers.backlogs().await {
            let backlog = backlog.map_err(|error| format!("{service}: {error}"))?;
            if backlog.waiting_count != 0 {
                return Err(format!("{service} has {} letters to send", backlog.waiting_count));
            }
            taken.push(backlog.taken_count);
        }
        Ok(taken)
    }

    const fn test_clocks_allowed(&self) -> Result<(), Error> {
        if self.has_test_clocks { Ok(()) } else { Err(Error::TestClocksOff) }
    }
}
