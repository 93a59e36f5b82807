//! What a process remembers of one destination, and may forget: how it fared there, and when to try
//! again.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::CarryError;

/// The rest after a failed delivery; doubled by each further failure in a row.
const BACK_OFF_FIRST: Duration = Duration::from_millis(50);

/// The longest rest after a failed delivery: mail flows within this once a destination is back.
const BACK_OFF_MAX: Duration = Duration::from_secs(2);

/// Most letters of one delivery: beyond this neither engine gets faster.
const LETTERS_MAX: u32 = 200;

/// A destination, as one process sees it.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) to: &'static str,
    pub(crate) nudge: Arc<Notify>,
    health: Mutex<Health>,
}

#[derive(Debug)]
struct Health {
    failures_in_a_row: u32,
    rests_until: Option<Instant>,
    letters_max: u32,
}

impl Route {
    pub(crate) fn new(to: &'static str) -> Self {
        let health = Health { failures_in_a_row: 0, rests_until: None, letters_max: LETTERS_MAX };
        Self { to, nudge: Arc::default(), health: Mutex::new(health) }
    }

    /// Returns how many letters to try: one where nobody answers, then ever more, so that one who is
    /// slow, too, is given what he can take in time.
    pub(crate) fn letters_max(&self) -> u32 {
        self.health().letters_max
    }

    /// Returns how long to leave the destination alone, if at all.
    pub(crate) fn rest(&self) -> Option<Duration> {
        let left = self.health().rests_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Remembers a delivery; returns how many had failed in a row before.
    pub(crate) fn succeeded(&self) -> u32 {
        let mut health = self.health();
        health.rests_until = None;
        health.letters_max = health.letters_max.saturating_mul(2).min(LETTERS_MAX);
        std::mem::take(&mut health.failures_in_a_row)
    }

    /// Remembers a failure, which begins a rest; returns how many failed in a row.
    pub(crate) fn failed(&self, error: &CarryError) -> u32 {
        let mut health = self.health();
        let doubled = 2_u32.saturating_pow(health.failures_in_a_row);
        let rest = BACK_OFF_FIRST.saturating_mul(doubled).min(BACK_OFF_MAX);
        health.rests_until = Some(Instant::now() + worker::jittered(rest));
        health.failures_in_a_row = health.failures_in_a_row.saturating_add(1);
        match error {
            CarryError::Unreachable(_) => health.letters_max = 1,
            CarryError::Failed(_) => {}
        }
        health.failures_in_a_row
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        // Each of its values is right by itself.
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
