//! A letter goes on with the trace of the call that caused it.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use rstest::rstest;
use testkit::Backend;
use tracing::{Instrument as _, info_span};
use tracing_subscriber::{layer::SubscriberExt as _, registry};

use super::{Town, letters};
use crate::{span, traceparent};

const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Traces what this thread does for as long as the guard lives.
fn traced() -> impl Drop {
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    tracing::subscriber::set_default(registry().with(layer))
}

/// The trace's id, without those of its spans.
fn trace_of(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap_or_default()
}

#[rstest]
#[tokio::test]
async fn the_courier_is_called_in_the_trace_of_the_sender(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let _guard = traced();
    let town = Town::on(backend).await;
    let request = info_span!("request");
    let sent = request.in_scope(traceparent);
    town.send(&letters(1..=2)).instrument(request).await;
    town.settle(&town.post()).await;

    let (_, _, carried) = town.carrier.state().calls[0].clone();
    assert_eq!((sent.len(), trace_of(&carried)), (GIVEN.len(), trace_of(&sent)));
    assert_ne!(carried, sent);
}

#[rstest]
#[tokio::test]
async fn letters_of_several_traces_are_carried_in_one_of_their_own(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let _guard = traced();
    let town = Town::on(backend).await;
    let (one, other) = (info_span!("request"), info_span!("request"));
    let sent = [one.in_scope(traceparent), other.in_scope(traceparent)];
    town.send(&letters([1])).instrument(one).await;
    town.send(&letters([2])).instrument(other).await;
    town.settle(&town.post()).await;

    let (_, _, carried) = town.carrier.state().calls[0].clone();
    assert!(!carried.is_empty());
    assert!(sent.iter().all(|sent| trace_of(sent) != trace_of(&carried)), "{sent:?} {carried}");
}

#[rstest]
#[case::traced(GIVEN, true)]
#[case::not_traced("", false)]
#[case::no_traceparent("00-zero-zero-01", false)]
fn a_span_goes_on_with_the_trace_that_it_is_given(#[case] given: &str, #[case] goes_on: bool) {
    let _guard = traced();
    let found = span("lifecycle.start", given).in_scope(traceparent);
    assert_eq!(found.len(), GIVEN.len());
    assert_eq!(trace_of(&found) == trace_of(GIVEN), goes_on);
}

#[test]
fn without_a_tracer_there_is_no_trace() {
    assert_eq!(span("lifecycle.start", GIVEN).in_scope(traceparent), "");
}
