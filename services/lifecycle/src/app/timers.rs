//! Operators look after alarms, and after transfers that cannot be completed.

use std::collections::BTreeMap;

use access::Caller;
use jiff::Timestamp;
use journal::{Entry, Outcome};
use replay::{Answer, Once};
use rpc::{Page, name};
use uuid::Uuid;
use vocab::MessageId;

use super::App;
use crate::domain::{LATE_AFTER, Timer, TimerOf, TimerState};
use crate::error::Error;
use crate::store;
use crate::store::timers::Backlog;

/// An alarm, as it is seen at an instant.
pub type Seen = (Timer, Timestamp);

/// A place in the list of alarms: those that failed stand before transfers that did, and before those that
/// are due.
#[derive(Debug, Clone, Copy)]
enum Place {
    Failed(Uuid),
    FailedTransfer(Uuid),
    Due(Timestamp, Uuid),
}

impl App {
    /// Returns a page of alarms that failed or are due, one more than it holds if there are more.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn list_timers(
        &self,
        state: Option<TimerState>,
        page: &Page,
    ) -> Result<Vec<Seen>, Error> {
        let place = page.after.as_deref().and_then(Place::of_key);
        let mut tx = self.db.read().await?;
        let now = self.clocks.real_now();
        let mut timers = vec![];
        let (wants_failed, is_parked) = match state {
            None => (true, None),
            Some(TimerState::Parked) => (true, Some(true)),
            Some(TimerState::Retrying) => (true, Some(false)),
            Some(_) => (false, None),
        };
        if wants_failed && !matches!(place, Some(Place::Due(..) | Place::FailedTransfer(_))) {
            let after = if let Some(Place::Failed(id)) = place { id } else { Uuid::nil() };
            let limit = page.size + 1;
            timers = store::timers::set_aside(&mut tx, after, is_parked, limit).await?;
        }
        // A transfer is tried again without end, and so never parked (T-116).
        let wants_transfers = wants_failed && is_parked != Some(true);
        if wants_transfers && !matches!(place, Some(Place::Due(..))) && timers.len() <= page.size {
            let after = if let Some(Place::FailedTransfer(id)) = place { id } else { Uuid::nil() };
            let limit = page.size + 1 - timers.len();
            timers.extend(store::timers::transfers_set_aside(&mut tx, after, limit).await?);
        }
        let late = now.checked_sub(LATE_AFTER).unwrap_or(Timestamp::UNIX_EPOCH);
        let (from, until) = match state {
            None => (Timestamp::UNIX_EPOCH, now),
            Some(TimerState::Due) => (late, now),
            // An instant is late from the millisecond after.
            Some(TimerState::Late) => (Timestamp::UNIX_EPOCH, late - LEAST),
            Some(_) => (now, Timestamp::UNIX_EPOCH),
        };
        if from < until && timers.len() <= page.size {
            let after =
                if let Some(Place::Due(at, id)) = place { (at, id) } else { (from, Uuid::nil()) };
            let limit = page.size + 1 - timers.len();
            timers.extend(store::timers::due(&mut tx, after, until, limit).await?);
        }
        let mut seen = vec![];
        for timer in timers {
            let now = self.clocks.now(&mut tx, timer.clock).await?;
            seen.push((timer, now));
        }
        Ok(seen)
    }

    /// Lets an alarm that failed ring again at once, or a transfer be completed; what did not fail stays as
    /// it is.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Replay`] (D-28).
    pub async fn retry_timer(
        &self,
        once: &Once<Seen>,
        caller: &Caller,
        of: TimerOf,
    ) -> Result<Answer<Seen>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let (found, kind) = match of {
            TimerOf::Subscription(_, id) => {
                (store::timers::lock(&mut tx, id).await?, "Subscription")
            }
            TimerOf::Transfer(id) => (store::timers::lock_transfer(&mut tx, id).await?, "Transfer"),
        };
        let timer = found
            .filter(|timer| timer.of == of)
            .ok_or_else(|| Error::NotFound { kind, name: name_of(of) })?;
        let now = self.clocks.now(&mut tx, timer.clock).await?;
        let Some(retried) = timer.retried(now) else {
            let answer = (timer, now);
            once.keep(&mut tx, &answer).await?;
            tx.commit().await?;
            return Ok(Answer::Fresh(answer));
        };
        if once.validate_only {
            return Ok(Answer::Fresh((retried, now)));
        }
        store::timers::save(&mut tx, &retried).await?;
        let entry = self.retry_entry(caller, &timer, (now, real_now));
        mailbox::send(&mut tx, &[entry.letter()], real_now).await?;
        let answer = (retried, now);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        self.nudge.notify();
        self.nudge.timers.notify_one();
        self.nudge.transfers.notify_one();
        Ok(Answer::Fresh(answer))
    }

    /// Counts what waits for somebody.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn timer_backlog(&self) -> Result<Backlog, Error> {
        let now = self.clocks.real_now();
        let late = now.checked_sub(LATE_AFTER).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut tx = self.db.read().await?;
        Ok(store::timers::backlog(&mut tx, now, late - LEAST).await?)
    }

    fn retry_entry(
        &self,
        caller: &Caller,
        timer: &Timer,
        (now, real_now): (Timestamp, Timestamp),
    ) -> Entry {
        Entry {
            id: MessageId(self.ids.uuid()),
            occurred_at: real_now,
            test_clock_at: timer.clock.map(|_| now),
            service: "lifecycle".to_owned(),
            actor: caller.subject.clone(),
            partner: Some(timer.partner),
            customer: match timer.of {
                TimerOf::Subscription(customer, _) => Some(customer),
                TimerOf::Transfer(_) => None,
            },
            action: "RETRY_TIMER".to_owned(),
            resource: name_of(timer.of),
            outcome: Outcome::Done,
            reason: String::new(),
            details: BTreeMap::from([("attempts".to_owned(), timer.attempts.to_string())]),
        }
    }
}

/// The least that two instants differ by.
const LEAST: jiff::SignedDuration = jiff::SignedDuration::from_millis(1);

/// Returns the key by which a page of alarms goes on.
pub fn timer_key((timer, _): &Seen) -> String {
    match (timer.of, timer.rings_at.filter(|_| timer.attempts == 0)) {
        (TimerOf::Transfer(id), _) => format!("{TRANSFER}{id}"),
        (TimerOf::Subscription(_, id), None) => id.to_string(),
        (TimerOf::Subscription(_, id), Some(at)) => format!("{id} {at}"),
    }
}

/// With what the key of a transfer begins.
const TRANSFER: &str = "transfers/";

fn name_of(of: TimerOf) -> String {
    match of {
        TimerOf::Subscription(customer, id) => name::Subscription(customer, id).to_string(),
        TimerOf::Transfer(id) => name::Transfer(id).to_string(),
    }
}

impl Place {
    fn of_key(key: &str) -> Option<Self> {
        if let Some(id) = key.strip_prefix(TRANSFER) {
            return Some(Self::FailedTransfer(Uuid::try_parse(id).ok()?));
        }
        match key.split_once(' ') {
            None => Some(Self::Failed(Uuid::try_parse(key).ok()?)),
            Some((id, at)) => Some(Self::Due(at.parse().ok()?, Uuid::try_parse(id).ok()?)),
        }
    }
}
