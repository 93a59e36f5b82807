//! The gRPC server: layers, reflection, health, and an orderly end.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use access::{Attempt, RecordRefusal, Table, Verifier};
use anyhow::Context;
use clock::Clock;
use db::Db;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::key_source::KeySource;
use crate::limit::{Limit, Refusing};
use crate::observe::Observe;
use crate::process::Process;
use crate::refine::Refine;
use crate::strangers::Strangers;
use crate::tls;

/// The name by which health tells no more than that the process answers, whatever is the matter with its
/// database, until its end: for those who would kill it otherwise.
pub const LIVENESS: &str = "liveness";
/// How often health looks at the databases.
const HEALTH_REST: Duration = Duration::from_secs(5);
/// How long calls that are under way may take after the wish to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// A server that was put together and not yet started.
pub struct Server {
    process: Process,
    listener: TcpListener,
    table: Arc<Table>,
    verifier: Arc<Verifier>,
    limit: Limit,
    strangers: Strangers,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// Takes the address on which the server will listen.
///
/// # Errors
///
/// When the address is taken, with the address.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

impl Server {
    /// Reads the access table of the contract and the keys of the configuration.
    ///
    /// # Errors
    ///
    /// A method without an access word; a key, or a file of keys, that cannot be read; a limit that is
    /// out of bounds.
    pub fn new(
        process: Process,
        auth: &access::AuthConfig,
        listener: TcpListener,
    ) -> anyhow::Result<Self> {
        let table = Arc::new(Table::read(proto::DESCRIPTORS)?);
        let (clock, refusing) = (process.clock.clone(), Refusing::new());
        let limit = Limit::new(&process.limits, table.clone(), clock.clone(), refusing.clone())?;
        let strangers = Strangers::new(&process.limits, clock, refusing)?;
        let verifier = Arc::new(verifier(auth, &*process.clock)?);
        Ok(Self { process, listener, table, verifier, limit, strangers })
    }

    /// Returns where it listens.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until the process is told to stop: then health says so first, calls that are under
    /// way end, and background work ends after them.
    ///
    /// # Errors
    ///
    /// When the server breaks.
    pub async fn run(self, mut routes: RoutesBuilder) -> anyhow::Result<()> {
        let Self { process, listener, table, verifier, limit, strangers } = self;
        if let Some(keys) = verifier.key_set() {
            // An issuer that is away is no reason not to serve those whom others vouch for.
            keys.refresh(process.clock.now()).await;
        }
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_service_status(LIVENESS, ServingStatus::Serving).await;
        if let Some(address) = process.health() {
            let plain = Routes::new(health_service.clone());
            process.tasks.spawn(serve_health(listen(address).await?, plain, process.stop.clone()));
        }
        routes.add_service(health_service);
        add_reflection(&mut routes)?;
        let (databases, recorders) = {
            let mut watched = process.watched();
            (watched.databases.clone(), std::mem::take(&mut watched.recorders))
        };
        let refusals: Arc<dyn RecordRefusal> = Arc::new(Recorders(recorders));
        process.tasks.spawn(watch_databases(health.clone(), databases.clone(), process.clone()));

        let stop = process.stop.clone();
        let access = access::layer(table, verifier, process.clock.clone(), Some(refusals));
        let stopping = async move {
            stop.cancelled().await;
            say_goodbye(health, &databases).await;
        };
        let server = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(Duration::from_secs(30)))
            .layer(Observe::new())
            .layer(Refine)
            .layer(strangers)
            .layer(access)
            .layer(limit)
            .add_routes(routes.routes());
        let serving: Pin<Box<dyn Future<Output = _> + Send>> = match process.tls() {
            None => Box::pin(server.serve_with_incoming_shutdown(plain(listener), stopping)),
            Some(tls) => {
                process.tasks.spawn(tls.clone().watch(process.stop.clone()));
                let incoming = tls::accept(listener, tls, process.stop.clone());
                Box::pin(server.serve_with_incoming_shutdown(incoming, stopping))
            }
        };
        drain(serving, &process).await?;
        process.tasks.close();
        process.tasks.wait().await;
        Ok(())
    }
}

