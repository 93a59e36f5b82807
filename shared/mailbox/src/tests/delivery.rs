//! Every letter arrives and has its effect once, whatever fails on its way.

use jiff::SignedDuration;
use rstest::rstest;
use testkit::Backend;
use worker::Progress;

use super::{Fault, Town, ids, letter, letters, stand};
use crate::{Backlog, DeliveryError, Letter, send};

#[rstest]
#[tokio::test]
async fn every_letter_arrives_and_has_its_effect_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(
        &[],
        &[Fault::Down; 7],
        &[Fault::Fails; 7],
        &[Fault::TakesAndIsCutOff; 7],
        &[Fault::Down, Fault::TakesAndIsCutOff, Fault::Fails, Fault::Fails, Fault::TakesAndIsCutOff]
    )]
    faults: &[Fault],
) {
    let town = Town::on(backend).await;
    town.carrier.state().faults.extend(faults);
    town.send(&letters(1..=450)).await;
    assert_eq!(town.waiting_count().await, 450);

    let post = town.post();
    while town.settle(&post).await != Progress::Idle {
        town.clock.advance(SignedDuration::from_secs(1));
    }

    assert_eq!(town.effects().await, ids(1..=450));
    assert_eq!(
        (stand(&town.sender.db).await, stand(&town.taker.db).await),
        (
            Backlog { waiting_count: 0, taken_count: 0 },
            Backlog { waiting_count: 0, taken_count: 450 }
        )
    );
}

#[rstest]
#[tokio::test]
async fn what_a_killed_process_carried_is_carried_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.carrier.state().faults.push_back(Fault::TakesAndNeverAnswers);
    town.send(&letters(1..=3)).await;
    let killed = town.post();
    tokio::select! {
        outcome = killed.deliver_once("taker") => panic!("{outcome:?}"),
        () = town.carrier.changed.notified() => {}
    }

    let next = town.post();
    assert_eq!(town.settle(&next).await, Progress::Idle);
    town.clock.advance(SignedDuration::from_millis(9_999));
    assert_eq!(town.settle(&next).await, Progress::Idle);
    assert_eq!(town.waiting_count().await, 3);

    town.clock.advance(SignedDuration::from_millis(1));
    town.settle(&next).await;
    assert_eq!(town.carrier.carried(), [ids(1..=3), ids(1..=3)]);
    assert_eq!(town.effects().await, ids(1..=3));
    assert_eq!(town.waiting_count().await, 0);
}

#[rstest]
#[case::alone_with_its_database(Backend::Sqlite, 3)]
#[case::perhaps_not_alone(Backend::Postgres, 0)]
#[tokio::test]
async fn a_process_frees_at_start_what_only_it_can_have_carried(
    #[case] backend: Backend,
    #[case] freed: u64,
) {
    let town = Town::on(backend).await;
    town.carrier.state().faults.push_back(Fault::TakesAndNeverAnswers);
    town.send(&letters(1..=3)).await;
    let killed = town.post();
    tokio::select! {
        outcome = killed.deliver_once("taker") => panic!("{outcome:?}"),
        () = town.carrier.changed.notified() => {}
    }

    let next = town.post();
    assert_eq!(next.recover().await.unwrap(), freed);
    town.settle(&next).await;
    assert_eq!(town.waiting_count().await, 3 - i64::try_from(freed).unwrap());
    assert_eq!(town.effects().await, ids(1..=3));
}

#[rstest]
#[tokio::test]
async fn a_rolled_back_transaction_sends_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    let mut tx = town.sender.db.begin().await.unwrap();
    send(&mut tx, &letters(1..=3), testkit::noon()).await.unwrap();
    drop(tx);

    assert_eq!(town.settle(&town.post()).await, Progress::Idle);
    assert!(town.carrier.carried().is_empty());
}

#[rstest]
#[tokio::test]
async fn one_id_sent_twice_to_one_destination_is_one_letter(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    let elsewhere = Letter { to: "dead", ..letter(1) };
    town.send(&[letter(1), letter(1), elsewhere.clone()]).await;
    town.send(&[letter(1), elsewhere]).await;
    assert_eq!(town.waiting_count().await, 2);
}

#[rstest]
#[tokio::test]
async fn letters_leave_in_their_order_and_by_kind(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    let other = |number| Letter { kind: "other", ..letter(number) };
    town.send(&[letter(9), other(8), letter(7)]).await;
    town.send(&[other(6), letter(5)]).await;
    town.clock.advance(SignedDuration::from_secs(1));
    town.send(&[letter(4)]).await;

    town.settle(&town.post()).await;
    assert_eq!(town.carrier.carried(), [ids([9, 7, 5, 4]), ids([8, 6])]);
}

#[rstest]
#[tokio::test]
async fn an_outage_keeps_the_order_and_begins_with_one_letter(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.carrier.state().faults.extend([Fault::Down, Fault::Down]);
    town.send(&letters(1..=9)).await;

    town.settle(&town.post()).await;
    let carried = town.carrier.carried();
    assert_eq!(carried, [ids(1..=9), ids([1]), ids([1]), ids([2, 3]), ids(4..=7), ids([8, 9])]);
}

#[rstest]
#[tokio::test]
async fn two_posts_share_the_letters_of_one_database(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.send(&letters(1..=1_000)).await;

    let (one, other) = (town.post(), town.post());
    tokio::join!(town.settle(&one), town.settle(&other));

    let mut carried = town.carrier.carried().concat();
    carried.sort();
    assert_eq!(carried, ids(1..=1_000));
    assert_eq!(town.effects().await, ids(1..=1_000));
    assert_eq!(town.waiting_count().await, 0);
}

#[tokio::test]
async fn a_destination_that_nobody_named_is_an_error() {
    let town = Town::on(Backend::Sqlite).await;
    let outcome = town.post().deliver_once("nowhere").await;
    assert!(matches!(outcome, Err(DeliveryError::UnknownDestination(to)) if to == "nowhere"));
    assert!(town.carrier.carried().is_empty());
}
