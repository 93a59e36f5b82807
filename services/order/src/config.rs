//! What an operator can set.

use std::fmt;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::domain::Policy;

/// The configuration of one order process.
///
/// Read from `order.toml`, then from `ORDER__KEY` in the environment; unknown keys are refused.
/// `deploy/order.toml` sets every key, and a test compares it with the defaults.
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
    /// How long purchases wait for their subscriptions.
    pub patience: PatienceConfig,
    /// What can be set of the rules.
    pub policy: Policy,
}

/// Where the other services are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeersConfig {
    /// catalog, whose price list is followed.
    pub catalog: String,
    /// lifecycle, which starts and cancels what is bought.
    pub lifecycle: String,
    /// audit, which keeps the record.
    pub audit: String,
}

/// How long `PlaceOrder` and `CheckoutCart` wait for the subscriptions before they answer
/// `PROCESSING`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PatienceConfig {
    /// For a caller who sets no deadline: 0 or more.
    pub by_default: SignedDuration,
    /// For a caller who sets a late one: 0 or more.
    pub at_most: SignedDuration,
    /// How long before the caller's deadline the answer leaves: 0 or more.
    pub margin: SignedDuration,
}

/// Lets a policy pass that can be followed.
///
/// # Errors
///
/// The first key that is out of its bounds.
pub(crate) fn check_policy(policy: &Policy) -> anyhow::Result<()> {
    let Policy { reseller_count_max, cart_retention, attachment_bytes_max: _ } = policy;
    anyhow::ensure!(*reseller_count_max > 0, "policy.reseller_count_max is below 1");
    anyhow::ensure!(!cart_retention.is_negative(), "policy.cart_retention is below 0s");
    Ok(())
}

impl Config {
    /// Returns what a start would refuse, or work badly with: all of it, each by its key.
    pub fn faults(&self) -> Vec<String> {
        let judged = [self.patience.check(), self.check_sizes(), check_policy(&self.policy)];
        judged.into_iter().filter_map(Result::err).map(|fault| fault.to_string()).collect()
    }

    /// Lets sizes pass with which a request for support can arrive with all its files.
    ///
    /// # Errors
    ///
    /// Names both keys.
    pub(crate) fn check_sizes(&self) -> anyhow::Result<()> {
        let (files, message) = (self.policy.attachment_bytes_max, self.server.message_bytes_max);
        anyhow::ensure!(
            files < message,
            "policy.attachment_bytes_max is not below server.message_bytes_max"
        );
        Ok(())
    }
}

impl PatienceConfig {
    /// Lets durations pass that can be waited for.
    ///
    /// # Errors
    ///
    /// The first that is below 0, by its key.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let Self { by_default, at_most, margin } = self;
        for (key, value) in [("by_default", by_default), ("at_most", at_most), ("margin", margin)] {
            anyhow::ensure!(!value.is_negative(), "patience.{key} is below 0s");
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: boot::ServerConfig::on_port(7102),
            auth: access::AuthConfig::default(),
            identity: boot::IdentityConfig::default(),
            telemetry: boot::TelemetryConfig::default(),
            db_url: "sqlite:data/order.db".to_owned(),
            db_migrate: true,
            peers: PeersConfig::default(),
            patience: PatienceConfig::default(),
            policy: Policy::default(),
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

impl Default for PatienceConfig {
    fn default() -> Self {
        Self {
            by_default: SignedDuration::from_secs(5),
            at_most: SignedDuration::from_secs(20),
            margin: SignedDuration::from_millis(250),
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
            patience,
            policy,
        } = self;
        f.debug_struct("Config")
            .field("server", server)
            .field("auth", auth)
            .field("identity", identity)
            .field("telemetry", telemetry)
            .field("db_migrate", db_migrate)
            .field("peers", peers)
            .field("patience", patience)
            .field("policy", policy)
            .finish_non_exhaustive()
    }
}
