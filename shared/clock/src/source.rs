//! Where an instant comes from: the machine, or whoever holds a manual clock.

use std::{
    fmt::Debug,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use vocab::calendar::whole_millisecond;

/// A source of the present instant, in whole milliseconds. Source: TIM-6.
pub trait Clock: Debug + Send + Sync {
    /// Returns the present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        whole_millisecond(Timestamp::now())
    }
}

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Returns a clock that shows `at`.
    pub fn new(at: Timestamp) -> Self {
        Self(Mutex::new(whole_millisecond(at)))
    }

    /// Makes it show `at`, be it earlier or later.
    pub fn set(&self, at: Timestamp) {
        *self.lock() = whole_millisecond(at);
    }

    /// Moves it by `by` and returns what it shows then; at the end of time it stops.
    pub fn advance(&self, by: SignedDuration) -> Timestamp {
        let mut shown = self.lock();
        *shown = whole_millisecond(shown.saturating_add(by).unwrap_or(*shown));
        *shown
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        // An instant is never half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}
