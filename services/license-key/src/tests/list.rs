//! A customer's software, and the stock of keys, by page and by who asks.

use access::Claims;
use jiff::SignedDuration;
use proto::common::Role;
use proto::licensekey as pb;
use proto::licensekey::KeyAvailability::{Available, NotNeeded, Unavailable};
use proto::lifecycle::SubscriptionState::{Active, Cancelled};
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;
use vocab::{CustomerId, Fulfilment, PartnerId, ProductKind};

use super::house::{House, agent, purchase_number, stranger};
use crate::domain::tests::{a_purchase, a_sku};
use crate::domain::{Purchase, PurchaseState};

async fn page(
    house: &House,
    claims: &Claims,
    customer: CustomerId,
    (page_size, page_token): (i32, &str),
) -> Result<pb::ListSoftwareResponse, Status> {
    let message = pb::ListSoftwareRequest {
        parent: format!("customers/{customer}"),
        page_size,
        page_token: page_token.to_owned(),
    };
    let answer = house.software().list_software(house.call(claims, message)).await;
    answer.map(tonic::Response::into_inner)
}

/// The purchase number, its age in hours, and what of it differs.
fn aged(number: u128, hours: i64, state: PurchaseState) -> Purchase {
    let purchased_at = noon() - SignedDuration::from_hours(hours);
    Purchase { state, purchased_at, ..purchase_number(number) }
}

#[rstest]
#[tokio::test]
async fn trp_51_cancelled_software_stays_listed_without_its_key(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let live = house.given(aged(1, 1, PurchaseState::Active)).await;
    house.given(aged(2, 2, PurchaseState::Cancelled)).await;
    let esu = Purchase {
        kind: ProductKind::Esu,
        fulfilment: Fulfilment {
            instructions_uri: Some("https://example.org/esu".to_owned()),
            ..Fulfilment::default()
        },
        ..aged(3, 3, PurchaseState::Active)
    };
    house.given(esu).await;
    let plain = Purchase {
        kind: ProductKind::LicenseBased,
        fulfilment: Fulfilment::default(),
        ..aged(4, 4, PurchaseState::Active)
    };
    house.given(plain).await;

    let listed = page(&house, &agent(&live), live.customer, (0, "")).await.unwrap();

    let told: Vec<_> = listed.software.iter().map(|it| (it.state(), it.key())).collect();
    assert_eq!(told, [(Active, Available), (Cancelled, Unavailable), (Active, NotNeeded)]);
    assert_eq!(listed.software[2].instructions_uri, "https://example.org/esu", "CAT-13");
    let first = &listed.software[0];
    assert_eq!(first.subscription, rpc::name::Subscription(live.customer, live.id).to_string());
    assert_eq!(first.order, rpc::name::Order(live.customer, live.order).to_string());
    assert_eq!(first.product, "products/windows-server");
    assert_eq!(first.sku, "products/windows-server/skus/windows-server-standard");
    assert_eq!((first.title.as_str(), first.quantity), ("Windows Server Standard", 2));
    assert_eq!(first.purchase_time, Some(rpc::wire::timestamp(live.purchased_at)));
    assert_eq!(listed.next_page_token, "");
}

#[rstest]
#[tokio::test]
async fn pcx_3_pages_go_from_the_newest_to_the_oldest_and_miss_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    for number in 0..7 {
        // Several of one instant: the id then decides.
        let hours = i64::try_from(number / 3).unwrap();
        house.given(aged(number, hours, PurchaseState::Active)).await;
    }
    let claims = agent(&a_purchase());
    let customer = a_purchase().customer;
    let whole = page(&house, &claims, customer, (0, "")).await.unwrap().software;
    let times: Vec<_> = whole.iter().map(|it| it.purchase_time.unwrap().seconds).collect();
    assert!(times.is_sorted_by(|newer, older| older <= newer), "{times:?}");
    let (mut paged, mut token) = (vec![], String::new());
    loop {
        let next = page(&house, &claims, customer, (2, &token)).await.unwrap();
        paged.extend(next.software);
        token = next.next_page_token;
        if token.is_empty() {
            break;
        }
        let other = Claims::partner("z", PartnerId(Uuid::from_u128(7)), [Role::AdminAgent]);
        let stolen = page(&house, &other, customer, (2, &token)).await.unwrap_err();
        assert_eq!(stolen.code(), Code::InvalidArgument);
    }
    assert_eq!(paged.len(), 7);
    assert_eq!(paged, whole);
}

