//! The trace of a purchase: it goes through the mailbox into every service that has a part in it, and into
//! what the log has of it.

use std::collections::BTreeSet;

use tenure::import::request_id;
use testkit::Backend;
use tonic::Request;

use super::harness::books;
use super::harness::collector::Collector;
use super::harness::fleet::Fleet;
use super::harness::patience::eventually;
use super::harness::shop::Shop;

/// The caller's own, in the form of W3C Trace Context.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// Spans that the trace must have: the caller's own call, and each hop of the mailbox.
const HOPS: [(&str, &str); 5] = [
    ("order", "tenure.order.v1.OrderService/PlaceOrder"),
    ("lifecycle", "tenure.lifecycle.v1.SubscriptionService/StartSubscriptions"),
    ("order", "tenure.order.v1.InboxService/RecordFulfilments"),
    ("license-key", "tenure.licensekey.v1.InboxService/RecordPurchases"),
    ("audit", "tenure.audit.v1.AuditService/AppendEntries"),
];

#[tokio::test]
async fn t_172_a_callers_trace_crosses_the_mailbox_into_the_log() {
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

    eventually("the spans of all hops", || async {
        let spans = collector.spans(TRACE);
        let has = |(service, name): &(&str, &str)| {
            spans.iter().any(|(of, span)| of == service && span == name)
        };
        let missing: Vec<_> = HOPS.iter().filter(|hop| !has(hop)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} are not in {spans:?}")) }
    })
    .await;
    books::settle(&shop).await;
    let logged = books::log(&shop).await.into_iter().filter_map(|logged| logged.entry);
    let in_trace = logged.filter(|entry| {
        entry.details.get("traceparent").is_some_and(|context| context.contains(TRACE))
    });
    let told: BTreeSet<_> = in_trace.map(|entry| (entry.service, entry.action)).collect();
    let expected = [("order", "PlaceOrder"), ("lifecycle", "STARTED")]
        .map(|(s, a)| (s.to_owned(), a.to_owned()));
    assert!(told.is_superset(&expected.into()), "{told:?}");
}
