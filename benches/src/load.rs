//! Callers who call again as soon as they have their answer.

use std::time::Duration;

use anyhow::Context;
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::figure::{Figure, Unit, per_second};

/// What is not counted at the start: connections are made, caches fill.
const WARM_UP: Duration = Duration::from_millis(500);

/// Somebody who calls.
pub trait Caller: Send + 'static {
    /// Calls once, and looks at the answer.
    fn call(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What one measurement of a load found.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Calls that began within the time.
    pub per_second: u64,
    /// Half of the calls took at most this long, in microseconds.
    pub p50: u64,
    /// All but one of a hundred did.
    pub p99: u64,
}

/// Lets all callers call for `lasting`, each one call after the other. Their order may change.
///
/// # Errors
///
/// The first call that failed: a failing call is not a fast one.
pub async fn closed_loop<C: Caller>(
    callers: &mut Vec<C>,
    lasting: Duration,
) -> anyhow::Result<Load> {
    let from = Instant::now() + WARM_UP;
    let until = from + lasting;
    let mut calling = JoinSet::new();
    for caller in callers.drain(..) {
        calling.spawn(call_on(caller, from, until));
    }
    let mut latencies = histogram()?;
    while let Some(ended) = calling.join_next().await {
        let (caller, of_caller) = ended.context("a caller ended badly")??;
        latencies.add(&of_caller)?;
        callers.push(caller);
    }
    Ok(Load::of(&latencies, micros(lasting)))
}

impl Load {
    /// Reads a histogram of latencies, in microseconds, that took `micros` in all.
    pub fn of(latencies: &Histogram<u64>, micros: u64) -> Self {
        Self {
            per_second: per_second(latencies.len(), micros),
            p50: latencies.value_at_quantile(0.50),
            p99: latencies.value_at_quantile(0.99),
        }
    }
}

/// Several measurements of the same load.
#[derive(Debug, Default)]
pub struct Loads(pub Vec<Load>);

impl Loads {
    /// Returns the rates.
    pub fn rate(&self) -> Figure {
        Figure::new(Unit::PerSecond, self.0.iter().map(|load| load.per_second).collect())
    }

    /// Returns the median latencies.
    pub fn p50(&self) -> Figure {
        Figure::new(Unit::Micros, self.0.iter().map(|load| load.p50).collect())
    }

    /// Returns the latencies of the slowest of a hundred.
    pub fn p99(&self) -> Figure {
        Figure::new(Unit::Micros, self.0.iter().map(|load| load.p99).collect())
    }
}

/// Returns an empty histogram of latencies.
pub fn histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new(3)?)
}

/// Returns a duration in microseconds.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

async fn call_on<C: Caller>(
    mut caller: C,
    from: Instant,
    until: Instant,
) -> anyhow::Result<(C, Histogram<u64>)> {
    let mut latencies = histogram()?;
    loop {
        let began = Instant::now();
        if until <= began {
            return Ok((caller, latencies));
        }
        caller.call().await?;
        if from <= began {
            latencies.record(micros(began.elapsed()))?;
        }
    }
}
