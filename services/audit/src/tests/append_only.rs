//! The database itself refuses to change what was written.

use db::{Stmt, sql};
use rstest::rstest;
use testkit::Backend;

use super::House;

#[rstest]
#[case::aud_4_update(sql!("UPDATE entries SET action = 'x' WHERE entry_index = 1"))]
#[case::aud_4_update_to_the_same(sql!("UPDATE entries SET action = action"))]
#[case::aud_4_delete(sql!("DELETE FROM entries WHERE entry_index = 1"))]
#[case::aud_4_update_of_a_checkpoint(sql!("UPDATE checkpoints SET size = 1"))]
#[case::aud_4_deletion_of_a_checkpoint(sql!("DELETE FROM checkpoints"))]
#[tokio::test]
async fn what_is_written_stays(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] change: Stmt,
) {
    let house = House::with(backend, 3).await;
    house.app.checkpoint().await.unwrap();

    let mut tx = house.tx().await;
    let refusal = change.execute(&mut tx).await.unwrap_err();
    let cause = std::error::Error::source(&refusal).unwrap().to_string();
    assert!(cause.contains("is append-only"), "{cause}");
    drop(tx);

    assert_eq!(house.verify().await.finding, None);
}

#[tokio::test]
async fn aud_4_postgres_does_not_truncate() {
    let house = House::with(Backend::Postgres, 3).await;
    let mut tx = house.tx().await;
    sql!("TRUNCATE entries").execute(&mut tx).await.unwrap_err();
    drop(tx);
    assert_eq!(house.verify().await.size, 3);
}
