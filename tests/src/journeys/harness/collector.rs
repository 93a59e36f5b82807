//! A collector of traces and metrics, as far as a journey looks at them: OTLP over gRPC. What of the messages
//! is read says `wire`.

mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use prost::Message;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use super::raw::Raw;
use wire::{ExportMetricsServiceRequest, ExportTraceServiceRequest};

/// The labels of one series and their values.
pub type Labels = BTreeMap<String, String>;

/// A collector that runs until the test ends.
#[derive(Debug, Clone)]
pub struct Collector {
    pub address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

/// What arrived.
#[derive(Debug, Default)]
struct Kept {
    /// By the trace's id in hex: the service's name and the span's.
    spans: BTreeMap<String, Vec<(String, String)>>,
    /// By the metric's name.
    series: BTreeMap<String, BTreeSet<Labels>>,
    /// All messages as they came, one after the other.
    bytes: Vec<u8>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let collector = Self { address, kept: Arc::default() };
        let incoming = TcpListenerStream::new(listener);
        let server = Server::builder()
            .add_service(Door::<ExportTraceServiceRequest>::of(&collector))
            .add_service(Door::<ExportMetricsServiceRequest>::of(&collector));
        tokio::spawn(server.serve_with_incoming(incoming));
        collector
    }

    /// Returns the spans of a trace: the service's name and the span's.
    pub fn spans(&self, trace_id: &str) -> Vec<(String, String)> {
        self.kept.lock().expect("spans").spans.get(trace_id).cloned().unwrap_or_default()
    }

    /// Returns all series, by the metric's name, as Prometheus would call them.
    pub fn series(&self) -> BTreeMap<String, BTreeSet<Labels>> {
        self.kept.lock().expect("series").series.clone()
    }

    /// Returns all messages as they came.
    pub fn bytes(&self) -> Vec<u8> {
        self.kept.lock().expect("bytes").bytes.clone()
    }
}

/// What services send.
trait Export: Message + Default + 'static {
    /// The gRPC service that takes it.
    const NAME: &'static str;

    fn keep(self, kept: &mut Kept);
}

/// One gRPC service of the collector; it has one method.
#[derive(Debug)]
struct Door<E> {
    kept: Arc<Mutex<Kept>>,
    takes: PhantomData<fn(E)>,
}

impl<E> Door<E> {
    fn of(collector: &Collector) -> Self {
        Self { kept: collector.kept.clone(), takes: PhantomData }
    }
}

impl<E> Clone for Door<E> {
    fn clone(&self) -> Self {
        Self { kept: self.kept.clone(), takes: PhantomData }
    }
}

impl<E: Export> NamedService for Door<E> {
    const NAME: &'static str = E::NAME;
}

impl<E: Export> Service<http::Request<Body>> for Door<E> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let door = self.clone();
        Box::pin(async move { Ok(Grpc::new(Raw).unary(door, request).await) })
    }
}

impl<E: Export> UnaryService<Vec<u8>> for Door<E> {
    type Response = Vec<u8>;
    type Future = BoxFuture<Response<Self::Response>, Status>;

    /// Says that all of it was taken: a message without fields.
    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        let bytes = request.into_inner();
        let mut kept = self.kept.lock().expect("what is kept");
        E::decode(bytes.as_slice()).expect("what services send").keep(&mut kept);
        kept.bytes.extend(bytes);
        Box::pin(async { Ok(Response::new(vec![])) })
    }
}
