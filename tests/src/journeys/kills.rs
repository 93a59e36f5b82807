//! Every service is killed at several moments around a purchase, and started again: the order is
//! fulfilled, once.

use std::time::Duration;

use proto::order::Order;
use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;
use tokio::time::timeout;
use tonic::Response;

use super::harness::books;
use super::harness::fleet::{Fleet, Service};
use super::harness::patience::eventually;
use super::harness::shop::Shop;

/// When a service dies.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The customer orders while it is dead.
    BeforeTheCall,
    /// The order was just accepted.
    AfterAcceptance,
    /// The order is on its way to lifecycle, which has not taken it yet.
    InMidDelivery,
    /// Lifecycle has taken the order, and order has not heard that it did.
    BeforeTheReceipt,
    /// The order is fulfilled, and this other service, which hands over or records, knows nothing
    /// of it.
    BeforeItIsHeardBy(Service),
}

const MOMENTS: [Moment; 6] = [
    Moment::BeforeTheCall,
    Moment::AfterAcceptance,
    Moment::InMidDelivery,
    Moment::BeforeTheReceipt,
    Moment::BeforeItIsHeardBy(Service::LicenseKey),
    Moment::BeforeItIsHeardBy(Service::Audit),
];

#[rstest]
#[case::catalog(Service::Catalog, Backend::Sqlite)]
#[case::order(Service::Order, Backend::Sqlite)]
#[case::lifecycle(Service::Lifecycle, Backend::Sqlite)]
#[case::license_key(Service::LicenseKey, Backend::Sqlite)]
#[case::audit(Service::Audit, Backend::Sqlite)]
#[case::order_on_postgres(Service::Order, Backend::Postgres)]
#[case::lifecycle_on_postgres(Service::Lifecycle, Backend::Postgres)]
#[tokio::test]
async fn a_killed_service_loses_and_doubles_nothing(
    #[case] victim: Service,
    #[case] backend: Backend,
) {
    let mut fleet = Fleet::start(backend).await;
    let shop = Shop::open(fleet.desk()).await;
    let mut placed = vec![];
    for moment in MOMENTS {
        placed.push(buy_while_dying(&mut fleet, &shop, victim, moment).await);
    }
    for order in &placed {
        shop.fulfilled(order).await;
    }
    books::assert_once(&shop, &placed, 0).await;
    fleet.assert_no_faults();
}

/// Places an order, kills `victim` at the moment, starts it again, and returns the order's name.
async fn buy_while_dying(
    fleet: &mut Fleet,
    shop: &Shop,
    victim: Service,
    moment: Moment,
) -> String {
    let request = shop.basket(&request_id());
    let place = || async { shop.place(request.clone()).await.map(Response::into_inner) };
    let accepted = match moment {
        Moment::BeforeTheCall => {
            fleet.kill(victim);
            place().await.ok()
        }
        Moment::AfterAcceptance => {
            let accepted = place().await.unwrap();
            fleet.kill(victim);
            Some(accepted)
        }
        Moment::InMidDelivery => {
            fleet.freeze(Service::Lifecycle);
            let accepted = place().await.unwrap();
            fleet.kill(victim);
            fleet.thaw(Service::Lifecycle);
            Some(accepted)
        }
        Moment::BeforeTheReceipt => {
            fleet.freeze(Service::Lifecycle);
            let accepted = place().await.unwrap();
            until_taken_unheard(fleet, shop, &accepted).await;
            fleet.kill(victim);
            fleet.thaw(Service::Order);
            Some(accepted)
        }
        Moment::BeforeItIsHeardBy(listener) => {
            fleet.freeze(listener);
            let accepted = place().await.unwrap();
            shop.fulfilled(&accepted.name).await;
            fleet.kill(victim);
            fleet.thaw(listener);
            Some(accepted)
        }
    };
    fleet.restart(victim).await;
    // Whoever was answered already is answered the same again.
    let order = shop.place_stubbornly(&request).await;
    if let Some(accepted) = accepted {
        assert_eq!(accepted.name, order.name, "{moment:?}");
    }
    order.name
}

/// Lets lifecycle, which is frozen, take the order while order is frozen and cannot hear of it.
async fn until_taken_unheard(fleet: &Fleet, shop: &Shop, order: &Order) {
    // Order may not have sent its letter yet, and is then given more time for that.
    const LONG_ENOUGH: Duration = Duration::from_secs(1);
    for _ in 0..20 {
        fleet.freeze(Service::Order);
        fleet.thaw(Service::Lifecycle);
        let is_started = || async {
            let listed = books::subscriptions(shop).await;
            let is_of_it = listed.iter().any(|started| started.order == order.name);
            is_of_it.then_some(()).ok_or("lifecycle has not taken the order")
        };
        if timeout(LONG_ENOUGH, eventually("the start", is_started)).await.is_ok() {
            return;
        }
        fleet.freeze(Service::Lifecycle);
        fleet.thaw(Service::Order);
    }
    panic!("order sent no letter");
}
