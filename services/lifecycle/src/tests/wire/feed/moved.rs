//! A database that was restored into another cluster, whose transactions count from the start.

use db::{Stmt, sql};
use testkit::Backend;

use super::*;

/// As if the cluster had seen this many transactions.
static LONG_AGO: Stmt = sql!("SELECT setval('changes_feed_offset', 4000000000000)");
/// As in a cluster that has not.
static ANEW: Stmt = sql!("SELECT setval('changes_feed_offset', 1, FALSE)");

async fn run(house: &House, statement: Stmt) {
    let mut tx = house.app.db.begin().await.unwrap();
    statement.fetch_one(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Otherwise its changes would be settled when the new cluster has seen as many transactions as the old.
#[tokio::test(flavor = "multi_thread")]
async fn t_177_a_feed_that_was_moved_goes_on_where_it_was() {
    let house = House::on(Backend::Postgres).await;
    run(&house, LONG_AGO).await;
    let sub = house.buy(&yearly(), 2).await;
    house.change_quantity(&ada(), &sub, 3).await.unwrap();
    let mut before = whole(&house, &ada()).await;
    settle(&house.app).await;
    let told = next(&mut before, 2).await;

    run(&house, ANEW).await;
    assert_eq!(house.app.look_at_feed().await.unwrap(), Look::Waiting, "nothing is settled");
    house.app.resume_feed().await.unwrap();
    house.app.resume_feed().await.unwrap();
    house.suspend(&ada(), &sub).await.unwrap();
    settle(&house.app).await;

    assert_eq!(kinds(&next(&mut before, 1).await), [pb::ChangeKind::Suspended]);
    for (cursor, expected) in
        [(String::new(), 3), (told[0].cursor.clone(), 2), (told[1].cursor.clone(), 1)]
    {
        let request = pb::WatchChangesRequest { resume_cursor: cursor, ..Default::default() };
        let mut resumed = feed(&house, &ada(), request).await;
        assert_eq!(until_heartbeat(&mut resumed).await.0.len(), expected);
    }
}
