//! How much one caller may ask for: how often, and how many things at once. Time is an argument.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use jiff::{SignedDuration, Timestamp};
use rpc::{Classify, Kind};
use serde::Deserialize;

/// More callers than this at once share what one of them may do: memory is bounded.
const CALLERS_MAX: usize = 10_000;

/// Those who came when nobody else could be remembered.
const EVERYBODY_ELSE: &str = "";

/// What one caller may ask of one process. Services of the suite are not limited.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Calls a second, on the average: 1 to 100,000; 0 for no limit.
    pub calls_per_second: u32,
    /// Calls at once after a pause, from 1 on; the average holds from then on.
    pub burst: u32,
    /// Calls that are under way, streams included; 0 for no limit.
    pub concurrent_calls: u32,
    /// How long a call without a stream may take that a partner or a customer makes: at most 1 hour; 0
    /// for no limit. A caller's own deadline holds as well.
    pub deadline: SignedDuration,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            calls_per_second: 200,
            burst: 2_000,
            concurrent_calls: 200,
            deadline: SignedDuration::from_secs(60),
        }
    }
}

impl LimitsConfig {
    /// No limits, for who is alone.
    pub const NONE: Self =
        Self { calls_per_second: 0, burst: 1, concurrent_calls: 0, deadline: SignedDuration::ZERO };
}

/// Why a call has to wait.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Limited {
    /// Too many calls lately.
    #[error("the limit of {limit} calls a second is reached; call again at {until}")]
    Rate {
        /// Calls a second.
        limit: u32,
        /// The first instant at which a call would be let in.
        until: Timestamp,
        /// How long that is from now.
        after: Duration,
    },
    /// Too many calls at once.
    #[error(
        "the limit of {limit} calls under way is reached; call again when one of them has ended"
    )]
    Concurrency {
        /// Calls under way.
        limit: u32,
    },
    /// The call took too long.
    #[error(
        "the call took longer than the {limit:#} that one may take; ask whether it was done, or repeat it"
    )]
    Deadline {
        /// The caller's limit, or ours.
        limit: SignedDuration,
    },
}

impl Limited {
    /// Returns the limit's name: `rate`, `concurrency` or `deadline`.
    pub const fn limit(&self) -> &'static str {
        match self {
            Self::Rate { .. } => "rate",
            Self::Concurrency { .. } => "concurrency",
            Self::Deadline { .. } => "deadline",
        }
    }
}

impl Classify for Limited {
    fn kind(&self) -> Kind {
        match self {
            Self::Rate { .. } | Self::Concurrency { .. } => Kind::Exhausted,
            Self::Deadline { .. } => Kind::TooLate,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Rate { .. } => "RATE_LIMIT",
            Self::Concurrency { .. } => "CONCURRENCY_LIMIT",
            Self::Deadline { .. } => "DEADLINE_EXCEEDED",
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Rate { limit, until, .. } => {
                vec![("limit", limit.to_string()), ("until", until.to_string())]
            }
            Self::Concurrency { limit } => vec![("limit", limit.to_string())],
            Self::Deadline { limit } => vec![("limit", format!("{limit:#}"))],
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Rate { after, .. } => Some(*after),
            // Nobody knows when the others end.
            Self::Concurrency { .. } => Some(Duration::from_secs(1)),
            Self::Deadline { .. } => None,
        }
    }
}

/// What each caller asked for lately.
///
/// Source: T-149 in `docs/rules.md`.
#[derive(Debug)]
pub struct Limits {
    rate: Option<Rate>,
    concurrent_calls: Option<NonZeroU32>,
    callers: Mutex<BTreeMap<Arc<str>, Lately>>,
}

/// The generic cell rate algorithm: one instant for each caller says it all.
#[derive(Debug, Clone, Copy)]
struct Rate {
    limit: u32,
    /// Between two calls that come at an even pace.
    pace: SignedDuration,
    /// How far ahead of that pace a caller may be.
    ahead_max: SignedDuration,
}

