//! The second wall: what PostgreSQL itself lets nobody see, with our own checks left out.

use testkit::{Backend, assert_walled};
use uuid::Uuid;

use super::{House, PARTNER};

#[tokio::test]
async fn par_14_behind_the_wall_is_nothing_of_anybody_elses() {
    let house = House::with(Backend::Postgres, 3).await;
    assert_walled(&house.app.db, PARTNER.0, Uuid::from_u128(7), &["entries"], &[]).await;
}
