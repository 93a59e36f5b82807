//! On whose behalf a transaction is: known to the server as long as it lasts, and no longer.

use uuid::Uuid;

use super::{Backend, id, notes};
use crate::{Sight, Stmt, Tx, sql};

static SEEN: Stmt = sql!(
    "SELECT coalesce(current_setting('tenure.partner', TRUE), ''),
            coalesce(current_setting('tenure.customer', TRUE), '')"
);

/// The partner and the customer that the walls go by.
async fn seen(tx: &mut Tx) -> (String, String) {
    let row = SEEN.fetch_one(tx).await.unwrap();
    (row.get(0).unwrap(), row.get(1).unwrap())
}

fn of(partner: Option<Uuid>, customer: Option<Uuid>) -> (String, String) {
    let text = |id: Option<Uuid>| id.map_or_else(String::new, |id| id.to_string());
    (text(partner), text(customer))
}

#[tokio::test]
async fn a_sight_lasts_as_long_as_its_transaction() {
    let (place, _) = notes(Backend::Postgres).await;
    // One connection, so that it is the same that is lent again.
    let url = place.url.replace("connections=6", "connections=1");
    let db = crate::Db::open(&url, super::NOTES).await.unwrap();
    let (partner, customer) = (Sight::Partner(id(1)), Sight::Customer(id(2)));

    let mut tx = db.begin_as(partner).await.unwrap();
    assert_eq!(seen(&mut tx).await, of(Some(id(1)), None));
    tx.widen().await.unwrap();
    assert_eq!(seen(&mut tx).await, of(None, None));
    tx.narrow().await.unwrap();
    assert_eq!(seen(&mut tx).await, of(Some(id(1)), None));
    tx.commit().await.unwrap();

    let mut tx = db.begin().await.unwrap();
    assert_eq!(seen(&mut tx).await, of(None, None));
    tx.commit().await.unwrap();

    let mut tx = db.read_as(customer).await.unwrap();
    assert_eq!(seen(&mut tx).await, of(None, Some(id(2))));
    drop(tx);
    assert_eq!(seen(&mut db.read().await.unwrap()).await, of(None, None));
}

#[tokio::test]
async fn sqlite_knows_no_sights() {
    let (_place, db) = notes(Backend::Sqlite).await;
    let mut tx = db.begin_as(Sight::Partner(id(1))).await.unwrap();
    tx.widen().await.unwrap();
    tx.narrow().await.unwrap();
    tx.commit().await.unwrap();
}
