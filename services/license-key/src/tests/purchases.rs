//! What lifecycle tells: once each, in any order, and what it means for keys.

use proto::common::{ClockReading, MessageHeader, RecordClockReadingsRequest};
use proto::licensekey as pb;
use proto::licensekey::inbox_service_server::InboxService;
use rstest::rstest;
use testkit::{Backend, noon};
use tonic::Request;
use uuid::Uuid;
use vocab::ClockId;

use super::house::{House, agent, key, purchase_number};
use crate::domain::tests::a_purchase;
use crate::domain::{Purchase, PurchaseState};
use crate::service::Service;

fn message(id: u128) -> pb::Purchase {
    let purchase = a_purchase();
    let customer = purchase.customer;
    pb::Purchase {
        header: Some(header(id)),
        subscription: rpc::name::Subscription(customer, purchase.id).to_string(),
        order: rpc::name::Order(customer, purchase.order).to_string(),
        partner: rpc::name::Partner(purchase.partner).to_string(),
        test_clock: String::new(),
        product: "products/windows-server".to_owned(),
        sku: purchase.sku.to_string(),
        title: purchase.title,
        kind: rpc::wire::product_kind(purchase.kind).into(),
        quantity: purchase.quantity,
        state: proto::lifecycle::SubscriptionState::Active.into(),
        fulfilment: Some(proto::catalog::Fulfilment {
            product_key: true,
            download: true,
            instructions_uri: String::new(),
            setup_uri: String::new(),
        }),
        purchase_time: Some(rpc::wire::timestamp(noon())),
        version: 1,
        ..pb::Purchase::default()
    }
}

fn header(id: u128) -> MessageHeader {
    let message_id = Uuid::from_u128(id).to_string();
    MessageHeader { message_id, ..MessageHeader::default() }
}

async fn stored(house: &House) -> Option<Purchase> {
    let purchase = a_purchase();
    let mut tx = house.app.db.read().await.unwrap();
    crate::store::purchases::load(&mut tx, (purchase.customer, purchase.id)).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn pcx_1_a_purchase_arrives_whole(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let service = Service::new(house.app.clone(), house.process.seal.clone());
    let request = pb::RecordPurchasesRequest { purchases: vec![message(1)] };
    let report = service.record_purchases(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(report.deliveries.len(), 1);
    assert_eq!(report.deliveries[0].refusal, "");
    assert_eq!(stored(&house).await, Some(a_purchase()));
}

#[rstest]
#[tokio::test]
async fn a_message_that_cannot_be_read_holds_up_no_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let service = Service::new(house.app.clone(), house.process.seal.clone());
    let broken = pb::Purchase { state: 0, partner: "x".to_owned(), ..message(1) };
    let headless = pb::Purchase { header: None, ..message(2) };
    let purchases = vec![broken, message(3), headless];
    let request = pb::RecordPurchasesRequest { purchases };
    let report = service.record_purchases(Request::new(request)).await.unwrap().into_inner();
    let told: Vec<_> = report.deliveries.iter().map(|it| it.refusal.as_str()).collect();
    assert!(
        told[0].contains("partner is not a name") && told[0].contains("state is not"),
        "{told:?}"
    );
    assert_eq!(told[1], "");
    assert!(told[2].contains("header is required"), "{told:?}");
    assert_eq!(stored(&house).await, Some(a_purchase()));
    assert_eq!(house.app.backlog().await.unwrap().taken_count, 1);
}

#[rstest]
#[case::trp_50_in_order(&[1, 2, 3])]
#[case::trp_50_backwards(&[3, 2, 1])]
#[case::trp_50_the_last_first(&[3, 1, 2])]
#[case::trp_50_the_last_twice(&[3, 3, 1, 2, 3])]
#[tokio::test]
async fn the_highest_version_wins_in_whatever_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] order: &[i64],
    #[values(false, true)] at_once: bool,
) {
    let house = House::on(backend).await;
    let versions = [PurchaseState::Pending, PurchaseState::Active, PurchaseState::Cancelled];
    let messages = order.iter().map(|version| {
        let state = versions[usize::try_from(*version - 1).unwrap()];
        let id = Uuid::from_u128(u128::from(version.unsigned_abs()));
        (vocab::MessageId(id), Purchase { version: *version, state, ..a_purchase() })
    });
    let batches: Vec<Vec<_>> =
        if at_once { vec![messages.collect()] } else { messages.map(|one| vec![one]).collect() };
    for batch in batches {
        house.app.record_purchases(batch).await.unwrap();
    }
    let stored = stored(&house).await.unwrap();
    assert_eq!((stored.version, stored.state), (3, PurchaseState::Cancelled));
    assert_eq!(house.app.backlog().await.unwrap().taken_count, 3);
}

