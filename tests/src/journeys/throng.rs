//! Many orders at once, while order and lifecycle die again and again.

use rstest::rstest;
use tenure::import::request_id;
use testkit::Backend;

use super::harness::books;
use super::harness::fleet::{Fleet, Service};
use super::harness::shop::Shop;

/// Orders that are in flight together.
const ORDER_COUNT: usize = 20;
/// How often somebody dies.
const KILL_COUNT: usize = 8;
/// Looks at the mailboxes between two kills, at most: each takes a few milliseconds.
const LOOKS_MAX: u64 = 25;

#[rstest]
#[case::sqlite(Backend::Sqlite, 2026)]
#[case::sqlite_otherwise(Backend::Sqlite, 11)]
#[case::postgres(Backend::Postgres, 2026)]
#[tokio::test]
async fn every_order_of_a_throng_is_fulfilled_once(#[case] backend: Backend, #[case] seed: u64) {
    let mut fleet = Fleet::start(backend).await;
    let shop = Shop::open(fleet.desk()).await;
    let buyers: Vec<_> = (0..ORDER_COUNT)
        .map(|_| {
            let shop = shop.clone();
            let request = shop.basket(&request_id());
            tokio::spawn(async move { shop.place_stubbornly(&request).await.name })
        })
        .collect();

    let mut chance = Chance(seed);
    for _ in 0..KILL_COUNT {
        let victim = [Service::Order, Service::Lifecycle][chance.below(2)];
        for _ in 0..chance.below(LOOKS_MAX) {
            // Whoever is being looked at may be the one who is dead, or busy.
            drop(books::backlogs(&shop).await);
        }
        fleet.kill(victim);
        fleet.restart(victim).await;
    }

    let mut placed = vec![];
    for buyer in buyers {
        placed.push(buyer.await.unwrap());
    }
    for order in &placed {
        shop.fulfilled(order).await;
    }
    books::assert_once(&shop, &placed, 0).await;
    fleet.assert_no_faults();
}

/// The same chances for the same seed (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end).unwrap()
    }
}
