//! What an operator can set.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use access::AuthConfig;
use boot::{IdentityConfig, ServerConfig, TelemetryConfig};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::domain::Policy;

/// The configuration of one lifecycle process.
///
/// Read from `lifecycle.toml`, then from `LIFECYCLE__SECTION__KEY` in the environment; unknown keys
/// are refused. `deploy/lifecycle.toml` sets every key to its default.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the gRPC server listens.
    pub server: ServerConfig,
    /// Whose tokens are believed.
    pub auth: AuthConfig,
    /// As whom this service calls the others.
    pub identity: IdentityConfig,
    /// Logs, traces and metrics.
    pub telemetry: TelemetryConfig,
    /// `sqlite:…` or `postgres:…`. May hold a password, so it is never printed.
    pub db_url: String,
    /// Whether it brings its schema up to date when it starts. If not, it refuses to start on an older one:
    /// `tenure migrate` does it (T-161).
    pub db_migrate: bool,
    /// Where the other services are.
    pub peers: PeersConfig,
    /// How long the timer worker rests at most once nothing is due.
    pub timer_rest: SignedDuration,
    /// The pace of the feed of changes.
    pub watch: WatchConfig,
    /// How many alarms one transaction answers at most: enough to be fast, few enough to hold
    /// nobody up for long.
    pub timer_batch: i64,
    /// How many batches are under way at once on PostgreSQL: while one waits for the database, another
    /// decides. On SQLite, which has one writer, there is one.
    pub timer_workers: NonZeroU32,
    /// How long answers and taken messages are remembered (D-28).
    pub retention: SignedDuration,
    /// Whether test clocks can be made here. Not in production.
    pub test_clocks: bool,
    /// How long the other services may take to settle when a test clock moves, before its caller is
    /// asked to call again.
    pub settle_timeout: SignedDuration,
    /// The business rules that an operator may turn.
    pub policy: Policy,
}

/// The pace of the feed of changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WatchConfig {
    /// How often a follower that has seen everything is told so.
    pub heartbeat: SignedDuration,
    /// How often this process, once for all followers, looks for what others on the same database
    /// wrote.
    pub poll: SignedDuration,
}

/// Where the other services are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeersConfig {
    /// The catalog, whose offers are followed.
    pub catalog: String,
    /// order, which is told what became of its orders.
    pub order: String,
    /// license-key, which is told of purchases.
    pub license_key: String,
    /// audit, which is told everything.
    pub audit: String,
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self { heartbeat: SignedDuration::from_secs(15), poll: SignedDuration::from_secs(1) }
    }
}

impl Default for PeersConfig {
    fn default() -> Self {
        Self {
            catalog: "http://127.0.0.1:7101".to_owned(),
            order: "http://127.0.0.1:7102".to_owned(),
            license_key: "http://127.0.0.1:7104".to_owned(),
            audit: "http://127.0.0.1:7105".to_owned(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: ServerConfig::on_port(7103),
            auth: AuthConfig::default(),
            identity: IdentityConfig::default(),
            telemetry: TelemetryConfig::default(),
            db_url: "sqlite:data/lifecycle.db".to_owned(),
            db_migrate: true,
            peers: PeersConfig::default(),
            timer_rest: SignedDuration::from_secs(5),
            watch: WatchConfig::default(),
            timer_batch: 200,
            timer_workers: NonZeroU32::MIN.saturating_add(1),
            retention: SignedDuration::from_hours(30 * 24),
            test_clocks: false,
            settle_timeout: SignedDuration::from_secs(15),
            policy: Policy::default(),
        }
    }
}

impl Config {
    /// Returns what a start would refuse, or work badly with: all of it, each by its key.
    pub fn faults(&self) -> Vec<String> {
        let durations = [
            ("timer_rest", self.timer_rest),
            ("watch.heartbeat", self.watch.heartbeat),
            ("watch.poll", self.watch.poll),
            ("retention", self.retention),
            ("settle_timeout", self.settle_timeout),
        ];
        let below = durations.into_iter().filter(|(_, duration)| duration.is_negative());
        let below = below.map(|(key, _)| format!("{key} is below 0s"));
        let idle = (self.timer_batch < 1).then(|| "timer_batch is below 1".to_owned());
        below.chain(idle).collect()
    }

    /// Returns the longest rest of the timer worker.
    pub const fn timer_rest(&self) -> Duration {
        self.timer_rest.unsigned_abs()
    }

    /// Returns how long the others may take to settle.
    pub const fn settle_timeout(&self) -> Duration {
        self.settle_timeout.unsigned_abs()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            server,
            auth,
            identity,
            telemetry,
            db_url: _,
            db_migrate,
            peers,
            timer_rest,
            watch,
            timer_batch,
            timer_workers,
            retention,
            test_clocks,
            settle_timeout,
            policy,
        } = self;
        f.debug_struct("Config")
            .field("server", server)
            .field("auth", auth)
            .field("identity", identity)
            .field("telemetry", telemetry)
            .field("db_migrate", db_migrate)
            .field("peers", peers)
            .field("timer_rest", timer_rest)
            .field("watch", watch)
            .field("timer_batch", timer_batch)
            .field("timer_workers", timer_workers)
            .field("retention", retention)
            .field("test_clocks", test_clocks)
            .field("settle_timeout", settle_timeout)
            .field("policy", policy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
