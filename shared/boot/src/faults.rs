//! What is wrong with what every service is configured with, found without starting one: all of it at once,
//! where a start ends with the first.

use access::{AuthConfig, Limits, Signer};
use anyhow::{Context, ensure};
use clock::Clock;
use tonic::transport::Endpoint;
use tracing_subscriber::EnvFilter;

use crate::config::{IdentityConfig, ServerConfig, TelemetryConfig, pem};
use crate::process::health;
use crate::server::verifier;
use crate::tls::Tls;

/// Returns what would end a start, each with the key that says it. Files are read, nothing is opened.
pub fn faults(
    server: &ServerConfig,
    auth: &AuthConfig,
    identity: &IdentityConfig,
    telemetry: &TelemetryConfig,
    clock: &dyn Clock,
) -> Vec<String> {
    let judged = [
        signer(auth, identity),
        Tls::read(&server.tls).map(drop).context("server.tls"),
        health(&server.tls.health_listen).map(drop),
        Limits::new(&server.limits).map(drop),
        verifier(auth, clock).map(drop),
        watchers(telemetry),
    ];
    judged.into_iter().filter_map(Result::err).map(|fault| format!("{fault:#}")).collect()
}

fn signer(auth: &AuthConfig, identity: &IdentityConfig) -> anyhow::Result<()> {
    ensure!(!identity.private_key.is_empty(), "identity.private_key is not set");
    let key = pem(&identity.private_key).context("identity.private_key")?;
    let signer = Signer::from_pem(&key, &auth.issuer, &auth.audience, "");
    signer.map(drop).context("identity.private_key")
}

fn watchers(telemetry: &TelemetryConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&telemetry.log_filter);
    filter.with_context(|| format!("telemetry.log_filter is {:?}", telemetry.log_filter))?;
    if !telemetry.otlp_endpoint.is_empty() {
        Endpoint::from_shared(telemetry.otlp_endpoint.clone())
            .context("telemetry.otlp_endpoint")?;
    }
    Ok(())
}
