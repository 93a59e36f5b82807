//! What an operator can set.

use std::fmt;
use std::net::SocketAddr;

use serde::Deserialize;

use crate::domain::{KeyFormat, LinkPolicy};

/// The configuration of one license-key process.
///
/// Read from `license-key.toml`, then from `LICENSE_KEY__KEY` in the environment; unknown keys are
/// refused. `deploy/license-key.toml` sets every key, and a test compares it with the defaults.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the gRPC server listens.
    pub server: boot::ServerConfig,
    /// Whose tokens are believed.
    pub auth: access::AuthConfig,
    /// As whom this service calls the others.
    pub identity: boot::IdentityConfig,
    /// Logs, traces, metrics.
    pub telemetry: boot::TelemetryConfig,
    /// `sqlite:…` or `postgres:…`. May hold a password, so it is never printed.
    pub db_url: String,
    /// Whether it brings its schema up to date when it starts. If not, it refuses to start on an older one:
    /// `tenure migrate` does it (T-161).
    pub db_migrate: bool,
    /// Where the other services are.
    pub peers: PeersConfig,
    /// The key that encrypts all others: 32 random bytes as base64, or the path of a file that holds
    /// them. Empty: on SQLite one is made and kept beside the database, on PostgreSQL the process
    /// refuses to start.
    pub master_key: String,
    /// Master keys of before, in the same form: what they wrapped is wrapped anew by `master_key`, at
    /// start and by `RotateMasterKey`. Once all processes did, they can be left out.
    pub former_master_keys: Vec<String>,
    /// At how few keys left a pool is low, and says so.
    pub key_pool_low_water: i64,
    /// The links that download software.
    pub downloads: DownloadsConfig,
    /// How many characters a product key has: 8 to 128 (D-24).
    pub key_length: usize,
    /// The characters of product keys: printable ASCII, none twice, no dash (D-24).
    pub key_alphabet: String,
}

/// The links that download software.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DownloadsConfig {
    /// Where links are opened, by plain HTTP; port 0 picks a free one.
    pub listen: SocketAddr,
    /// What links begin with, as those who open them reach it: `https://downloads.example.com`. Empty:
    /// `http://` and the address that is listened on.
    pub base_url: String,
    /// By which row of the policy new links end: `14-days-from-issue` or `5-days-from-first-download`
    /// (D-7).
    pub policy: String,
}

/// Where the other services are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeersConfig {
    /// catalog, which knows what can be downloaded.
    pub catalog: String,
    /// lifecycle, which knows whether a purchase is live.
    pub lifecycle: String,
    /// audit, which keeps the record.
    pub audit: String,
}

impl Config {
    /// Returns what a start would refuse, or work badly with: all of it, each by its key.
    pub fn faults(&self) -> Vec<String> {
        let format = KeyFormat::new(self.key_length, &self.key_alphabet).err();
        let policy = &self.downloads.policy;
        let is_unknown = LinkPolicy::named(policy).is_none();
        let unknown = is_unknown.then(|| format!("downloads.policy is {policy:?}, which is none"));
        format.map(|fault| fault.to_string()).into_iter().chain(unknown).collect()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: boot::ServerConfig::on_port(7104),
            auth: access::AuthConfig::default(),
            identity: boot::IdentityConfig::default(),
            telemetry: boot::TelemetryConfig::default(),
            db_url: "sqlite:data/license-key.db".to_owned(),
            db_migrate: true,
            peers: PeersConfig::default(),
            master_key: String::new(),
            former_master_keys: vec![],
            key_pool_low_water: 100,
            downloads: DownloadsConfig::default(),
            key_length: 32,
            key_alphabet: "0123456789".to_owned(),
        }
    }
}

impl Default for DownloadsConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7114)),
            base_url: String::new(),
            policy: "14-days-from-issue".to_owned(),
        }
    }
}

impl Default for PeersConfig {
    fn default() -> Self {
        Self {
            catalog: "http://127.0.0.1:7101".to_owned(),
            lifecycle: "http://127.0.0.1:7103".to_owned(),
            audit: "http://127.0.0.1:7105".to_owned(),
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
            peers,
            master_key: _,
            former_master_keys: _,
            key_pool_low_water,
            downloads,
            key_length,
            key_alphabet,
        } = self;
        f.debug_struct("Config")
            .field("server", server)
            .field("auth", auth)
            .field("identity", identity)
            .field("telemetry", telemetry)
            .field("db_migrate", db_migrate)
            .field("peers", peers)
            .field("key_pool_low_water", key_pool_low_water)
            .field("downloads", downloads)
            .field("key_length", key_length)
            .field("key_alphabet", key_alphabet)
            .finish_non_exhaustive()
    }
}
