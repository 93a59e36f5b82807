//! Keeps those whom nobody knows to limits, by the address from which they call: who gets no further than
//! the door, and who asks for what takes no token. Those who are let in have limits of their own.

use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use access::{Limited, Limits, LimitsConfig, TurnedAway, Under, is_free};
use clock::Clock;
use http::{Request, Response};
use tonic::body::Body;
use tonic::transport::server::TcpConnectInfo;
use tower::{Layer, Service};

use crate::limit::{Refusing, held};

/// What probes ask. It costs next to nothing, and nobody shall make a probe fail by asking too often.
const PROBE: &str = "/grpc.health.v1.Health/Check";

/// Puts the limits before a server; the layer of access goes behind it.
#[derive(Debug, Clone)]
pub(crate) struct Strangers {
    keeper: Arc<Keeper>,
}

#[derive(Debug)]
struct Keeper {
    limits: Arc<Limits>,
    clock: Arc<dyn Clock>,
    refusing: Refusing,
}

impl Strangers {
    /// An address may ask for as much as a caller.
    ///
    /// # Errors
    ///
    /// A limit that is out of bounds.
    pub(crate) fn new(
        config: &LimitsConfig,
        clock: Arc<dyn Clock>,
        refusing: Refusing,
    ) -> anyhow::Result<Self> {
        let limits = Arc::new(Limits::new(config)?);
        Ok(Self { keeper: Arc::new(Keeper { limits, clock, refusing }) })
    }
}

impl Keeper {
    fn begin(&self, address: Option<IpAddr>) -> Result<Under, Limited> {
        self.limits.begin(&name_of(address), self.clock.now())
    }

    fn refuse(&self, limited: Limited) -> Response<Body> {
        self.refusing.refuse(limited).into_http()
    }
}

/// Returns by which name an address counts. Whoever has one of IPv6 has as many as end differently; what
/// calls from no address at all shares one name.
fn name_of(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            Ipv6Addr::from(network).to_string()
        }
        None => "nowhere".to_owned(),
    }
}

fn address_of<B>(request: &Request<B>) -> Option<IpAddr> {
    let connection = request.extensions().get::<TcpConnectInfo>()?;
    connection.remote_addr().map(|address| address.ip())
}

impl<S> Layer<S> for Strangers {
    type Service = Screened<S>;

    fn layer(&self, inner: S) -> Screened<S> {
        Screened { inner, keeper: self.keeper.clone() }
    }
}

/// A server whose strangers are limited.
#[derive(Debug, Clone)]
pub(crate) struct Screened<S> {
    inner: S,
    keeper: Arc<Keeper>,
}

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Screened<S> {
    /// Calls what takes no token.
    fn free<B>(&mut self, request: Request<B>, address: Option<IpAddr>) -> Answering<S::Error>
    where
        S: Service<Request<B>, Response = Response<Body>>,
        S::Future: Send + 'static,
        S::Error: Send + 'static,
    {
        let under = match self.keeper.begin(address) {
            Ok(under) => under,
            Err(limited) => {
                let refused = self.keeper.refuse(limited);
                return Box::pin(async move { Ok(refused) });
            }
        };
        let answer = self.inner.call(request);
        Box::pin(async move { answer.await.map(|answer| held(answer, under)) })
    }
}

impl<S, B> Service<Request<B>> for Screened<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answering<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.uri().path() == PROBE {
            return Box::pin(self.inner.call(request));
        }
        let address = address_of(&request);
        if is_free(request.uri().path()) {
            return self.free(request, address);
        }
        // Who a caller is shows at the door. Whoever is let in there is let in however many others are
        // turned away: many call from one address where a proxy stands between.
        let answer = self.inner.call(request);
        let keeper = self.keeper.clone();
        Box::pin(async move {
            let answer = answer.await?;
            if answer.extensions().get::<TurnedAway>().is_none() {
                return Ok(answer);
            }
            Ok(keeper.begin(address).map_or_else(|limited| keeper.refuse(limited), |_| answer))
        })
    }
}
