//! A download link from its making to the cancellation that ends it, through all services.

use proto::licensekey::CreateDownloadLinkRequest;
use proto::lifecycle::CancelSubscriptionRequest;
use tenure::import::request_id;
use testkit::Backend;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::harness::house::House;
use super::harness::shop::Shop;

/// Opens a link as curl does; returns the whole answer.
pub(super) async fn open(uri: &str) -> String {
    let (host, path) = uri.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn dwn_5_a_link_downloads_until_the_purchase_is_cancelled() {
    let house = House::on(Backend::Sqlite).await;
    let shop = Shop::open(house.desk()).await;
    let lines = [("windows-server-standard-p1y-annual-de", 1)];
    let order = shop.place(shop.order_of(&request_id(), &lines)).await.unwrap().into_inner();
    let order = shop.fulfilled(&order.name).await;
    let subscription = order.lines[0].subscription.clone();
    shop.delivered(&subscription).await;
    let ask = CreateDownloadLinkRequest {
        parent: subscription.clone(),
        language: "en".to_owned(),
        request_id: request_id(),
        ..CreateDownloadLinkRequest::default()
    };
    let made = shop.software().create_download_link(ask).await.unwrap().into_inner();
    let opened = open(&made.uri).await;
    assert!(opened.starts_with("HTTP/1.1 302"), "{opened}");
    let artifact = "location: https://downloads.example.com/windows-server-2022-en.iso";
    assert!(opened.contains(artifact), "{opened}");

    let cancel = CancelSubscriptionRequest {
        name: subscription,
        request_id: request_id(),
        acknowledged: true,
        ..CancelSubscriptionRequest::default()
    };
    shop.subscriptions().cancel_subscription(cancel).await.unwrap();
    let gone = open(&made.uri).await;
    assert!(gone.starts_with("HTTP/1.1 410"), "{gone}");
    assert!(gone.contains("tenure-reason: LINK_REVOKED"), "{gone}");
    house.suite.stop().await.unwrap();
}