#[rstest]
#[tokio::test]
async fn par_14_everybody_sees_what_is_theirs(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let own = house.given(purchase_number(1)).await;
    let rival = PartnerId(Uuid::from_u128(0xa2));
    house.given(Purchase { partner: rival, ..purchase_number(2) }).await;
    let customer = own.customer;
    let rival = Claims::partner("rival", rival, [Role::SalesAgent]);
    for (claims, expected) in [
        (agent(&own), Ok(1)),
        (rival, Ok(1)),
        (Claims::customer("carol", customer), Ok(2)),
        (Claims::operator("op"), Ok(2)),
        (stranger(), Err(Code::NotFound)),
        (Claims::customer("mallory", CustomerId(Uuid::from_u128(9))), Err(Code::NotFound)),
        (Claims::service("order"), Err(Code::PermissionDenied)),
    ] {
        let listed = page(&house, &claims, customer, (0, "")).await;
        let seen = listed.map(|page| page.software.len()).map_err(|status| status.code());
        assert_eq!(seen, expected, "{claims:?}");
    }
    // A customer that bought nothing yet has an empty list.
    let nobody = CustomerId(Uuid::from_u128(9));
    let empty = page(&house, &Claims::customer("new", nobody), nobody, (0, "")).await.unwrap();
    assert_eq!(empty.software, []);
}

#[rstest]
#[tokio::test]
async fn par_14_a_foreign_customer_and_an_unknown_one_look_the_same(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let foreign = house.given(a_purchase()).await.customer;
    let unknown = CustomerId(Uuid::from_u128(0xc2));
    let told = async |customer: CustomerId| {
        let status = page(&house, &stranger(), customer, (0, "")).await.unwrap_err();
        let details = format!("{:?}", status.get_error_details());
        let own = customer.to_string();
        (status.code(), status.message().replace(&own, "ID"), details.replace(&own, "ID"))
    };
    assert_eq!(told(foreign).await, told(unknown).await);
}

#[rstest]
#[tokio::test]
async fn key_2_pools_are_listed_and_found(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let operator = Claims::operator("op");
    for (number, sku) in ["c", "a", "b"].into_iter().enumerate() {
        let first = u64::try_from(number).unwrap() * 10;
        house.stocked(&a_sku(sku), first, 3).await;
    }
    let mut names = vec![];
    let mut page_token = String::new();
    loop {
        let message = pb::ListKeyPoolsRequest { page_size: 2, page_token };
        let call = house.call(&operator, message);
        let page = house.pools().list_key_pools(call).await.unwrap().into_inner();
        assert!(page.key_pools.iter().all(|pool| pool.available_count == 3));
        names.extend(page.key_pools.into_iter().map(|pool| pool.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["keyPools/a", "keyPools/b", "keyPools/c"]);

    let get = async |claims: &Claims, sku: &str| {
        let sku = format!("products/windows-server/skus/{sku}");
        let call = house.call(claims, pb::GetKeyPoolRequest { sku });
        house.pools().get_key_pool(call).await.map(tonic::Response::into_inner)
    };
    assert_eq!(get(&operator, "b").await.unwrap().available_count, 3);
    assert_eq!(get(&operator, "d").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(get(&operator, "a b").await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(get(&stranger(), "b").await.unwrap_err().code(), Code::PermissionDenied);
}