#[rstest]
#[case::pcx_1_cancelled(PurchaseState::Cancelled, true)]
#[case::pcx_1_expired(PurchaseState::Expired, true)]
#[case::pcx_1_deleted(PurchaseState::Deleted, true)]
#[case::sus_1_suspended_keeps_it(PurchaseState::Suspended, false)]
#[tokio::test]
async fn the_end_of_a_purchase_revokes_its_key_for_ever(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] state: PurchaseState,
    #[case] is_revoked: bool,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    let next = house.given(purchase_number(2)).await;
    house.stocked(&purchase.sku, 1, 2).await;
    assert_eq!(house.reveal(&agent(&purchase), &purchase).await.unwrap().product_key, key(1));

    house.becomes(&purchase, state).await;

    let pool = house.pool(&purchase.sku).await;
    assert_eq!(
        (pool.available_count, pool.assigned_count, pool.revoked_count),
        (1, i64::from(!is_revoked), i64::from(is_revoked))
    );
    assert!(house.reveal(&agent(&purchase), &purchase).await.is_err());
    assert_eq!(house.reveal(&agent(&next), &next).await.unwrap().product_key, key(2));
    // The revoked key, imported once more, is known and stays where it is.
    assert_eq!(house.stocked(&purchase.sku, 1, 2).await.import.counts.duplicates, 2);
    assert_eq!(house.pool(&purchase.sku).await.available_count, 0);
}

#[rstest]
#[tokio::test]
async fn sus_1_what_is_resumed_shows_the_same_key_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let purchase = house.given(a_purchase()).await;
    house.stocked(&purchase.sku, 1, 2).await;
    house.reveal(&agent(&purchase), &purchase).await.unwrap();
    house.becomes(&purchase, PurchaseState::Suspended).await;
    let refused = house.reveal(&agent(&purchase), &purchase).await.unwrap_err();
    assert!(refused.message().ends_with("resume it first"), "{refused:?}");
    let suspended = Purchase { version: 2, ..purchase };
    house.becomes(&suspended, PurchaseState::Active).await;
    assert_eq!(house.reveal(&agent(&suspended), &suspended).await.unwrap().product_key, key(1));
}

#[rstest]
#[tokio::test]
async fn tim_6_clock_readings_move_a_test_clock_forward_only(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let service = Service::new(house.app.clone(), house.process.seal.clone());
    let clock = ClockId(Uuid::from_u128(5));
    let reading = |id, now: &str| ClockReading {
        header: Some(header(id)),
        test_clock: rpc::name::TestClock(clock).to_string(),
        now: Some(rpc::wire::timestamp(now.parse().unwrap())),
    };
    let broken = ClockReading { now: None, ..reading(1, "2030-01-01T00:00:00Z") };
    let readings =
        vec![reading(2, "2031-01-01T00:00:00Z"), broken, reading(3, "2030-01-01T00:00:00Z")];
    let request = RecordClockReadingsRequest { readings };
    let report = service.record_clock_readings(Request::new(request)).await.unwrap().into_inner();
    let refused: Vec<_> = report.deliveries.iter().map(|it| !it.refusal.is_empty()).collect();
    assert_eq!(refused, [false, true, false]);
    let mut tx = house.app.db.read().await.unwrap();
    let now = house.app.clocks.now(&mut tx, Some(clock)).await.unwrap();
    assert_eq!(now.to_string(), "2031-01-01T00:00:00Z");
}

#[rstest]
#[tokio::test]
async fn messages_are_forgotten_long_after_they_were_taken(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    house.given(a_purchase()).await;
    for (days, left) in [(90, 1), (1, 0)] {
        house.clock.advance(jiff::SignedDuration::from_hours(days * 24));
        house.app.forget().await.unwrap();
        assert_eq!(house.app.backlog().await.unwrap().taken_count, left);
    }
}