#[derive(Debug, Clone, Copy)]
struct Lately {
    /// When the calls so far would have come, had they come at an even pace.
    paced_until: Timestamp,
    under_way: u32,
}

/// A call that is under way until this is dropped.
#[derive(Debug)]
pub struct Under {
    limits: Arc<Limits>,
    caller: Arc<str>,
}

impl Limits {
    /// Makes the limits that are configured.
    ///
    /// # Errors
    ///
    /// A value that is out of bounds.
    pub fn new(config: &LimitsConfig) -> Result<Self> {
        let LimitsConfig { calls_per_second, burst, concurrent_calls, deadline } = *config;
        ensure!(
            calls_per_second <= 100_000,
            "limits.calls_per_second is {calls_per_second}, and must be from 0 to 100000"
        );
        ensure!(burst > 0, "limits.burst is 0, and must be 1 or more");
        ensure!(
            (SignedDuration::ZERO..=SignedDuration::from_hours(1)).contains(&deadline),
            "limits.deadline is {deadline:#}, and must be from 0s to 1h"
        );
        let rate = NonZeroU32::new(calls_per_second).map(|limit| {
            let pace = SignedDuration::from_nanos(1_000_000_000 / i64::from(limit.get()));
            let nanos = pace.as_nanos() * i128::from(burst);
            let ahead_max = SignedDuration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
            Rate { limit: limit.get(), pace, ahead_max }
        });
        let concurrent_calls = NonZeroU32::new(concurrent_calls);
        Ok(Self { rate, concurrent_calls, callers: Mutex::default() })
    }

    /// Lets a call of `caller` begin at `now`, or says why not.
    ///
    /// # Errors
    ///
    /// [`Limited::Rate`], [`Limited::Concurrency`]; neither counts as a call.
    pub fn begin(self: &Arc<Self>, caller: &str, now: Timestamp) -> Result<Under, Limited> {
        let mut callers = self.callers();
        let caller = known(&mut callers, caller, now);
        let lately =
            callers.entry(caller.clone()).or_insert(Lately { paced_until: now, under_way: 0 });
        if let Some(limit) = self.concurrent_calls.filter(|limit| lately.under_way >= limit.get()) {
            return Err(Limited::Concurrency { limit: limit.get() });
        }
        if let Some(rate) = self.rate {
            // A clock that was set back is no reason to wait for it.
            let latest = now.saturating_add(rate.ahead_max).unwrap_or(now);
            lately.paced_until = lately.paced_until.clamp(now, latest);
            lately.paced_until = rate.next(lately.paced_until, latest, now)?;
        }
        lately.under_way += 1;
        Ok(Under { limits: self.clone(), caller })
    }

    /// What is in there is whole, even if another thread died while it held the lock.
    fn callers(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Lately>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        if let Some(lately) = self.limits.callers().get_mut(&self.caller) {
            lately.under_way = lately.under_way.saturating_sub(1);
        }
    }
}

impl Rate {
    fn next(
        self,
        from: Timestamp,
        latest: Timestamp,
        now: Timestamp,
    ) -> Result<Timestamp, Limited> {
        let next = from.saturating_add(self.pace).unwrap_or(from);
        let too_far = next.duration_since(latest);
        if too_far.is_positive() {
            let until = now.saturating_add(too_far).unwrap_or(now);
            return Err(Limited::Rate { limit: self.limit, until, after: too_far.unsigned_abs() });
        }
        Ok(next)
    }
}

/// Returns the caller by whose name a call counts; forgets those who have not called lately when there
/// are too many.
fn known(callers: &mut BTreeMap<Arc<str>, Lately>, caller: &str, now: Timestamp) -> Arc<str> {
    if let Some((known, _)) = callers.get_key_value(caller) {
        return known.clone();
    }
    if callers.len() >= CALLERS_MAX {
        callers.retain(|_, lately| lately.under_way > 0 || lately.paced_until > now);
    }
    if callers.len() >= CALLERS_MAX { EVERYBODY_ELSE.into() } else { caller.into() }
}