/// The builder's own setting does not reach connections that it did not accept itself. Without it the end
/// of an answer waits, up to 40 ms, for the caller to confirm the beginning.
fn plain(listener: TcpListener) -> TcpIncoming {
    TcpIncoming::from(listener).with_nodelay(Some(true))
}

/// Serves health and nothing else, to whoever asks.
async fn serve_health(listener: TcpListener, health: Routes, stop: CancellationToken) {
    let serving = tonic::transport::Server::builder()
        .add_routes(health)
        .serve_with_incoming_shutdown(plain(listener), stop.cancelled_owned());
    if let Err(error) = serving.await {
        tracing::error!(error = %error, "the server for probes broke");
    }
}

/// Reads the keys that are believed; a set of them in a file has to be in order, one elsewhere may be
/// away.
pub(crate) fn verifier(auth: &access::AuthConfig, clock: &dyn Clock) -> anyhow::Result<Verifier> {
    if auth.jwks.is_empty() {
        return Verifier::new(auth);
    }
    let source = KeySource::of(&auth.jwks, &auth.jwks_authorities).context("auth.jwks")?;
    let verifier = Verifier::with(auth, Some(Arc::new(source.clone())))?;
    if let (Some(text), Some(keys)) = (source.read(), verifier.key_set()) {
        text.and_then(|text| keys.take(&text, clock.now())).context("auth.jwks")?;
    }
    Ok(verifier)
}

/// Waits for the server; once told to stop, not longer than calls may take.
async fn drain(
    serving: impl Future<Output = Result<(), tonic::transport::Error>>,
    process: &Process,
) -> anyhow::Result<()> {
    let too_long = async {
        process.stop.cancelled().await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        ended = serving => ended.context("the gRPC server broke"),
        () = too_long => {
            tracing::warn!("calls that would not end were cut off");
            Ok(())
        }
    }
}

fn add_reflection(routes: &mut RoutesBuilder) -> anyhow::Result<()> {
    let builder = || {
        // Each version is to list the other one as well, so it is not left to itself.
        tonic_reflection::server::Builder::configure()
            .include_reflection_service(false)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(
                tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
            )
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    routes.add_service(builder().build_v1()?);
    routes.add_service(builder().build_v1alpha()?);
    Ok(())
}

/// Says that nothing is served any more, and ends the streams of those who watch health: they would hold up
/// the end.
async fn say_goodbye(mut health: HealthReporter, databases: &[(&'static str, Db)]) {
    for (service, _) in databases {
        health.set_service_status(*service, ServingStatus::NotServing).await;
    }
    let names = databases.iter().map(|(service, _)| *service);
    for name in names.chain(["", LIVENESS]) {
        health.clear_service_status(name).await;
    }
}

/// Keeps each service's health equal to its database's; the empty name stands for all of them.
async fn watch_databases(
    health: HealthReporter,
    databases: Vec<(&'static str, Db)>,
    process: Process,
) {
    loop {
        let mut all = ServingStatus::Serving;
        for (service, db) in &databases {
            let status = match db.check().await {
                Ok(()) => ServingStatus::Serving,
                Err(error) => {
                    tracing::warn!(service, error = %error, "the database does not answer");
                    all = ServingStatus::NotServing;
                    ServingStatus::NotServing
                }
            };
            if process.stop.is_cancelled() {
                // Goodbye is said already.
                return;
            }
            health.set_service_status(*service, status).await;
        }
        health.set_service_status("", all).await;
        tokio::select! {
            () = process.stop.cancelled() => return,
            () = tokio::time::sleep(HEALTH_REST) => {}
        }
    }
}

/// Hands each refused attempt to the service whose method it was.
#[derive(Debug)]
struct Recorders(Vec<(&'static str, Arc<dyn RecordRefusal>)>);

impl RecordRefusal for Recorders {
    fn record(&self, attempt: Attempt) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let found = self.0.iter().find(|(prefix, _)| attempt.path.starts_with(prefix));
        match found {
            Some((_, recorder)) => recorder.record(attempt),
            None => Box::pin(async {}),
        }
    }
}
