//! What an operator sees of a subscription's alarm, and of a transfer that is tried again.

use jiff::{SignedDuration, Timestamp};
use vocab::{ClockId, CustomerId, PartnerId, SubscriptionId, TransferId};

/// An alarm that is due for longer than this is late.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_mins(1);

vocab::text_enum! {
    /// Where an alarm stands.
    TimerState {
        /// There is nothing that time will do.
        None = "NONE",
        /// Its instant has not come.
        Waiting = "WAITING",
        /// Its instant has come.
        Due = "DUE",
        /// It has been due for more than [`LATE_AFTER`].
        Late = "LATE",
        /// It failed, and is tried again by itself.
        Retrying = "RETRYING",
        /// It failed too often, and is not tried again by itself.
        Parked = "PARKED",
    }
}

/// What a timer is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerOf {
    /// A customer's subscription: its alarm.
    Subscription(CustomerId, SubscriptionId),
    /// A transfer: its completion.
    Transfer(TransferId),
}

/// The alarm of a subscription, or the completion of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// Of what.
    pub of: TimerOf,
    /// Who sold it, or gives it away.
    pub partner: PartnerId,
    /// The test clock on which it lives; `None` is real time.
    pub clock: Option<ClockId>,
    /// When the state asks for something to be done; `None` if it does not, or cannot be read.
    pub due_at: Option<Timestamp>,
    /// When it rings next; `None`: never.
    pub rings_at: Option<Timestamp>,
    /// How often it failed in a row.
    pub attempts: i64,
    /// Why, the last time.
    pub last_error: Option<String>,
    /// Since when nobody tries.
    pub parked_at: Option<Timestamp>,
}

impl Timer {
    /// Returns where it stands at `now`.
    pub fn state(&self, now: Timestamp) -> TimerState {
        if self.parked_at.is_some() {
            return TimerState::Parked;
        }
        if 0 < self.attempts {
            return TimerState::Retrying;
        }
        match self.rings_at {
            None => TimerState::None,
            Some(at) if now < at => TimerState::Waiting,
            Some(at) if now.duration_since(at) <= LATE_AFTER => TimerState::Due,
            Some(_) => TimerState::Late,
        }
    }

    /// Returns for how long it has been due at `now`; zero before its instant. Of one whose state
    /// cannot be read nobody knows since when: it counts from its parking, or its next try.
    pub fn lateness(&self, now: Timestamp) -> SignedDuration {
        let since = self.due_at.or(self.parked_at).or(self.rings_at);
        since.map_or(SignedDuration::ZERO, |at| now.duration_since(at).max(SignedDuration::ZERO))
    }

    /// Returns it as it is when it is tried again at `now`; `None` if it has not failed.
    pub fn retried(&self, now: Timestamp) -> Option<Self> {
        let has_failed = 0 < self.attempts || self.parked_at.is_some();
        has_failed.then(|| Self {
            attempts: 0,
            parked_at: None,
            rings_at: Some(now),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests;
