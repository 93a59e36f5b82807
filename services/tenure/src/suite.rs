//! All five services in one process, behind one address.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use access::{AuthConfig, Claims, LimitsConfig, Signer};
use anyhow::Context;
use boot::{IdentityConfig, Process, Server, ServerConfig};
use clock::Clock;
use jiff::SignedDuration;
use tokio::task::JoinHandle;
use tonic::service::RoutesBuilder;

use crate::keys::Secrets;

/// What makes one suite another than the next.
pub struct Plan {
    /// Where each service keeps its data, by the service's name.
    pub databases: Databases,
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where download links are opened; port 0 picks a free one.
    pub downloads: SocketAddr,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether test clocks can be made.
    pub test_clocks: bool,
    /// Keys and secrets.
    pub secrets: Secrets,
}

/// Where five databases are.
#[derive(Debug, Clone)]
pub enum Databases {
    /// One file each in a folder, which must be there.
    Folder(PathBuf),
    /// One schema each in a PostgreSQL database: its URL, and a prefix for the schemas' names.
    Postgres {
        /// Without a query.
        url: String,
        /// Before each service's name.
        prefix: String,
    },
}

/// Five services that run.
pub struct Suite {
    /// Where they listen.
    pub address: SocketAddr,
    process: Process,
    signer: Signer,
    serving: JoinHandle<anyhow::Result<()>>,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("listen", &self.listen).finish_non_exhaustive()
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Databases {
    /// Returns the URL of one service's database.
    pub fn url(&self, service: &str) -> String {
        match self {
            Self::Folder(folder) => {
                format!("sqlite:{}", folder.join(format!("{service}.db")).display())
            }
            Self::Postgres { url, prefix } => {
                let schema = format!("{prefix}{}", service.replace('-', "_"));
                format!("{url}?schema={schema}&connections=6")
            }
        }
    }
}

impl Suite {
    /// Starts the five services.
    ///
    /// # Errors
    ///
    /// An address that is taken, a database that is missing or newer.
    pub async fn start(plan: Plan) -> anyhow::Result<Self> {
        let listener = boot::listen(plan.listen).await?;
        let address = listener.local_addr().context("the listening address")?;
        let auth = plan.secrets.auth();
        let server = ServerConfig {
            listen: address,
            seal_secret: plan.secrets.seal.clone(),
            // Whoever has all of it on one machine is alone with it.
            limits: LimitsConfig::NONE,
            ..ServerConfig::default()
        };
        let identity = IdentityConfig { private_key: plan.secrets.private_key.clone() };
        let process = Process::new("tenure", &server, &identity, &auth, plan.clock.clone())?;
        let mut routes = RoutesBuilder::default();
        start_services(&plan, &format!("http://{address}"), &process, &mut routes).await?;
        let server = Server::new(process.clone(), &auth, listener)?;
        let signer = signer(&plan.secrets.private_key, &auth)?;
        Ok(Self { address, process, signer, serving: tokio::spawn(server.run(routes)) })
    }

    /// Makes a token for `claims`.
    ///
    /// # Errors
    ///
    /// A key that cannot sign.
    pub fn token(&self, claims: &Claims, lifetime: SignedDuration) -> anyhow::Result<String> {
        Ok(self.signer.sign(claims, self.process.clock.now(), lifetime)?)
    }

    /// Tells the services to stop, and waits until they have.
    ///
    /// # Errors
    ///
    /// When the server broke.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.process.stop.cancel();
        self.serving.await.context("the server ended badly")?
    }

    /// Returns when the server ends by itself, which it does only when it breaks.
    ///
    /// # Errors
    ///
    /// Why it broke.
    pub async fn broken(&mut self) -> anyhow::Result<()> {
        (&mut self.serving).await.context("the server ended badly")?
    }
}

/// Returns what signs tokens with a private key.
///
/// # Errors
///
/// A key that is none.
pub fn signer(private_key: &str, auth: &AuthConfig) -> anyhow::Result<Signer> {
    Signer::from_pem(private_key, &auth.issuer, &auth.audience, "")
}

async fn start_services(
    plan: &Plan,
    own: &str,
    process: &Process,
    routes: &mut RoutesBuilder,
) -> anyhow::Result<()> {
    let uri = || own.to_owned();
    let url = |service: &str| plan.databases.url(service);
    let audit = audit::Config { db_url: url("audit"), ..Default::default() };
    audit::start(audit, &process.for_service("audit"), routes).await?;

    let catalog = catalog::Config {
        db_url: url("catalog"),
        peers: catalog::config::Peers { order: uri(), audit: uri() },
        ..Default::default()
    };
    catalog::start(catalog, &process.for_service("catalog"), routes).await?;

    let order = order::Config {
        db_url: url("order"),
        peers: order::PeersConfig { catalog: uri(), lifecycle: uri(), audit: uri() },
        ..Default::default()
    };
    order::start(order, &process.for_service("order"), routes).await?;

    let lifecycle = lifecycle::Config {
        db_url: url("lifecycle"),
        peers: lifecycle::PeersConfig {
            catalog: uri(),
            order: uri(),
            license_key: uri(),
            audit: uri(),
        },
        test_clocks: plan.test_clocks,
        ..Default::default()
    };
    lifecycle::start(lifecycle, &process.for_service("lifecycle"), routes).await?;

    let license_key = license_key::Config {
        db_url: url("license-key"),
        peers: license_key::PeersConfig { catalog: uri(), lifecycle: uri(), audit: uri() },
        downloads: license_key::DownloadsConfig { listen: plan.downloads, ..Default::default() },
        master_key: plan.secrets.master_key.clone(),
        ..Default::default()
    };
    license_key::start(license_key, &process.for_service("license-key"), routes).await
}
