//! The five services as they are deployed: each a process of its own, on PostgreSQL.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use access::{Claims, Signer};
use anyhow::{Context, ensure};
use clock::{Clock, SystemClock};
use tenure::keys::Secrets;
use tokio::time::{Instant, sleep};
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::host::{ANY_PORT, TOKEN_LIFETIME};
use crate::load::micros;
use crate::postgres::Postgres;
use crate::process::{Spawned, free_port, tenure};

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is asked whether it serves: what a start is longer by at most.
const ASKED_EVERY: Duration = Duration::from_millis(1);

/// In the order in which they start.
pub const SERVICES: [&str; 5] = ["audit", "catalog", "order", "lifecycle", "license-key"];

/// A service.
#[derive(Debug)]
pub struct Member {
    /// Which.
    pub service: &'static str,
    /// Its process.
    pub process: Spawned,
    /// From the start of the process to its first answer that it serves, in microseconds.
    pub started_in: u64,
}

/// All of them.
#[derive(Debug)]
pub struct Fleet {
    /// In the order of [`SERVICES`].
    pub members: Vec<Member>,
    plan: Layout,
    signer: Signer,
}

/// Where everything is.
#[derive(Debug)]
struct Layout {
    database: String,
    addresses: [SocketAddr; 5],
    secrets: Secrets,
    collector: Option<SocketAddr>,
}

impl Fleet {
    /// Starts one after the other, on a database that is there, with the secrets that it was begun with;
    /// traces go to `collector`.
    ///
    /// # Errors
    ///
    /// When one does not serve in time.
    pub async fn start(
        postgres: &Postgres,
        (database, secrets): (&str, Secrets),
        collector: Option<SocketAddr>,
    ) -> anyhow::Result<Self> {
        let signer = tenure::suite::signer(&secrets.private_key, &secrets.auth())?;
        let mut addresses = [ANY_PORT; 5];
        for address in &mut addresses {
            address.set_port(free_port()?);
        }
        let database = postgres.url(database);
        let plan = Layout { database, addresses, secrets, collector };
        let mut members = vec![];
        for (service, address) in SERVICES.into_iter().zip(plan.addresses) {
            let config = postgres.file(&format!("{service}.toml"));
            std::fs::write(&config, plan.config(service)?).context("a configuration")?;
            members.push(Member::start(service, address, config).await?);
        }
        Ok(Self { members, plan, signer })
    }

    /// Returns where a service is.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn address(&self, service: &str) -> anyhow::Result<SocketAddr> {
        self.plan.address(service)
    }

    /// Returns a token that all of them believe.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn token(&self, claims: &Claims) -> anyhow::Result<String> {
        Ok(self.signer.sign(claims, SystemClock.now(), TOKEN_LIFETIME)?)
    }

    /// Stops all.
    ///
    /// # Errors
    ///
    /// When one cannot be stopped.
    pub fn stop(self) -> anyhow::Result<()> {
        self.members.into_iter().try_for_each(|member| member.process.stop())
    }
}

impl Layout {
    fn address(&self, service: &str) -> anyhow::Result<SocketAddr> {
        let found = SERVICES.into_iter().zip(self.addresses).find(|(one, _)| *one == service);
        Ok(found.with_context(|| format!("there is no {service}"))?.1)
    }

    /// Peers that a service does not know are refused: each is told of its own.
    fn config(&self, service: &str) -> anyhow::Result<String> {
        let Secrets { private_key, public_key, seal, master_key } = &self.secrets;
        let (schema, address) = (service.replace('-', "_"), self.address(service)?);
        let mut text = format!("db_url = \"{}?schema=tenure_{schema}\"\n", self.database);
        if service == "license-key" {
            writeln!(text, "master_key = '''{master_key}'''")?;
            writeln!(text, "[downloads]\nlisten = \"{ANY_PORT}\"")?;
        }
        writeln!(text, "[server]\nlisten = \"{address}\"\nseal_secret = '''{seal}'''")?;
        writeln!(text, "[server.limits]\ncalls_per_second = 0\nconcurrent_calls = 0")?;
        writeln!(text, "[auth]\npublic_keys = ['''{public_key}''']")?;
        writeln!(text, "[identity]\nprivate_key = '''{private_key}'''")?;
        writeln!(text, "[telemetry]\nlog_filter = \"warn\"")?;
        if let Some(collector) = self.collector {
            writeln!(text, "otlp_endpoint = \"http://{collector}\"")?;
        }
        let peers = peers(service);
        if !peers.is_empty() {
            writeln!(text, "[peers]")?;
        }
        for peer in peers {
            writeln!(text, "{} = \"http://{}\"", peer.replace('-', "_"), self.address(peer)?)?;
        }
        Ok(text)
    }
}

/// Whom a service calls.
fn peers(service: &str) -> &'static [&'static str] {
    match service {
        "catalog" => &["order", "audit"],
        "order" | "license-key" => &["catalog", "lifecycle", "audit"],
        "lifecycle" => &["catalog", "order", "license-key", "audit"],
        _ => &[],
    }
}

impl Member {
    async fn start(
        service: &'static str,
        address: SocketAddr,
        config: PathBuf,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(tenure()?);
        command.args(["serve", service, "--config"]).arg(config);
        let began = Instant::now();
        let process = Spawned::new(&mut command)?;
        wait_until_serving(address, service).await?;
        Ok(Self { service, process, started_in: micros(began.elapsed()) })
    }
}

/// Asks until the answer is that it serves.
///
/// # Errors
///
/// When that takes half a minute.
pub async fn wait_until_serving(address: SocketAddr, what: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    while !is_serving(address).await {
        ensure!(began.elapsed() < PATIENCE, "{what} does not serve");
        sleep(ASKED_EVERY).await;
    }
    Ok(())
}

async fn is_serving(address: SocketAddr) -> bool {
    let Ok(endpoint) = Endpoint::from_shared(format!("http://{address}")) else { return false };
    let Ok(channel) = endpoint.connect().await else { return false };
    let all = HealthCheckRequest { service: String::new() };
    let answer = HealthClient::new(channel).check(all).await;
    answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving)
}
