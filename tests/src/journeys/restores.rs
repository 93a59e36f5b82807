//! A suite on PostgreSQL is backed up while orders are placed, as docs/operations.md says; then its database
//! is lost and restored. What the copy has is whole across all services, and goes on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proto::lifecycle::WatchChangesRequest;
use rstest::rstest;
use tenure::import::request_id;
use tokio::task::JoinHandle;

use super::harness::binary::tenure;
use super::harness::books;
use super::harness::fleet::{Fleet, Service};
use super::harness::place::Place;
use super::harness::server::{End, Server};
use super::harness::shop::Shop;

/// How a copy is made: both are of one instant for all five services.
#[derive(Debug, Clone, Copy)]
enum Backup {
    /// `pg_dump` of the one database that has all five schemas, restored into a new one.
    Dump,
    /// `pg_basebackup` of the cluster.
    Base,
}

/// Orders that are placed before the copy is made, and then by each buyer: together with the last one no more
/// than one customer may have.
const PLACED_BEFORE: usize = 5;
const ORDERS_EACH: usize = 7;

#[rstest]
#[case::dump(Backup::Dump)]
#[case::base_backup(Backup::Base)]
#[tokio::test]
async fn t_178_a_suite_that_is_restored_is_whole_and_goes_on(#[case] backup: Backup) {
    let mut server = Server::start();
    let mut fleet = Fleet::start_at(Place::on(&server), &[]).await;
    let shop = Shop::open(fleet.desk()).await;
    let mut placed = vec![];
    for _ in 0..PLACED_BEFORE {
        placed.push(shop.place_stubbornly(&shop.basket(&request_id())).await.name);
    }
    // While the copy is made there is traffic, and mail is on its way.
    let done = Arc::<AtomicBool>::default();
    let buyers: Vec<_> = (0..3).map(|_| buyer(&shop, &done)).collect();
    let (same, made) = tokio::task::spawn_blocking(move || {
        let made = match backup {
            Backup::Dump => server.dump(),
            Backup::Base => server.base_backup(),
        };
        (server, made)
    })
    .await
    .unwrap();
    server = same;
    done.store(true, Ordering::Relaxed);
    let mut later = BTreeSet::new();
    for buyer in buyers {
        later.extend(buyer.await.unwrap());
    }

    for service in Service::ALL {
        assert!(fleet.stop(service).await.success());
    }
    server.stop(End::Immediate);
    match backup {
        Backup::Dump => {
            // The cluster is lost, too: in the next one transactions count from the start.
            let next = Server::start_on(server.port());
            next.restore_dump(&made);
            server = next;
        }
        Backup::Base => {
            server.restore_base(made);
            server.start_again();
        }
    }
    for service in Service::ALL {
        fleet.restart(service).await;
    }

    let kept: BTreeSet<_> =
        books::orders(&shop).await.into_iter().map(|order| order.name).collect();
    assert!(placed.iter().all(|name| kept.contains(name)), "what was there before is there");
    let known: BTreeSet<_> = placed.iter().cloned().chain(later).collect();
    assert!(kept.is_subset(&known), "nobody ordered {:?}", kept.difference(&known));
    let mut all = Vec::from_iter(kept);
    all.push(shop.place_stubbornly(&shop.basket(&request_id())).await.name);
    for order in &all {
        shop.fulfilled(order).await;
    }
    books::assert_once(&shop, &all, 0).await;
    assert_verified(&server);
    assert_followed(&shop).await;
    fleet.assert_no_faults();
}

/// Places orders until there are enough, and returns the names of those that were acknowledged.
fn buyer(shop: &Shop, done: &Arc<AtomicBool>) -> JoinHandle<Vec<String>> {
    let (shop, done) = (shop.clone(), done.clone());
    tokio::spawn(async move {
        let mut placed = vec![];
        while !done.load(Ordering::Relaxed) && placed.len() < ORDERS_EACH {
            placed.push(shop.place_stubbornly(&shop.basket(&request_id())).await.name);
        }
        placed
    })
}

/// The log is proven from the database itself, by a program that shares no code with the service.
fn assert_verified(server: &Server) {
    let url = format!("{}?schema=audit", server.url());
    let ran = tenure().args(["audit", "verify", &url]).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

/// Whoever follows lifecycle from the beginning hears of all that is there.
async fn assert_followed(shop: &Shop) {
    let subscriptions = books::subscriptions(shop).await;
    let mut missing: BTreeSet<_> = subscriptions.into_iter().map(|one| one.name).collect();
    let request = WatchChangesRequest { parent: shop.customer.clone(), ..Default::default() };
    let mut feed = shop.subscriptions().watch_changes(request).await.unwrap().into_inner();
    let reading = async {
        while !missing.is_empty() {
            let piece = feed.message().await.unwrap().expect("the feed goes on");
            for record in piece.records {
                missing.remove(&record.subscription);
            }
        }
    };
    let heard = tokio::time::timeout(std::time::Duration::from_mins(1), reading).await;
    assert!(heard.is_ok(), "the feed does not tell of {missing:?}");
}
