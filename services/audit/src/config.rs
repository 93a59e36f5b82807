//! What an operator can set.

use std::fmt;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::domain::{READERS, Readers};

/// The configuration of one audit process.
///
/// Read from `audit.toml`, then from `AUDIT__KEY` in the environment; unknown keys are refused.
/// `deploy/audit.toml` sets every key, and a test compares it with the defaults.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the gRPC server listens.
    pub server: boot::ServerConfig,
    /// Whose tokens are believed.
    pub auth: access::AuthConfig,
    /// As whom this service would call the others; it calls none.
    pub identity: boot::IdentityConfig,
    /// Logs, traces, metrics.
    pub telemetry: boot::TelemetryConfig,
    /// `sqlite:…` or `postgres:…`. May hold a password, so it is never printed.
    pub db_url: String,
    /// Whether it brings its schema up to date when it starts. If not, it refuses to start on an older one:
    /// `tenure migrate` does it (T-161).
    pub db_migrate: bool,
    /// The name of the log in its checkpoints: one line, and another one for each log. To change it is
    /// to begin with new checkpoints.
    pub origin: String,
    /// The Ed25519 private key (PKCS #8) that signs checkpoints, as PEM text or as the path of a PEM
    /// file. Empty: one is made at the first start and kept in the database. Production should
    /// configure it: a key that is kept with the log can be used by whoever can change the log.
    pub signing_key: String,
    /// The public keys that signed checkpoints before the present one: each as the base64 that
    /// `ListSigningKeys` shows, as PEM text, or as the path of a PEM file. Without them what they signed
    /// counts as forged.
    pub retired_keys: Vec<String>,
    /// Which roles of a partner's people read the log, of the four that AUD-2 names. Source: D-4.
    pub readers: Vec<String>,
    /// The feed.
    pub watch: Watch,
}

/// The pace of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Watch {
    /// How often a follower that has seen everything is told so: well below a minute, for
    /// followers take a feed that is silent for a minute for dead.
    pub heartbeat: SignedDuration,
    /// How often a feed looks for what other processes on the same database appended.
    pub poll: SignedDuration,
}

impl Default for Watch {
    fn default() -> Self {
        Self { heartbeat: SignedDuration::from_secs(15), poll: SignedDuration::from_secs(1) }
    }
}

impl Config {
    /// Returns what a start would refuse, or work badly with: all of it, each by its key.
    pub fn faults(&self) -> Vec<String> {
        let durations = [("heartbeat", self.watch.heartbeat), ("poll", self.watch.poll)];
        let below = durations.into_iter().filter(|(_, duration)| duration.is_negative());
        let below = below.map(|(key, _)| format!("watch.{key} is below 0s"));
        let readers = Readers::new(&self.readers).err().map(|fault| format!("readers: {fault}"));
        let is_line = !self.origin.is_empty() && !self.origin.contains(char::is_control);
        let origin = (!is_line).then(|| "origin must be one line of text".to_owned());
        below.chain(readers).chain(origin).collect()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: boot::ServerConfig::on_port(7105),
            auth: access::AuthConfig::default(),
            identity: boot::IdentityConfig::default(),
            telemetry: boot::TelemetryConfig::default(),
            db_url: "sqlite:data/audit.db".to_owned(),
            db_migrate: true,
            origin: "tenure.dev/audit".to_owned(),
            signing_key: String::new(),
            retired_keys: vec![],
            readers: READERS.map(ToOwned::to_owned).to_vec(),
            watch: Watch::default(),
        }
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
            origin,
            signing_key: _,
            retired_keys,
            readers,
            watch,
        } = self;
        f.debug_struct("Config")
            .field("server", server)
            .field("auth", auth)
            .field("identity", identity)
            .field("telemetry", telemetry)
            .field("db_migrate", db_migrate)
            .field("origin", origin)
            .field("retired_keys", retired_keys)
            .field("readers", readers)
            .field("watch", watch)
            .finish_non_exhaustive()
    }
}
