//! PostgreSQL goes and comes back while orders are placed: what was acknowledged is there, nothing is there
//! twice, and nobody has to do anything. What health says meanwhile, and while other services are away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;
use tokio::task::JoinHandle;
use tonic_health::pb::health_check_response::ServingStatus::{NotServing, Serving};

use super::harness::books;
use super::harness::fleet::{Fleet, Service};
use super::harness::patience::eventually;
use super::harness::place::Place;
use super::harness::server::{End, Server};
use super::harness::shop::Shop;

/// Who order at the same time, and how much each: together no more than one customer may have.
const BUYERS: usize = 4;
const ORDERS_EACH: usize = 7;
/// Orders that are acknowledged when PostgreSQL goes.
const ACKNOWLEDGED: usize = 6;

#[rstest]
#[case::in_order(End::Fast)]
#[case::by_a_crash(End::Immediate)]
#[tokio::test]
async fn t_174_a_postgres_that_restarts_under_load_loses_and_doubles_nothing(#[case] how: End) {
    let server = Server::start();
    let fleet = Fleet::start_at(Place::on(&server), &[]).await;
    let shop = Shop::open(fleet.desk()).await;
    let acknowledged = Arc::<AtomicUsize>::default();
    let buyers: Vec<_> = (0..BUYERS).map(|_| buyer(&shop, &acknowledged)).collect();
    eventually("the first orders", || async {
        let count = acknowledged.load(Ordering::Relaxed);
        if ACKNOWLEDGED <= count { Ok(()) } else { Err(count) }
    })
    .await;

    server.stop(how);
    for service in Service::ALL {
        eventually("what health says of a database that is away", || async {
            let told = fleet.probed(service).await?;
            if told == (NotServing, Serving) { Ok(()) } else { Err(format!("{told:?}")) }
        })
        .await;
    }
    server.start_again();
    let mut placed = vec![];
    for buyer in buyers {
        placed.extend(buyer.await.unwrap());
    }
    for service in Service::ALL {
        eventually("what health says of a database that is back", || async {
            let told = fleet.probed(service).await?;
            if told == (Serving, Serving) { Ok(()) } else { Err(format!("{told:?}")) }
        })
        .await;
    }

    assert_eq!(placed.len(), BUYERS * ORDERS_EACH);
    for order in &placed {
        shop.fulfilled(order).await;
    }
    books::assert_once(&shop, &placed, 0).await;
    fleet.assert_no_faults();
}

/// Places orders one after the other, each until somebody acknowledges it, and returns their names.
fn buyer(shop: &Shop, acknowledged: &Arc<AtomicUsize>) -> JoinHandle<Vec<String>> {
    let (shop, acknowledged) = (shop.clone(), acknowledged.clone());
    tokio::spawn(async move {
        let mut placed = vec![];
        for _ in 0..ORDERS_EACH {
            placed.push(shop.place_stubbornly(&shop.basket(&request_id())).await.name);
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        placed
    })
}

/// A service whose peers are away serves what it can, and says so.
#[tokio::test]
async fn t_175_readiness_follows_no_other_service() {
    let mut fleet = Fleet::start(Backend::Sqlite).await;
    for gone in [Service::Audit, Service::Catalog, Service::LicenseKey, Service::Lifecycle] {
        fleet.kill(gone);
        assert_eq!(fleet.probed(Service::Order).await, Ok((Serving, Serving)), "without {gone:?}");
    }
    for service in [Service::Lifecycle, Service::LicenseKey, Service::Catalog] {
        // It starts, too, while all others but order are away.
        fleet.restart(service).await;
        assert_eq!(fleet.probed(service).await, Ok((Serving, Serving)));
        fleet.kill(service);
    }
}
