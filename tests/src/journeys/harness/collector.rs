//! A collector of traces, as far as a journey looks at them: OTLP over gRPC, the few fields by which
//! the spans of one trace are known.

use std::collections::BTreeMap;
use std::convert::Infallible;
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
use tonic_prost::ProstCodec;

/// The spans that arrived, by the trace's id in hex: each with its service's name.
type Spans = Arc<Mutex<BTreeMap<String, Vec<(String, String)>>>>;

/// A collector that runs until the test ends.
#[derive(Debug, Clone)]
pub struct Collector {
    pub address: SocketAddr,
    spans: Spans,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let collector = Self { address, spans: Spans::default() };
        let incoming = TcpListenerStream::new(listener);
        let server = Server::builder().add_service(collector.clone());
        tokio::spawn(server.serve_with_incoming(incoming));
        collector
    }

    /// Returns the spans of a trace: the service's name and the span's.
    pub fn spans(&self, trace_id: &str) -> Vec<(String, String)> {
        self.spans.lock().expect("spans").get(trace_id).cloned().unwrap_or_default()
    }

    fn keep(&self, exported: ExportTraceServiceRequest) {
        let mut kept = self.spans.lock().expect("spans");
        for of_resource in exported.resource_spans {
            let service = of_resource.resource.unwrap_or_default().service_name();
            for span in of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                let trace_id = tenure::import::hex(&span.trace_id);
                kept.entry(trace_id).or_default().push((service.clone(), span.name));
            }
        }
    }
}

impl NamedService for Collector {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl Service<http::Request<Body>> for Collector {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// It has one method.
    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let collector = self.clone();
        let codec: ProstCodec<ExportTraceServiceResponse, ExportTraceServiceRequest> =
            ProstCodec::default();
        Box::pin(async move { Ok(Grpc::new(codec).unary(collector, request).await) })
    }
}

impl UnaryService<ExportTraceServiceRequest> for Collector {
    type Response = ExportTraceServiceResponse;
    type Future = BoxFuture<Response<Self::Response>, Status>;

    fn call(&mut self, request: Request<ExportTraceServiceRequest>) -> Self::Future {
        self.keep(request.into_inner());
        Box::pin(async { Ok(Response::new(ExportTraceServiceResponse {})) })
    }
}

#[derive(Clone, PartialEq, Message)]
struct ExportTraceServiceRequest {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ExportTraceServiceResponse {}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes, tag = "1")]
    trace_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

impl Resource {
    fn service_name(self) -> String {
        let name = self.attributes.into_iter().find(|attribute| attribute.key == "service.name");
        name.and_then(|name| name.value).unwrap_or_default().string_value
    }
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(string, tag = "1")]
    string_value: String,
}
