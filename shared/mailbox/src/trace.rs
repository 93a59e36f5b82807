//! A letter goes on with the trace of the call that caused it, in the text of W3C Trace Context.

use std::collections::{BTreeSet, HashMap};

use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::Envelope;

/// The header's name, which is the propagator's.
const TRACEPARENT: &str = "traceparent";

/// Returns the trace context of the present span; empty if it is not traced.
pub fn traceparent() -> String {
    let mut headers = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut headers);
    headers.remove(TRACEPARENT).unwrap_or_default()
}

/// Returns a span for the work that a message causes, in the trace of its sender if it has one.
pub fn span(kind: &str, traceparent: &str) -> Span {
    let span = tracing::info_span!("letter", kind);
    go_on(&span, traceparent);
    span
}

impl Envelope {
    /// Returns a span for the work that the message causes, in the trace of its sender if it has one.
    pub fn span(&self) -> Span {
        span(&self.kind, &self.traceparent)
    }
}

/// Returns the span of one call: in the trace of all letters if it is one, else linked to each.
pub(crate) fn carrying(to: &str, kind: &str, batch: &[Envelope]) -> Span {
    let span = tracing::info_span!("carry letters", to, kind, letter_count = batch.len());
    let causes: BTreeSet<&str> = batch.iter().map(|letter| letter.traceparent.as_str()).collect();
    if let [cause] = Vec::from_iter(&causes).as_slice() {
        go_on(&span, cause);
    } else {
        for cause in causes {
            span.add_link(context(cause).span().span_context().clone());
        }
    }
    span
}

fn go_on(span: &Span, traceparent: &str) {
    let cause = context(traceparent);
    if cause.has_active_span() {
        // Without a tracer there is nothing to go on with.
        let (Ok(()) | Err(_)) = span.set_parent(cause);
    }
}

fn context(traceparent: &str) -> Context {
    let headers = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    TraceContextPropagator::new().extract_with_context(&Context::new(), &headers)
}
