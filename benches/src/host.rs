//! The real server with all its layers, in this process, and clients of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use access::{AuthConfig, Claims, LimitsConfig, Signer};
use anyhow::Context;
use boot::{IdentityConfig, Process, Server, ServerConfig};
use clock::Clock;
use jiff::SignedDuration;
use tenure::client::{Client, connect, with_token};
use tenure::keys::Secrets;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::service::RoutesBuilder;

/// Longer than any run.
pub const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// Nobody listens there.
pub const NOBODY: &str = "http://127.0.0.1:1";

/// A port of this machine that is free.
pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A process to which services can be added.
#[derive(Debug)]
pub struct Host {
    /// What services are given.
    pub process: Process,
    /// Where services are added.
    pub routes: RoutesBuilder,
    address: SocketAddr,
    auth: AuthConfig,
    listener: TcpListener,
    signer: Signer,
}

/// A server that serves until it is stopped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whose tokens it believes.
    pub auth: AuthConfig,
    process: Process,
    signer: Signer,
    serving: JoinHandle<anyhow::Result<()>>,
}

impl Host {
    /// Takes a free port.
    pub async fn new(clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let secrets = Secrets::random()?;
        let auth = secrets.auth();
        let listener = boot::listen(ANY_PORT).await?;
        let address = listener.local_addr().context("the listening address")?;
        let server = ServerConfig {
            listen: address,
            seal_secret: secrets.seal.clone(),
            limits: LimitsConfig::NONE,
            ..ServerConfig::default()
        };
        let identity = IdentityConfig { private_key: secrets.private_key.clone() };
        let process = Process::new("benches", &server, &identity, &auth, clock)?;
        let signer = tenure::suite::signer(&secrets.private_key, &auth)?;
        Ok(Self { process, routes: RoutesBuilder::default(), address, auth, listener, signer })
    }

    /// Returns the address as peers are configured with it.
    pub fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves what was added.
    pub fn serve(self) -> anyhow::Result<Running> {
        let Self { process, routes, address, auth, listener, signer } = self;
        let server = Server::new(process.clone(), &auth, listener)?;
        Ok(Running { address, auth, process, signer, serving: tokio::spawn(server.run(routes)) })
    }
}

impl Running {
    /// Returns a token for `claims`.
    pub fn token(&self, claims: &Claims) -> anyhow::Result<String> {
        Ok(self.signer.sign(claims, self.process.clock.now(), TOKEN_LIFETIME)?)
    }

    /// Returns a client of its own connection that calls as `claims`.
    pub async fn client(&self, claims: &Claims) -> anyhow::Result<Client> {
        with_token(connect(self.address).await?, &self.token(claims)?)
    }

    /// Stops, and waits for the end.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.process.stop.cancel();
        self.serving.await.context("the server ended badly")?
    }
}
