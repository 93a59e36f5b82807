//! What an operator can set, with its defaults: `deploy/catalog.toml` shows all of it.

use std::fmt;
use std::path::PathBuf;

use access::AuthConfig;
use boot::{IdentityConfig, ServerConfig, TelemetryConfig};
use jiff::SignedDuration;
use serde::Deserialize;

/// The port on which the catalog listens unless told otherwise.
const PORT: u16 = 7101;

/// The catalog's configuration.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where it listens.
    pub server: ServerConfig,
    /// Whose tokens it trusts.
    pub auth: AuthConfig,
    /// As whom it calls others.
    pub identity: IdentityConfig,
    /// What it tells those who watch it.
    pub telemetry: TelemetryConfig,
    /// `sqlite:PATH` or `postgres://user@host/database?schema=NAME`.
    pub db_url: String,
    /// Whether it brings its schema up to date when it starts. If not, it refuses to start on an older one:
    /// `tenure migrate` does it (T-161).
    pub db_migrate: bool,
    /// Where the others are.
    pub peers: Peers,
    /// Imports.
    pub import: Import,
    /// The feed.
    pub watch: Watch,
}

/// Where other services are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Peers {
    /// order, which knows what can be sold to whom.
    pub order: String,
    /// The audit service.
    pub audit: String,
}

/// Limits of an import.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Import {
    /// The largest catalog file, in bytes. It is on disk while it is imported, not in memory.
    pub file_bytes_max: u64,
    /// The folder where it then is; the system's for temporary files when empty.
    pub spool_folder: String,
}

/// The pace of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Watch {
    /// How often a follower that has seen everything is told so: well below a minute, for
    /// followers take a feed that is silent for a minute for dead.
    pub heartbeat: SignedDuration,
    /// How often a feed looks for what other processes on the same database imported.
    pub poll: SignedDuration,
}

impl Config {
    /// Returns what a start would refuse, or work badly with: all of it, each by its key.
    pub fn faults(&self) -> Vec<String> {
        let durations = [("heartbeat", self.watch.heartbeat), ("poll", self.watch.poll)];
        let below = durations.into_iter().filter(|(_, duration)| duration.is_negative());
        below.map(|(key, _)| format!("watch.{key} is below 0s")).collect()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: ServerConfig::on_port(PORT),
            auth: AuthConfig::default(),
            identity: IdentityConfig::default(),
            telemetry: TelemetryConfig::default(),
            db_url: "sqlite:data/catalog.db".to_owned(),
            db_migrate: true,
            peers: Peers::default(),
            import: Import::default(),
            watch: Watch::default(),
        }
    }
}

impl Default for Peers {
    fn default() -> Self {
        Self {
            order: "http://127.0.0.1:7102".to_owned(),
            audit: "http://127.0.0.1:7105".to_owned(),
        }
    }
}

impl Default for Import {
    fn default() -> Self {
        Self { file_bytes_max: 512 * 1024 * 1024, spool_folder: String::new() }
    }
}

impl Import {
    /// Returns the folder where files are while they are imported.
    pub fn folder(&self) -> PathBuf {
        match self.spool_folder.as_str() {
            "" => std::env::temp_dir(),
            folder => PathBuf::from(folder),
        }
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self { heartbeat: SignedDuration::from_secs(15), poll: SignedDuration::from_secs(1) }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may hold a password.
        let Self { server, auth, identity, telemetry, db_url: _, db_migrate, peers, import, watch } =
            self;
        f.debug_struct("Config")
            .field("server", server)
            .field("auth", auth)
            .field("identity", identity)
            .field("telemetry", telemetry)
            .field("db_migrate", db_migrate)
            .field("peers", peers)
            .field("import", import)
            .field("watch", watch)
            .finish_non_exhaustive()
    }
}
