//! What an operator can set.

use std::fmt;

use serde::Deserialize;

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
    /// The name of the log in its checkpoints: one line, and another one for each log. To change it is
    /// to begin with new checkpoints.
    pub origin: String,
    /// The Ed25519 private key (PKCS #8) that signs checkpoints, as PEM text or as the path of a PEM
    /// file. Empty: one is made at the first start and kept in the database. Production should
    /// configure it: a key that is kept with the log can be used by whoever can change the log.
    pub signing_key: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: boot::ServerConfig::on_port(7105),
            auth: access::AuthConfig::default(),
            identity: boot::IdentityConfig::default(),
            telemetry: boot::TelemetryConfig::default(),
            db_url: "sqlite:data/audit.db".to_owned(),
            origin: "tenure.dev/audit".to_owned(),
            signing_key: String::new(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, auth, identity, telemetry, db_url: _, origin, signing_key: _ } = self;
        f.debug_struct("Config")
            .field("server", server)
            .field("auth", auth)
            .field("identity", identity)
            .field("telemetry", telemetry)
            .field("origin", origin)
            .finish_non_exhaustive()
    }
}
