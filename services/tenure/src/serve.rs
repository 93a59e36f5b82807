//! One service as its own process.

use std::path::PathBuf;
use std::sync::Arc;

use access::AuthConfig;
use anyhow::ensure;
use boot::{IdentityConfig, Process, Server, ServerConfig, Telemetry, TelemetryConfig};
use clock::SystemClock;
use serde::de::DeserializeOwned;
use tonic::service::RoutesBuilder;

use crate::cli::ServiceName;

/// Said first of all, for nothing works without it.
const NO_IDENTITY: &str = "identity.private_key is not set: name an Ed25519 private key (`openssl \
    genpkey -algorithm ed25519 -out signing-key.pem` makes one), and its public half in \
    auth.public_keys of the services that this one calls";

/// Which service, configured how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure serve order --config deploy/order.toml
  ORDER__SERVER__LISTEN=0.0.0.0:7102 ORDER__DB_URL=postgres://… tenure serve order

deploy/<service>.toml has every key at its default, with an explanation. What is wrong with a configuration
`tenure doctor` tells without a start; SIGTERM stops it in order.")]
pub struct Options {
    /// Which one.
    #[arg(value_enum)]
    service: ServiceName,
    /// The configuration file; `<SERVICE>__SECTION__KEY` in the environment wins over it.
    #[arg(long)]
    config: Option<PathBuf>,
}

/// What all services' configurations have in common.
struct Common {
    name: &'static str,
    server: ServerConfig,
    auth: AuthConfig,
    identity: IdentityConfig,
    telemetry: TelemetryConfig,
}

macro_rules! serve {
    ($options:ident, $name:literal, $prefix:literal, $service:ident) => {{
        let config: $service::Config = load(&$options, $prefix)?;
        let common = Common {
            name: $name,
            server: config.server.clone(),
            auth: config.auth.clone(),
            identity: config.identity.clone(),
            telemetry: config.telemetry.clone(),
        };
        let start = async |process: &Process, routes: &mut RoutesBuilder| {
            $service::start(config, process, routes).await
        };
        serve(common, start).await
    }};
}

/// Serves until the process is told to stop.
///
/// # Errors
///
/// A wrong configuration, an address that is taken, a database that is missing or newer.
pub async fn run(options: Options) -> anyhow::Result<()> {
    match options.service {
        ServiceName::Catalog => serve!(options, "catalog", "CATALOG", catalog),
        ServiceName::Order => serve!(options, "order", "ORDER", order),
        ServiceName::Lifecycle => serve!(options, "lifecycle", "LIFECYCLE", lifecycle),
        ServiceName::LicenseKey => serve!(options, "license-key", "LICENSE_KEY", license_key),
        ServiceName::Audit => serve!(options, "audit", "AUDIT", audit),
    }
}

fn load<T: DeserializeOwned>(options: &Options, prefix: &str) -> anyhow::Result<T> {
    Ok(boot::load(options.config.as_deref(), prefix, std::env::vars())?)
}

async fn serve(
    common: Common,
    start: impl AsyncFnOnce(&Process, &mut RoutesBuilder) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Common { name, server, auth, identity, telemetry } = common;
    ensure!(!identity.private_key.is_empty(), NO_IDENTITY);
    let telemetry = Telemetry::start(&telemetry, name)?;
    let listener = boot::listen(server.listen).await?;
    let process = Process::new(name, &server, &identity, &auth, Arc::new(SystemClock))?;
    // Keys and address are looked at before the database is touched.
    let server = Server::new(process.clone(), &auth, listener)?;
    let mut routes = RoutesBuilder::default();
    start(&process, &mut routes).await?;
    tracing::info!(service = name, address = %server.address()?, "serving");
    let stop = process.stop.clone();
    tokio::spawn(async move {
        if let Err(error) = boot::until_signalled().await {
            tracing::error!(error = %error, "signals cannot be heard");
        }
        tracing::info!("stopping");
        stop.cancel();
    });
    let outcome = server.run(routes).await;
    telemetry.stop().await;
    outcome
}
