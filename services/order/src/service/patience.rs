//! How long a call may wait for what it started.

use std::time::Duration;

use tokio::time::Instant;
use tonic::metadata::MetadataMap;

/// Where gRPC says how long the caller waits.
const TIMEOUT_HEADER: &str = "grpc-timeout";

/// How long calls wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Without a deadline of the caller's.
    pub by_default: Duration,
    /// At most, however late the caller's deadline is.
    pub at_most: Duration,
    /// How long before the caller's deadline the answer must leave.
    pub margin: Duration,
}

impl Patience {
    /// Returns until when a call with these headers waits, from now on.
    pub fn deadline(&self, headers: &MetadataMap) -> Instant {
        let asked = headers.get(TIMEOUT_HEADER).and_then(|value| value.to_str().ok());
        Instant::now() + self.wait(asked.and_then(timeout))
    }

    fn wait(&self, timeout: Option<Duration>) -> Duration {
        let wanted = timeout.map_or(self.by_default, |left| left.saturating_sub(self.margin));
        wanted.min(self.at_most)
    }
}

/// Reads a timeout: up to eight digits and a unit. Source: the gRPC protocol over HTTP/2.
fn timeout(text: &str) -> Option<Duration> {
    let unit_at = text.len().checked_sub(1)?;
    let (digits, unit) = text.split_at_checked(unit_at)?;
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count.saturating_mul(3600))),
        "M" => Some(Duration::from_secs(count.saturating_mul(60))),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
