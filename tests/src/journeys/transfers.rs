//! A subscription goes from one partner to another, through all services, and its key with it.

use access::Claims;
use proto::common::Role;
use proto::lifecycle::transfer_service_client::TransferServiceClient;
use proto::lifecycle::{
    Charge, ChargeKind, CreateTransferRequest, GetTransferRequest, ListChargesRequest,
    ListSubscriptionsRequest, ListTransfersRequest, SubmitTransferRequest, Subscription,
    SubscriptionState, TransferState,
};
use proto::order::customer_service_client::CustomerServiceClient;
use proto::order::{
    AcceptRelationshipRequest, GetCustomerRequest, GetOrderRequest, LineState,
    RequestRelationshipRequest,
};
use rstest::rstest;
use tenure::client::Client;
use tenure::import::{import_keys, request_id};
use testkit::Backend;
use tonic::Code;

use super::harness::fleet::Service;
use super::harness::house::House;
use super::harness::patience::eventually;
use super::harness::shop::Shop;
use super::harness::words::reason;

const SERVER_SKU: &str = "products/windows-server/skus/windows-server-standard";
const SERVER_KEYS: &str =
    "00000000-77777777-00000000-00000001\n00000000-77777777-00000000-00000002\n";

fn transfers(shop: &Shop) -> TransferServiceClient<Client> {
    TransferServiceClient::new(shop.desk.call(Service::Lifecycle, &shop.agent))
}

/// The customer accepts the partner of `rival`, as it once accepted the shop's.
async fn befriend(shop: &Shop, rival: &Shop) {
    let customers =
        |claims: &Claims| CustomerServiceClient::new(shop.desk.call(Service::Order, claims));
    let request = GetCustomerRequest { name: shop.customer.clone() };
    let customer = customers(&shop.agent).get_customer(request).await.unwrap().into_inner();
    let request = RequestRelationshipRequest {
        request_id: request_id(),
        tenant_id: customer.tenant_id,
        test_clock: shop.clock.clone(),
        ..RequestRelationshipRequest::default()
    };
    let asked = customers(&rival.agent).request_relationship(request).await.unwrap().into_inner();
    let rpc::name::Customer(id) = shop.customer.parse().unwrap();
    let request = AcceptRelationshipRequest {
        name: asked.name,
        request_id: request_id(),
        ..AcceptRelationshipRequest::default()
    };
    customers(&Claims::customer("carla", id)).accept_relationship(request).await.unwrap();
}

async fn subscriptions(shop: &Shop) -> Vec<Subscription> {
    let request = ListSubscriptionsRequest { parent: shop.customer.clone(), ..Default::default() };
    let page = shop.subscriptions().list_subscriptions(request).await.unwrap().into_inner();
    page.subscriptions
}

/// What a transfer cost the partner, in cents.
async fn moved(shop: &Shop) -> i64 {
    let request = ListChargesRequest { parent: shop.customer.clone(), ..Default::default() };
    let charges = shop.billing().list_charges(request).await.unwrap().into_inner().charges;
    let moved = charges.iter().filter(|charge| charge.kind() == ChargeKind::Transfer);
    let cents = |charge: &Charge| {
        let amount = charge.amount.clone().unwrap();
        amount.units * 100 + i64::from(amount.nanos) / 10_000_000
    };
    moved.map(cents).sum()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn trf_1_a_key_follows_to_another_partner(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let shop = Shop::open(house.desk()).await;
    let operator = shop.desk.operator(Service::LicenseKey);
    import_keys(operator, SERVER_SKU, SERVER_KEYS.as_bytes().to_vec()).await.unwrap();
    let order = shop.place_stubbornly(&shop.basket(&request_id())).await;
    let order = shop.fulfilled(&order.name).await;
    let server = order.lines[0].subscription.clone();
    shop.delivered(&server).await;
    let key = shop.reveal(&server).await.unwrap().into_inner().product_key;

    // Without a relationship nobody asks for anything (TRF-2).
    let rival = Shop { customer: shop.customer.clone(), ..Shop::beside(house.desk()).await };
    let asking = || CreateTransferRequest {
        request_id: request_id(),
        customer: shop.customer.clone(),
        customer_email: "it@contoso.example".to_owned(),
        source_partner: shop.partner.clone(),
        ..CreateTransferRequest::default()
    };
    let refused = transfers(&rival).create_transfer(asking()).await.unwrap_err();
    assert_eq!(reason(&refused), "RELATIONSHIP_REQUIRED");
    befriend(&shop, &rival).await;
    let asked = transfers(&rival).create_transfer(asking()).await.unwrap().into_inner();
    assert_eq!(asked.test_clock, shop.clock);
    // An Admin agent decides (PAR-12).
    let clerk = Claims { roles: [Role::SalesAgent].into(), ..shop.agent.clone() };
    let mut clerk = TransferServiceClient::new(shop.desk.call(Service::Lifecycle, &clerk));
    let giving = SubmitTransferRequest {
        name: asked.name.clone(),
        request_id: request_id(),
        subscriptions: vec![server.clone()],
        ..SubmitTransferRequest::default()
    };
    let refused = clerk.submit_transfer(giving.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);

    let list =
        ListTransfersRequest { state: TransferState::Requested.into(), ..Default::default() };
    let open = transfers(&shop).list_transfers(list).await.unwrap().into_inner().transfers;
    assert_eq!(open.iter().map(|one| &one.name).collect::<Vec<_>>(), [&asked.name]);
    transfers(&shop).submit_transfer(giving).await.unwrap();
    eventually("the completion", || async {
        let request = GetTransferRequest { name: asked.name.clone() };
        let found = transfers(&shop).get_transfer(request).await;
        let state = found.map_err(|status| status.to_string())?.into_inner().state();
        if state == TransferState::Completed { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;

    let theirs = subscriptions(&rival).await;
    assert_eq!(theirs.len(), 1);
    assert_eq!((theirs[0].state(), theirs[0].quantity), (SubscriptionState::Active, 2));
    rival.delivered(&theirs[0].name).await;
    let followed = eventually("the key", || rival.reveal(&theirs[0].name)).await.into_inner();
    assert_eq!(followed.product_key, key);
    assert!(shop.reveal(&server).await.is_err());
    assert_eq!(moved(&shop).await + moved(&rival).await, 0);
    assert!(moved(&shop).await < 0);
    eventually("the order's line", || async {
        let request = GetOrderRequest { name: order.name.clone() };
        let order = shop.orders().get_order(request).await.map_err(|status| status.to_string());
        let line = order?.into_inner().lines.remove(0);
        if line.state() == LineState::Cancelled { Ok(()) } else { Err(format!("{line:?}")) }
    })
    .await;
    house.suite.stop().await.unwrap();
}
