//! The second wall: what PostgreSQL itself lets nobody see, with our own checks left out.

use testkit::{Backend, assert_walled};
use uuid::Uuid;

use super::house::House;
use super::migrations::group;
use crate::domain::tests::a_purchase;

/// A row of each kind that has a partner, none of it another's.
#[tokio::test]
async fn par_14_behind_the_wall_is_nothing_of_anybody_elses() {
    let house = House::on(Backend::Postgres).await;
    let purchase = house.given(a_purchase()).await;
    super::handover::offered(&house, &purchase);
    super::handover::link(&house, &purchase).await.unwrap();
    super::migrations::create(&house, &purchase, vec![group("Lab", 10)]).await.unwrap();

    let other = Uuid::from_u128(7);
    let walled =
        ["device_groups", "download_links", "migration_changes", "purchases", "volume_migrations"];
    assert_walled(&house.app.db, purchase.partner.0, other, &walled, &[]).await;
}
