//! Every service is killed at several moments around a purchase, and started again: the order is
//! fulfilled, once.

use std::time::Duration;

use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;

use super::harness::books;
use super::harness::fleet::{Fleet, Service};
use super::harness::shop::Shop;

/// Too short for an order to be fulfilled in, so that the answer is `PROCESSING`.
const AT_ONCE: Duration = Duration::ZERO;

/// When a service dies.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The customer orders while it is dead.
    BeforeTheCall,
    /// The order was just accepted.
    AfterAcceptance,
    /// The order is on its way to lifecycle, which has not answered yet.
    InMidDelivery,
    /// The order is fulfilled, and the log knows nothing of it.
    BeforeTheLogKnows,
}

const MOMENTS: [Moment; 4] = [
    Moment::BeforeTheCall,
    Moment::AfterAcceptance,
    Moment::InMidDelivery,
    Moment::BeforeTheLogKnows,
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
    let accepted = match moment {
        Moment::BeforeTheCall => {
            fleet.kill(victim);
            shop.place(request.clone(), AT_ONCE).await.ok()
        }
        Moment::AfterAcceptance => {
            let accepted = shop.place(request.clone(), AT_ONCE).await.ok();
            fleet.kill(victim);
            accepted
        }
        Moment::InMidDelivery => {
            fleet.freeze(Service::Lifecycle);
            let accepted = shop.place(request.clone(), AT_ONCE).await.ok();
            fleet.kill(victim);
            fleet.thaw(Service::Lifecycle);
            accepted
        }
        Moment::BeforeTheLogKnows => {
            fleet.freeze(Service::Audit);
            let accepted = shop.place(request.clone(), AT_ONCE).await.ok();
            let order = accepted.as_ref().expect("an order").get_ref();
            shop.fulfilled(&order.name).await;
            fleet.kill(victim);
            fleet.thaw(Service::Audit);
            accepted
        }
    };
    fleet.restart(victim).await;
    // Whoever was answered already is answered the same again.
    let order = shop.place_stubbornly(&request).await;
    if let Some(accepted) = accepted {
        assert_eq!(accepted.into_inner().name, order.name, "{moment:?}");
    }
    order.name
}
