//! Whatever is sent to whatever method by whomever: an answer in time, no fault of ours, and nobody else
//! comes to harm. Not here: what the parsers alone make of anything (`fuzz/`).

use std::time::Duration;

use access::Claims;
use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};
use proto::common::Role;
use rstest::rstest;
use tenure::client::Client;
use tenure::import::request_id;
use testkit::Backend;
use tokio::time::timeout;
use tokio_stream::iter;
use tonic::{Code, Request, Status, Streaming};

use super::harness::books;
use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::noise::Noise;
use super::harness::raw::Raw;
use super::harness::shop::Shop;

/// How many calls each method gets.
const CALLS: usize = 16;
/// An answer that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a stream is listened to: whoever watches is not told anything, perhaps for long.
const GLANCE: Duration = Duration::from_millis(5);

/// What a caller may be told; every other error is a fault of ours.
const REFUSALS: [Code; 8] = [
    Code::InvalidArgument,
    Code::NotFound,
    Code::AlreadyExists,
    Code::PermissionDenied,
    Code::FailedPrecondition,
    Code::Aborted,
    Code::OutOfRange,
    Code::ResourceExhausted,
];

/// All roles of a partner.
const AGENT: [Role; 8] = [
    Role::GlobalAdmin,
    Role::AdminAgent,
    Role::SalesAgent,
    Role::BillingAdmin,
    Role::HelpdeskAgent,
    Role::AccountAdmin,
    Role::ReferralAdmin,
    Role::MarketingContentAdmin,
];

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_is_answered_and_harms_nobody(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let bystander = Shop::open(house.desk()).await;
    let victim = Shop::beside(house.desk()).await;
    bought(&bystander).await;
    let names = [names_of(&victim), bought(&victim).await].concat();
    books::settle(&bystander).await;
    let before = belongings(&bystander).await;

    let mut noise = Noise::of(20_260_110, names);
    let mut faults = vec![];
    let callers = callers(&victim);
    for method in methods() {
        for _ in 0..CALLS {
            let who = &callers[noise.below(callers.len())];
            let count = if method.is_client_streaming() { noise.below(4) } else { 1 };
            let messages: Vec<_> = (0..count).map(|_| noise.message(&method.input())).collect();
            let client = victim.desk.call(Service::Order, who);
            if let Err(fault) = send(client, &method, messages.clone()).await {
                faults.push(format!("{}: {fault} after {messages:?}", method.full_name()));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));

    assert_eq!(belongings(&bystander).await, before);
    bought(&bystander).await;
    books::assert_intact(&bystander).await;
    house.suite.stop().await.unwrap();
}

/// Buys a basket; returns the names of the order and of what it started.
async fn bought(shop: &Shop) -> Vec<String> {
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    let order = shop.fulfilled(&order.name).await;
    shop.delivered(&order.lines[1].subscription).await;
    order.lines.iter().map(|line| line.subscription.clone()).chain([order.name.clone()]).collect()
}

fn names_of(shop: &Shop) -> Vec<String> {
    vec![shop.partner.clone(), shop.customer.clone(), shop.clock.clone()]
}

/// What a shop has, in all services.
async fn belongings(shop: &Shop) -> String {
    let (orders, subscriptions) = (books::orders(shop).await, books::subscriptions(shop).await);
    format!("{orders:?} {subscriptions:?} {:?}", books::charges(shop).await)
}

/// Anybody who can be somebody.
fn callers(shop: &Shop) -> [Claims; 4] {
    let partner = shop.partner.parse::<rpc::name::Partner>().unwrap().0;
    let customer = shop.customer.parse::<rpc::name::Customer>().unwrap().0;
    [
        Claims::partner("mallory@northwind.example", partner, AGENT),
        Claims::customer("carla@contoso.example", customer),
        Claims::operator("olga@platform.example"),
        Claims::service("journey"),
    ]
}

/// Every method of the contract.
fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS).expect("descriptors");
    let services: Vec<_> = pool.services().collect();
    let methods: Vec<_> = services.iter().flat_map(ServiceDescriptor::methods).collect();
    assert!(100 < methods.len(), "{} methods", methods.len());
    methods
}

/// Calls, and tells what may not happen whatever was sent.
async fn send(
    client: Client,
    method: &MethodDescriptor,
    messages: Vec<Vec<u8>>,
) -> Result<(), String> {
    let answered = timeout(PATIENCE, call(client, method, messages)).await;
    let Err(status) = answered.map_err(|_| "no answer".to_owned())? else { return Ok(()) };
    if REFUSALS.contains(&status.code()) { Ok(()) } else { Err(format!("{status:?}")) }
}

async fn call(
    client: Client,
    method: &MethodDescriptor,
    messages: Vec<Vec<u8>>,
) -> Result<(), Status> {
    let mut grpc = tonic::client::Grpc::new(client);
    grpc.ready().await.expect("a connection");
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let path = path.parse().expect("a path");
    let answer = grpc.streaming(Request::new(iter(messages)), path, Raw).await?;
    let mut answers: Streaming<Vec<u8>> = answer.into_inner();
    if method.is_server_streaming() {
        let first = timeout(GLANCE, answers.message()).await;
        return first.unwrap_or(Ok(None)).map(drop);
    }
    while answers.message().await?.is_some() {}
    Ok(())
}
