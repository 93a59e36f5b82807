//! A collector that takes whatever traces and metrics it is sent, and keeps nothing.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tonic::body::Body;
use tonic::codegen::Service;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::host::ANY_PORT;

#[derive(Debug)]
enum Traces {}
#[derive(Debug)]
enum Metrics {}

/// One of the services of a collector; counts what it is sent.
#[derive(Debug)]
struct Sink<K>(Arc<AtomicU64>, PhantomData<fn(K)>);

impl<K> Clone for Sink<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl NamedService for Sink<Traces> {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl NamedService for Sink<Metrics> {
    const NAME: &'static str = "opentelemetry.proto.collector.metrics.v1.MetricsService";
}

impl<K> UnaryService<()> for Sink<K> {
    type Response = ();
    type Future = Ready<Result<Response<()>, Status>>;

    fn call(&mut self, _: Request<()>) -> Self::Future {
        self.0.fetch_add(1, Ordering::Relaxed);
        ready(Ok(Response::new(())))
    }
}

impl<K: 'static> Service<http::Request<Body>> for Sink<K> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let sink = self.clone();
        let mut grpc = Grpc::new(ProstCodec::<(), ()>::default());
        Box::pin(async move { Ok(grpc.unary(sink, request).await) })
    }
}

/// Serves as long as this process runs; returns where, and how many batches of spans came.
pub async fn serve() -> anyhow::Result<(SocketAddr, Arc<AtomicU64>)> {
    let listener = boot::listen(ANY_PORT).await?;
    let address = listener.local_addr()?;
    let exports = Arc::new(AtomicU64::new(0));
    let server = tonic::transport::Server::builder()
        .add_service(Sink::<Traces>(exports.clone(), PhantomData))
        .add_service(Sink::<Metrics>(Arc::default(), PhantomData))
        .serve_with_incoming(TcpIncoming::from(listener));
    tokio::spawn(server);
    Ok((address, exports))
}
