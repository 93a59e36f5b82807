//! Keeps each caller to its limits, once it is known who it is.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use access::{Caller, Limited, Limits, LimitsConfig, Table, Under};
use clock::Clock;
use http::{Request, Response};
use jiff::SignedDuration;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use proto::common::Role;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes};
use tower::{Layer, Service};

/// Puts the limits before a service; the layer of access goes before it.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    keeper: Arc<Keeper>,
}

#[derive(Debug)]
struct Keeper {
    limits: Arc<Limits>,
    deadline: Option<SignedDuration>,
    table: Arc<Table>,
    clock: Arc<dyn Clock>,
    refusing: Refusing,
}

/// Counts what it refuses.
#[derive(Debug, Clone)]
pub(crate) struct Refusing(Counter<u64>);

impl Refusing {
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure");
        let refused = meter.u64_counter("tenure.calls.limited").with_description(
            "Calls that were refused, or cut off, because their caller is limited",
        );
        Self(refused.build())
    }

    pub(crate) fn refuse(&self, limited: Limited) -> Status {
        self.0.add(1, &[KeyValue::new("limit", limited.limit())]);
        rpc::status(limited)
    }
}

impl Limit {
    /// # Errors
    ///
    /// A limit that is out of bounds.
    pub(crate) fn new(
        config: &LimitsConfig,
        table: Arc<Table>,
        clock: Arc<dyn Clock>,
        refusing: Refusing,
    ) -> anyhow::Result<Self> {
        let limits = Arc::new(Limits::new(config)?);
        let deadline = Some(config.deadline).filter(|deadline| !deadline.is_zero());
        Ok(Self { keeper: Arc::new(Keeper { limits, deadline, table, clock, refusing }) })
    }
}

impl Keeper {
    /// Lets a call begin; `None` for those who are not limited.
    fn begin<B>(&self, request: &Request<B>) -> Result<Option<Begun>, Limited> {
        let caller = request.extensions().get::<Caller>();
        let Some(caller) = caller.filter(|caller| !caller.has(Role::Service)) else {
            return Ok(None);
        };
        let under = self.limits.begin(&caller.subject, self.clock.now())?;
        let is_short = !self.table.is_stream(request.uri().path()) && !caller.has(Role::Operator);
        Ok(Some(Begun { under, deadline: self.deadline.filter(|_| is_short) }))
    }
}

struct Begun {
    under: Under,
    deadline: Option<SignedDuration>,
}

impl<S> Layer<S> for Limit {
    type Service = Kept<S>;

    fn layer(&self, inner: S) -> Kept<S> {
        Kept { inner, keeper: self.keeper.clone() }
    }
}

/// A service behind the limits.
#[derive(Debug, Clone)]
pub(crate) struct Kept<S> {
    inner: S,
    keeper: Arc<Keeper>,
}

impl<S, B> Service<Request<B>> for Kept<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Begun { under, deadline } = match self.keeper.begin(&request) {
            Ok(Some(begun)) => begun,
            Ok(None) => return Box::pin(self.inner.call(request)),
            Err(limited) => {
                let refused = self.keeper.refusing.refuse(limited).into_http();
                return Box::pin(async move { Ok(refused) });
            }
        };
        let answer = self.inner.call(request);
        let keeper = self.keeper.clone();
        Box::pin(async move {
            let Some(limit) = deadline else {
                return answer.await.map(|answer| held(answer, under));
            };
            match tokio::time::timeout(limit.unsigned_abs(), answer).await {
                Ok(answer) => answer.map(|answer| held(answer, under)),
                Err(_) => Ok(keeper.refusing.refuse(Limited::Deadline { limit }).into_http()),
            }
        })
    }
}

/// The call is under way until the last of its answers has left.
pub(crate) fn held(answer: Response<Body>, under: Under) -> Response<Body> {
    answer.map(|body| Body::new(Held { body, _under: under }))
}

struct Held {
    body: Body,
    _under: Under,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
