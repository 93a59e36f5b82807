//! Calls to other services: spread over the replicas of each, with our own token and the caller's trace.

mod balance;
mod follow;

use std::net::SocketAddr;
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

pub use balance::Balanced;
pub(crate) use follow::{Follow, LookUp};

/// A channel to another service that says who we are. Cheap to clone; connects when it is used.
pub type Peer = InterceptedService<Balanced, Credentials>;

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

/// Returns a channel to the service at `uri`, and what keeps up with its replicas for as long as it runs.
///
/// # Errors
///
/// A text that is no URI, or one that asks for certificates where there are none.
pub(crate) fn peer(
    uri: &str,
    token: Arc<ServiceToken>,
    clock: Arc<dyn Clock>,
    tls: Option<Arc<Tls>>,
) -> anyhow::Result<(Peer, Option<Follow>)> {
    let service = Service::of(uri, tls)?;
    let balanced = Balanced::new(service.host(), service.channel());
    let follow = Follow::of(&balanced, service);
    Ok((InterceptedService::new(balanced, Credentials { token, clock }), follow))
}

/// Where a service is, and how connections to it are opened.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    uri: Uri,
    /// Where its URI asks for certificates.
    tls: Option<Arc<Tls>>,
}

impl Service {
    fn of(uri: &str, tls: Option<Arc<Tls>>) -> anyhow::Result<Self> {
        let parsed = uri.parse::<Uri>().ok().filter(|parsed| parsed.host().is_some());
        let parsed = parsed.with_context(|| {
            format!("the peer {uri:?} is not a URI such as http://127.0.0.1:7103")
        })?;
        let is_secure = parsed.scheme_str() == Some("https");
        anyhow::ensure!(
            !is_secure || tls.is_some(),
            "the peer {uri:?} asks for certificates, and server.tls has none"
        );
        Ok(Self { uri: parsed, tls: tls.filter(|_| is_secure) })
    }

    /// Returns the host's name or address; one of IPv6 without its brackets.
    fn host(&self) -> &str {
        self.uri.host().unwrap_or_default().trim_matches(['[', ']'])
    }

    fn port(&self) -> u16 {
        let default = if self.tls.is_some() { 443 } else { 80 };
        self.uri.port_u16().unwrap_or(default)
    }

    /// Returns a channel that asks for the host's address whenever it connects, which it does when it is
    /// used.
    fn channel(&self) -> Channel {
        let endpoint = endpoint(self.uri.clone());
        match &self.tls {
            None => endpoint.connect_lazy(),
            Some(tls) => endpoint.connect_with_connector_lazy(connector(tls.clone())),
        }
    }

    /// Connects to one replica, which has to be the host that the URI names.
    async fn connect(&self, replica: SocketAddr) -> anyhow::Result<Channel> {
        let channel = match &self.tls {
            None => {
                let there = Uri::try_from(format!("http://{replica}"))?;
                endpoint(there).origin(self.uri.clone()).connect().await
            }
            Some(tls) => {
                let there = connector(tls.clone()).to(replica);
                endpoint(self.uri.clone()).connect_with_connector(there).await
            }
        };
        Ok(channel?)
    }
}

fn endpoint(uri: Uri) -> Endpoint {
    Endpoint::from(uri)
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
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
