//! One span and one measurement for each call, whatever the service.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use opentelemetry::propagation::Extractor;
use tower::{Layer, Service};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Seconds, as the OpenTelemetry conventions for RPC advise: the SDK's own boundaries are meant for
/// milliseconds, and would put every call into the first bucket.
pub(crate) const DURATIONS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Wraps a server so that its calls are traced and measured.
#[derive(Debug, Clone)]
pub(crate) struct Observe {
    durations: Histogram<f64>,
}

impl Observe {
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure");
        let durations = meter
            .f64_histogram("rpc.server.call.duration")
            .with_unit("s")
            .with_description("How long calls take until the answer's head leaves")
            .with_boundaries(DURATIONS.to_vec())
            .build();
        Self { durations }
    }
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Observed { inner, durations: self.durations.clone() }
    }
}

/// A server whose calls are traced and measured.
#[derive(Debug, Clone)]
pub(crate) struct Observed<S> {
    inner: S,
    durations: Histogram<f64>,
}

impl<S, B, R> Service<Request<B>> for Observed<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    R: 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let path = request.uri().path().trim_start_matches('/').to_owned();
        let span = tracing::info_span!(
            "call",
            otel.name = %path,
            otel.kind = "server",
            rpc.system.name = "grpc",
            rpc.method = %path,
        );
        let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.extract(&Headers(request.headers()))
        });
        // Fails only where nobody collects spans.
        drop(span.set_parent(parent));
        let durations = self.durations.clone();
        let began = tokio::time::Instant::now();
        let answer = self.inner.call(request);
        let observed = async move {
            let answer = answer.await;
            let code = answer.as_ref().map_or("error", |answer| status_code(answer.headers()));
            let labels = [
                KeyValue::new("rpc.method", path),
                KeyValue::new("rpc.response.status_code", code.to_owned()),
            ];
            durations.record(began.elapsed().as_secs_f64(), &labels);
            answer
        };
        Box::pin(observed.instrument(span))
    }
}

/// Returns the status of an answer that is nothing but a refusal; other answers say it at their
/// end, and have begun well.
pub(crate) fn status_code(headers: &HeaderMap) -> &str {
    headers.get("grpc-status").and_then(|code| code.to_str().ok()).unwrap_or("0")
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
