//! Keys and links follow a purchase that another partner gets.

use rstest::rstest;
use testkit::Backend;
use uuid::Uuid;
use vocab::{OrderId, PartnerId};

use super::house::{House, agent, key, purchase_number};
use crate::domain::tests::a_sku;
use crate::domain::{Moves, Pool, Purchase, PurchaseState};

/// What ends at one partner, and what begins at the other.
pub(super) fn both(had: &Purchase) -> [Purchase; 2] {
    let begun = Purchase {
        partner: PartnerId(Uuid::from_u128(0x7a7)),
        order: OrderId(Uuid::nil()),
        moves: Moves { from: Some(had.id), to: None },
        version: 1,
        ..purchase_number(77)
    };
    let ended = Purchase {
        state: PurchaseState::Cancelled,
        moves: Moves { from: None, to: Some(begun.id) },
        version: had.version + 1,
        ..had.clone()
    };
    [ended, begun]
}

/// Whichever letter comes first, the key that was read is the key that is read, and nobody else's
/// is taken from the pool (TRF-1).
#[rstest]
#[case::trf_1_the_end_first(&[0, 1])]
#[case::trf_1_the_beginning_first(&[1, 0])]
#[case::trf_1_again_and_again(&[1, 0, 1, 0])]
#[tokio::test]
async fn a_key_follows(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] order: &[usize],
) {
    let house = House::on(backend).await;
    let had = house.given(purchase_number(1)).await;
    house.stocked(&had.sku, 0, 3).await;
    let read = house.reveal(&agent(&had), &had).await.unwrap();
    assert_eq!(read.product_key, key(0));
    let both = both(&had);
    for one in order {
        house.given(both[*one].clone()).await;
    }
    let [ended, begun] = &both;
    let read = house.reveal(&agent(begun), begun).await.unwrap();
    assert_eq!(read.product_key, key(0));
    assert!(house.reveal(&agent(ended), ended).await.is_err());
    let pool = house.pool(&had.sku).await;
    assert_eq!((pool.available_count, pool.assigned_count, pool.revoked_count), (2, 1, 0));
}

/// What became a plain licence has no key to show any more (CAT-13), and what has become more than that has
/// one from then on.
#[rstest]
#[tokio::test]
async fn key_4_an_upgrade_to_a_plain_licence_shows_no_key(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let had = house.given(purchase_number(1)).await;
    house.stocked(&had.sku, 0, 2).await;
    house.reveal(&agent(&had), &had).await.unwrap();
    let plain = Purchase {
        fulfilment: vocab::Fulfilment::default(),
        version: had.version + 1,
        ..had.clone()
    };
    let plain = house.given(plain).await;
    let refused = house.reveal(&agent(&plain), &plain).await.unwrap_err();
    assert_eq!(super::handover::reason(&refused), "NO_KEY_FOR_PRODUCT");
    let back = house.given(Purchase { version: had.version + 2, ..had }).await;
    assert_eq!(house.reveal(&agent(&back), &back).await.unwrap().product_key, key(0));
}

/// What becomes another SKU has a key of that. The former one is nobody's any more, whoever sells it.
#[rstest]
#[tokio::test]
async fn t_180_what_becomes_another_sku_gets_a_key_of_that(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let had = house.given(purchase_number(1)).await;
    let better = Purchase {
        sku: a_sku("windows-server-datacenter"),
        version: had.version + 1,
        ..had.clone()
    };
    house.stocked(&had.sku, 0, 2).await;
    assert_eq!(house.reveal(&agent(&had), &had).await.unwrap().product_key, key(0));

    let better = house.given(better).await;
    let refused = house.reveal(&agent(&better), &better).await.unwrap_err();
    assert_eq!(super::handover::reason(&refused), "KEY_POOL_EMPTY");
    house.stocked(&better.sku, 100, 2).await;
    for _ in 0..2 {
        assert_eq!(house.reveal(&agent(&better), &better).await.unwrap().product_key, key(100));
    }
    let counts = |pool: Pool| (pool.available_count, pool.assigned_count, pool.revoked_count);
    assert_eq!(counts(house.pool(&had.sku).await), (1, 0, 1));
    assert_eq!(counts(house.pool(&better.sku).await), (1, 1, 0));

    // An old message changes nothing, and another partner gets the key of what it is now.
    house.tell(had.clone()).await;
    let [ended, begun] = both(&better);
    let begun = Purchase { sku: better.sku.clone(), ..begun };
    for one in [&begun, &ended] {
        house.given(one.clone()).await;
    }
    assert_eq!(house.reveal(&agent(&begun), &begun).await.unwrap().product_key, key(100));
    assert_eq!(counts(house.pool(&had.sku).await), (1, 0, 1));
}

/// Whoever takes over what was another SKU a moment ago does not get the key of that.
#[rstest]
#[case::t_180_the_end_first(&[0, 1])]
#[case::t_180_the_beginning_first(&[1, 0])]
#[tokio::test]
async fn a_former_key_does_not_follow(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] order: &[usize],
) {
    let house = House::on(backend).await;
    let had = house.given(purchase_number(1)).await;
    let sku = a_sku("windows-server-datacenter");
    house.stocked(&had.sku, 0, 2).await;
    house.stocked(&sku, 100, 2).await;
    house.reveal(&agent(&had), &had).await.unwrap();
    // That it became another SKU is told with its end.
    let both = both(&had).map(|one| Purchase { sku: sku.clone(), ..one });
    for one in order {
        house.given(both[*one].clone()).await;
    }
    let begun = &both[1];
    assert_eq!(house.reveal(&agent(begun), begun).await.unwrap().product_key, key(100));
    assert_eq!(house.pool(&had.sku).await.revoked_count, 1);
}

/// What moved ends like everything else (PCX-1).
#[rstest]
#[tokio::test]
async fn pcx_1_what_moved_ends_with_the_new_purchase(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let had = house.given(purchase_number(1)).await;
    house.stocked(&had.sku, 0, 2).await;
    house.reveal(&agent(&had), &had).await.unwrap();
    let [ended, begun] = both(&had);
    house.given(ended).await;
    let begun = house.given(begun).await;
    house.becomes(&begun, PurchaseState::Cancelled).await;
    let pool = house.pool(&had.sku).await;
    assert_eq!((pool.available_count, pool.assigned_count, pool.revoked_count), (1, 0, 1));
}
