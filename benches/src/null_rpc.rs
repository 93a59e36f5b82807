//! A call that does nothing, through all layers of our server (trace, error refinement, access with
//! a verified token), against the same handler on a bare tonic server.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use access::{Claims, Verifier};
use anyhow::{Context as _, ensure};
use clock::{Clock, SystemClock};
use proto::common::{Backlog, GetBacklogRequest};
use proto::lifecycle::inbox_service_client::InboxServiceClient;
use tenure::client::{Client, connect, with_token};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::Plan;
use crate::figure::{Figure, Unit};
use crate::host::{ANY_PORT, Host};
use crate::load::{Caller, Loads, closed_loop, micros};
use crate::report::{Report, say};

/// How many callers.
const CONCURRENCIES: [usize; 3] = [1, 32, 64];
/// More connections than this do not make two cores faster.
const CONNECTIONS_MAX: usize = 4;
/// How many tokens are verified to time one.
const TOKENS: u32 = 5_000;

/// Answers one method of the contract at once, always the same. Written without the generated trait,
/// so that what else the service learns to do is of no concern here.
#[derive(Debug, Clone, Copy)]
struct Null;

impl NamedService for Null {
    const NAME: &'static str = "tenure.lifecycle.v1.InboxService";
}

impl UnaryService<GetBacklogRequest> for Null {
    type Response = Backlog;
    type Future = Ready<Result<Response<Backlog>, Status>>;

    fn call(&mut self, _: Request<GetBacklogRequest>) -> Self::Future {
        ready(Ok(Response::new(Backlog { waiting_count: 1, taken_count: 2 })))
    }
}

impl Service<http::Request<Body>> for Null {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut grpc = Grpc::new(ProstCodec::<Backlog, GetBacklogRequest>::default());
        Box::pin(async move { Ok(grpc.unary(Self, request).await) })
    }
}

/// Asks for nothing.
struct Asker(InboxServiceClient<Client>);

impl Caller for Asker {
    async fn call(&mut self) -> anyhow::Result<()> {
        let answer = self.0.get_backlog(GetBacklogRequest {}).await?;
        ensure!(answer.get_ref().taken_count == 2, "the answer is another one");
        Ok(())
    }
}

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let mut host = Host::new(Arc::new(SystemClock)).await?;
    host.routes.add_service(Null);
    let layered = host.serve()?;
    let token = layered.token(&Claims::service("benches"))?;
    let (bare, stop_bare) = serve_bare().await?;

    let mut report = Report::default();
    for concurrency in CONCURRENCIES {
        say(format!("null RPC, {concurrency} callers"));
        let (mut ours, mut baseline) = (Loads::default(), Loads::default());
        let mut our_askers = askers(layered.address, &token, concurrency).await?;
        let mut bare_askers = askers(bare, &token, concurrency).await?;
        for _ in 0..plan.rounds {
            let lasting = Duration::from_secs(plan.seconds);
            baseline.0.push(closed_loop(&mut bare_askers, lasting).await?);
            ours.0.push(closed_loop(&mut our_askers, lasting).await?);
        }
        let name = |what| format!("null RPC, {concurrency} callers: {what}");
        report.line(name("calls"), ours.rate(), Some(baseline.rate()));
        report.line(name("p50"), ours.p50(), Some(baseline.p50()));
        report.line(name("p99"), ours.p99(), Some(baseline.p99()));
    }
    let verifier = Verifier::new(&layered.auth)?;
    let rounds = (0..plan.rounds).map(|_| time_tokens(&verifier, &token));
    let times = rounds.collect::<anyhow::Result<Vec<_>>>()?;
    report.line("verifying one token (Ed25519), alone", Figure::new(Unit::Micros, times), None);
    stop_bare.cancel();
    layered.stop().await?;
    Ok(report)
}

/// Returns the time of one, in microseconds.
pub fn time_tokens(verifier: &Verifier, token: &str) -> anyhow::Result<u64> {
    let began = Instant::now();
    for _ in 0..TOKENS {
        let claims = verifier.verify(token, SystemClock.now()).context("the token is ours")?;
        ensure!(claims.subject == "benches", "the token says something else");
    }
    Ok(micros(began.elapsed()) / u64::from(TOKENS))
}

/// Serves the same handler without any layer; the token is sent, too, and nobody looks at it.
async fn serve_bare() -> anyhow::Result<(SocketAddr, CancellationToken)> {
    let listener = boot::listen(ANY_PORT).await?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = tonic::transport::Server::builder()
        .add_service(Null)
        .serve_with_incoming_shutdown(incoming, stopped);
    tokio::spawn(serving);
    Ok((address, stop))
}

async fn askers(
    address: SocketAddr,
    token: &str,
    concurrency: usize,
) -> anyhow::Result<Vec<Asker>> {
    let mut clients = Vec::new();
    for _ in 0..concurrency.min(CONNECTIONS_MAX) {
        clients.push(InboxServiceClient::new(with_token(connect(address).await?, token)?));
    }
    Ok(clients.into_iter().cycle().take(concurrency).map(Asker).collect())
}
