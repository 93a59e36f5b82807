//! The whole suite on one machine, for those who try it out.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::Claims;
use anyhow::Context;
use boot::{LogFormat, Telemetry, TelemetryConfig};
use clock::SystemClock;
use jiff::SignedDuration;

use crate::cli::say;
use crate::keys::Secrets;
use crate::suite::{Databases, Plan, Suite};

/// A day's work.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// Where.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure up                                       prints how to go on, and stops on Ctrl-C
  tenure up --data trial --listen 127.0.0.1:7200
  tenure up --otlp-endpoint http://127.0.0.1:4317 --log-filter info,lifecycle=debug

Databases and keys are in the folder: whoever can read it can make tokens. For one machine, not for production.")]
pub struct Options {
    /// The folder that holds the databases and keys; made when it is not there.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:7100")]
    listen: SocketAddr,
    /// Where download links are opened, by plain HTTP.
    #[arg(long, default_value = "127.0.0.1:7114")]
    downloads: SocketAddr,
    /// Where traces and metrics go, by OTLP over gRPC.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", default_value = "")]
    otlp_endpoint: String,
    /// Which logs.
    #[arg(long, default_value = "warn")]
    log_filter: String,
}

/// Starts the suite, says how to call it, and serves until it is told to stop.
///
/// # Errors
///
/// An address that is taken, a folder that cannot be written, a database of a newer Tenure.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let telemetry = Telemetry::start(
        &TelemetryConfig {
            log_format: LogFormat::Human,
            log_filter: options.log_filter.clone(),
            otlp_endpoint: options.otlp_endpoint.clone(),
            ..TelemetryConfig::default()
        },
        "tenure",
    )?;
    let _alone = alone_in(&options.data)?;
    let secrets = Secrets::of(&options.data)?;
    let data = options.data.canonicalize().context("the data folder")?;
    let mut suite = Suite::start(Plan {
        databases: Databases::Folder(data.clone()),
        listen: options.listen,
        downloads: options.downloads,
        clock: Arc::new(SystemClock),
        test_clocks: true,
        secrets,
    })
    .await?;
    let operator = suite.token(&Claims::operator("operator@example.com"), TOKEN_LIFETIME)?;
    greet(suite.address, &data, &operator)?;

    tokio::select! {
        broken = suite.broken() => broken?,
        signalled = boot::until_signalled() => {
            signalled?;
            say("stopping");
            suite.stop().await?;
        }
    }
    telemetry.stop().await;
    say("stopped");
    Ok(())
}

/// Takes the folder for this process alone; another `tenure up` on it would deliver letters twice.
fn alone_in(folder: &Path) -> anyhow::Result<File> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("lock");
    let lock = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let taken = lock.try_lock();
    taken.with_context(|| {
        format!("{} is in use by another `tenure up`; name another --data", folder.display())
    })?;
    Ok(lock)
}

fn greet(address: SocketAddr, data: &Path, operator: &str) -> anyhow::Result<()> {
    let tenure = std::env::current_exe().context("the path of this program")?;
    let (tenure, data) = (tenure.display(), data.display());
    say(format!(
        "Tenure is up: five services at {address}, data in {data}. Ctrl-C stops it.

A token of an operator, valid for 12 hours:

  export TOKEN={operator}

What there is:

  grpcurl -plaintext {address} list

Something to sell, and a first call:

  {tenure} import catalog deploy/sample/catalog.yaml --address {address} --data {data}
  grpcurl -plaintext -H \"authorization: Bearer $TOKEN\" {address} \\
    tenure.catalog.v1.CatalogService/ListProducts

Somebody who sells it:

  grpcurl -plaintext -H \"authorization: Bearer $TOKEN\" -d '{{
    \"request_id\": \"'$(cat /proc/sys/kernel/random/uuid)'\",
    \"partner\": {{\"display_name\": \"Northwind\", \"type\": \"PARTNER_TYPE_DIRECT_BILL\",
      \"market\": \"DE\", \"cloud\": \"CLOUD_COMMERCIAL\"}}}}' {address} \\
    tenure.order.v1.PartnerService/CreatePartner

A token of that partner's agent (put its name behind --partner):

  {tenure} token --data {data} --role ADMIN_AGENT --partner partners/…

README.md goes on from here.
"
    ));
    Ok(())
}
