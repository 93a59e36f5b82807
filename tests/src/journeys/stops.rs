//! A service is told to stop: health says so first, what is under way is brought to its end, and its
//! telemetry still leaves.

use std::time::Duration;

use proto::order::OrderState;
use tenure::import::request_id;
use testkit::Backend;
use tonic::Request;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::harness::books;
use super::harness::collector::Collector;
use super::harness::fleet::{Fleet, Service};
use super::harness::shop::Shop;

/// The caller's own, in the form of W3C Trace Context.
const TRACE: &str = "7bf92f3577b34da6a3ce929d0e0e4737";

#[tokio::test]
async fn t_176_a_service_that_stops_answers_what_it_was_asked() {
    let collector = Collector::start().await;
    let endpoint = format!("http://{}", collector.address);
    let mut fleet =
        Fleet::start_with(Backend::Sqlite, &[("TELEMETRY__OTLP_ENDPOINT", &endpoint)]).await;
    let shop = Shop::open(fleet.desk()).await;
    let asked = HealthCheckRequest { service: "tenure.order.v1.OrderService".to_owned() };
    let watched = HealthClient::new(shop.desk.channel(Service::Order)).watch(asked).await;
    let mut health = watched.unwrap().into_inner();
    assert_eq!(health.message().await.unwrap().unwrap().status(), ServingStatus::Serving);

    // Order waits for the outcome as long as its caller does, and lifecycle says nothing for now.
    fleet.freeze(Service::Lifecycle);
    let mut request = Request::new(shop.basket(&request_id()));
    let header = format!("00-{TRACE}-00f067aa0ba902b7-01");
    request.metadata_mut().insert("traceparent", header.parse().unwrap());
    request.set_timeout(Duration::from_secs(30));
    let mut orders = shop.orders();
    let waiting = tokio::spawn(async move { orders.place_order(request).await });
    let placed = async {
        while books::orders(&shop).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), placed).await.unwrap();

    let ended = fleet.stop(Service::Order).await;
    assert!(ended.success(), "{ended}");
    assert_eq!(health.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    let answered = waiting.await.unwrap().unwrap().into_inner();
    assert_eq!(answered.state(), OrderState::Processing);
    let is_told =
        |(service, span): &(String, String)| service == "order" && span.ends_with("/PlaceOrder");
    assert!(collector.spans(TRACE).iter().any(is_told), "its last span was not sent");

    fleet.thaw(Service::Lifecycle);
    fleet.restart(Service::Order).await;
    shop.fulfilled(&answered.name).await;
    books::assert_once(&shop, &[answered.name], 0).await;
    fleet.assert_no_faults();
}
