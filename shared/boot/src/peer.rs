//! Calls to other services: one channel each, our own token, the caller's trace.

use std::sync::Arc;
use std::time::Duration;

use access::ServiceToken;
use anyhow::Context;
use clock::Clock;
use opentelemetry::propagation::Injector;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Request, Status};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::tls::{Tls, connector};

/// A channel to another service that says who we are. Cheap to clone; connects when it is used.
pub type Peer = InterceptedService<Channel, Credentials>;

/// How long a connection may take: a peer that is away is told from one that is slow.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A broken connection is noticed within this, and replaced.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Adds our own token and the trace to every call.
#[derive(Debug, Clone)]
pub struct Credentials {
    token: Arc<ServiceToken>,
    clock: Arc<dyn Clock>,
}

pub(crate) fn peer(
    uri: &str,
    token: Arc<ServiceToken>,
    clock: Arc<dyn Clock>,
    tls: Option<Arc<Tls>>,
) -> anyhow::Result<Peer> {
    let endpoint = Endpoint::from_shared(uri.to_owned())
        .with_context(|| format!("the peer {uri:?} is not a URI such as http://127.0.0.1:7103"))?
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true);
    let is_secure = uri.parse::<Uri>().is_ok_and(|uri| uri.scheme_str() == Some("https"));
    let channel = match tls {
        _ if !is_secure => endpoint.connect_lazy(),
        Some(tls) => endpoint.connect_with_connector_lazy(connector(tls)),
        None => anyhow::bail!("the peer {uri:?} asks for certificates, and server.tls has none"),
    };
    Ok(InterceptedService::new(channel, Credentials { token, clock }))
}

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let bearer = self.token.bearer(self.clock.now()).map_err(rpc::status)?;
        request.metadata_mut().insert("authorization", bearer);
        let context = tracing::Span::current().context();
        opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&context, &mut Headers(request.metadata_mut()));
        });
        Ok(request)
    }
}

struct Headers<'a>(&'a mut MetadataMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) =
            (AsciiMetadataKey::from_bytes(key.as_bytes()), AsciiMetadataValue::try_from(value))
        {
            self.0.insert(key, value);
        }
    }
}
