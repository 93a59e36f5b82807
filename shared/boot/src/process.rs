//! What a service is given by the process in which it runs.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use access::{RecordRefusal, ServiceToken, Signer};
use anyhow::Context;
use clock::Clock;
use db::Db;
use rpc::Seal;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vocab::IdGen;

use crate::config::{IdentityConfig, ServerConfig};
use crate::peer::{LookUp, Peer, peer};
use crate::tls::Tls;

/// Time, ids, identity, and the way out: everything that a service does not make for itself.
#[derive(Clone)]
pub struct Process {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: IdGen,
    /// Cancelled when the process shall stop.
    pub stop: CancellationToken,
    /// Work in the background; the process ends when all of it has.
    pub tasks: TaskTracker,
    /// Marks page tokens and previews as ours.
    pub seal: Seal,
    pub(crate) limits: access::LimitsConfig,
    signer: Arc<Signer>,
    token: Arc<ServiceToken>,
    watched: Arc<Mutex<Watched>>,
    tls: Option<Arc<Tls>>,
    health: Option<SocketAddr>,
}

/// What the services of this process want the server to do for them.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) databases: Vec<(&'static str, Db)>,
    pub(crate) recorders: Vec<(&'static str, Arc<dyn RecordRefusal>)>,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Process {
    /// A process that calls others as `service`.
    ///
    /// # Errors
    ///
    /// A private key or certificates that cannot be read.
    pub fn new(
        service: &str,
        server: &ServerConfig,
        identity: &IdentityConfig,
        auth: &access::AuthConfig,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let key = crate::config::pem(&identity.private_key).context("identity.private_key")?;
        let signer = Signer::from_pem(&key, &auth.issuer, &auth.audience, "")
            .context("identity.private_key")?;
        let signer = Arc::new(signer);
        Ok(Self {
            clock,
            ids: IdGen::random(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            seal: seal(&server.seal_secret)?,
            limits: server.limits.clone(),
            token: Arc::new(ServiceToken::new(signer.clone(), service)),
            signer,
            watched: Arc::default(),
            tls: Tls::read(&server.tls).context("server.tls")?,
            health: health(&server.tls.health_listen)?,
        })
    }

    /// Returns the same process as another service of it sees it: it calls as itself.
    pub fn for_service(&self, service: &str) -> Self {
        Self { token: Arc::new(ServiceToken::new(self.signer.clone(), service)), ..self.clone() }
    }

    /// Returns a channel to the service at `uri`, whose calls are spread over all of its replicas.
    ///
    /// # Errors
    ///
    /// A text that is no URI, or one that asks for certificates where there are none.
    pub fn peer(&self, uri: &str) -> anyhow::Result<Peer> {
        let (peer, follow) = peer(uri, self.token.clone(), self.clock.clone(), self.tls.clone())?;
        if let Some(follow) = follow {
            self.tasks.spawn(follow.run(Arc::new(LookUp), self.stop.clone()));
        }
        Ok(peer)
    }

    /// Lets the health of `service` follow its database.
    pub fn watch_health(&self, service: &'static str, db: Db) {
        self.watched().databases.push((service, db));
    }

    /// Lets refusals at the door be recorded for methods whose path begins with `path_prefix`.
    pub fn record_refusals(&self, path_prefix: &'static str, recorder: Arc<dyn RecordRefusal>) {
        self.watched().recorders.push((path_prefix, recorder));
    }

    /// Returns the certificates of this process.
    pub(crate) fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// Returns where health alone is served.
    pub(crate) fn health(&self) -> Option<SocketAddr> {
        self.health
    }

    pub(crate) fn watched(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn health(address: &str) -> anyhow::Result<Option<SocketAddr>> {
    let read = if address.is_empty() { Ok(None) } else { address.parse().map(Some) };
    read.with_context(|| format!("server.tls.health_listen is no address: {address:?}"))
}

/// Makes the seal of a secret, or of random bytes when there is none.
fn seal(secret: &str) -> anyhow::Result<Seal> {
    if !secret.is_empty() {
        return Ok(Seal::new(secret.as_bytes()));
    }
    let mut random = [0; 32];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    Ok(Seal::new(&random))
}
