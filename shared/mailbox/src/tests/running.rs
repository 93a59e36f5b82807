//! The loops of a post, in real time: what is waited for is an arrival, never a duration.

use std::sync::Arc;

use rstest::rstest;
use testkit::Backend;
use tokio_util::sync::CancellationToken;

use super::{Fault, Town, ids, letter, letters};
use crate::Letter;

async fn arrived(town: &Town, expected: impl IntoIterator<Item = u128>) {
    let expected = ids(expected);
    while town.effects().await != expected {
        town.carrier.changed.notified().await;
    }
}

#[rstest]
#[tokio::test]
async fn a_dead_destination_holds_up_no_other_and_mail_flows_once_it_is_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.carrier.state().faults.extend([Fault::Down; 3]);
    let dead: Vec<_> =
        letters(101..=103).into_iter().map(|it| Letter { to: "dead", ..it }).collect();
    town.send(&dead).await;
    let (post, stop) = (Arc::new(town.post()), CancellationToken::new());
    let nudge = post.nudge();
    let running = tokio::spawn(post.run(stop.clone()));

    for number in 1..=5 {
        town.send(&[letter(number)]).await;
        nudge.notify();
        arrived(&town, 1..=number).await;
    }
    stop.cancel();
    running.await.unwrap();
    assert_eq!(town.waiting_count().await, 3);
}

/// The one that is stopped has carried its letters to the end: nothing is left for a lease to end.
#[rstest]
#[tokio::test]
async fn a_stop_waits_for_what_is_on_its_way(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.send(&letters(1..=3)).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(Arc::new(town.post()).run(stop.clone()));
    arrived(&town, 1..=3).await;
    stop.cancel();
    running.await.unwrap();
    assert_eq!(town.waiting_count().await, 0);
}
