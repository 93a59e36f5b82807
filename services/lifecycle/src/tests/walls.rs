//! The second wall: what PostgreSQL itself lets nobody see, with our own checks left out.

use testkit::{Backend, assert_walled};

use super::given::{PARTNER, RIVAL, yearly};
use super::house::House;

/// A row of each kind that has a partner, none of it the rival's.
#[tokio::test(flavor = "multi_thread")]
async fn par_14_behind_the_wall_is_nothing_of_anybody_elses() {
    let house = House::on(Backend::Postgres).await;
    house.buy(&yearly(), 3).await;
    let walled = ["changes", "charges", "invoices", "subscriptions"];
    assert_walled(&house.app.db, PARTNER.0, RIVAL.0, &walled, &[]).await;
}
