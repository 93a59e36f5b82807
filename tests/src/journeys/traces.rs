//! The trace of a purchase: it goes through the mailbox into every service that has a part in it.

use std::collections::BTreeSet;

use tenure::import::request_id;
use testkit::Backend;
use tonic::Request;

use super::harness::collector::Collector;
use super::harness::fleet::Fleet;
use super::harness::patience::eventually;
use super::harness::shop::Shop;

/// The caller's own, in the form of W3C Trace Context.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn a_callers_trace_crosses_the_mailbox() {
    let collector = Collector::start().await;
    let endpoint = format!("http://{}", collector.address);
    let fleet =
        Fleet::start_with(Backend::Sqlite, &[("TELEMETRY__OTLP_ENDPOINT", &endpoint)]).await;
    let shop = Shop::open(fleet.desk()).await;

    let mut request = Request::new(shop.basket(&request_id()));
    let header = format!("00-{TRACE}-{PARENT}-01");
    request.metadata_mut().insert("traceparent", header.parse().unwrap());
    let order = shop.orders().place_order(request).await.unwrap().into_inner();
    shop.fulfilled(&order.name).await;

    let everyone = ["audit", "license-key", "lifecycle", "order"];
    let spans = eventually("the spans of all services", || async {
        let spans = collector.spans(TRACE);
        let services: BTreeSet<_> = spans.iter().map(|(service, _)| service.clone()).collect();
        if services.iter().eq(everyone) { Ok(spans) } else { Err(format!("{spans:?}")) }
    })
    .await;
    let started = ("lifecycle", "tenure.lifecycle.v1.SubscriptionService/StartSubscriptions");
    let is_start = |(service, span): &(String, String)| (&**service, &**span) == started;
    assert!(spans.iter().any(is_start), "{spans:?}");
}
