//! Appending: once, in order, all or nothing.

use rstest::rstest;
use testkit::Backend;

use super::{House, an_entry, submitted};
use crate::domain::{Entry, Outcome, Receipt};

fn places(receipts: &[Receipt]) -> Vec<i64> {
    receipts.iter().map(|receipt| receipt.place.clone().unwrap()).collect()
}

#[rstest]
#[tokio::test]
async fn aud_4_a_repeated_entry_keeps_its_first_place(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    assert_eq!(places(&house.append([1, 2, 3].map(an_entry)).await), [0, 1, 2]);

    // One that is known, new ones, one of them twice, one that comes again in another form.
    let changed = Entry { action: "PlaceOrder".to_owned(), ..an_entry(1) };
    let batch = [an_entry(2), an_entry(4), changed, an_entry(4), an_entry(5)];
    assert_eq!(places(&house.append(batch).await), [1, 3, 0, 3, 4]);

    assert_eq!(house.app.taken().await.unwrap(), 5);
    let report = house.verify().await;
    assert_eq!((report.size, report.finding), (5, None));
}

#[rstest]
#[tokio::test]
async fn aud_4_nothing_to_append_is_no_error(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 2).await;
    assert_eq!(house.append([]).await, []);
    assert_eq!(places(&house.append([an_entry(2)]).await), [1]);
    assert_eq!(house.verify().await.size, 2);
}

/// Every kind of field, also at its edges, comes back as it went in: else its hash would not match.
#[rstest]
#[tokio::test]
async fn aud_4_what_is_read_is_what_was_written(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let details = [("z", "1"), ("a", "\"quoted\" \\ and\nbroken"), ("", ""), ("ü", "≠ 😀")];
    let bare = Entry {
        test_clock_at: Some("2031-05-05T05:05:05.005Z".parse().unwrap()),
        occurred_at: "2026-01-10T12:00:00.123Z".parse().unwrap(),
        actor: "≠ 😀 'x'".to_owned(),
        partner: None,
        customer: None,
        resource: String::new(),
        outcome: Outcome::Refused,
        reason: "KEY_POOL_EMPTY".to_owned(),
        details: details.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..an_entry(2)
    };
    let empty = Entry { details: [].into(), ..an_entry(3) };
    house.append([an_entry(1), bare, empty]).await;

    let report = house.verify().await;
    assert_eq!((report.size, report.finding), (3, None));
}

/// More rows than one statement takes, and more than one page of the check.
#[rstest]
#[tokio::test]
async fn aud_4_a_large_batch_is_one_transaction(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 1_303).await;
    let signed = house.app.checkpoint().await.unwrap();

    let report = house.verify().await;
    assert_eq!((report.size, report.root), (signed.size, signed.root));
    assert_eq!((report.size, report.finding), (1_303, None));
}

/// Several senders at once, with entries in common: no place is given twice, none is left out.
#[rstest]
#[tokio::test]
async fn aud_4_senders_take_turns(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let house = House::on(backend).await;
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..8_u32 {
        let app = house.app.clone();
        let entries = (sender * 5..sender * 5 + 10).map(an_entry);
        let batch = submitted(entries.collect::<Vec<_>>());
        senders.spawn(async move { app.append(batch).await.unwrap() });
    }
    let mut given: Vec<_> = senders
        .join_all()
        .await
        .into_iter()
        .flatten()
        .map(|receipt| (receipt.place.unwrap(), receipt.id))
        .collect();

    given.sort();
    given.dedup();
    let indexes: Vec<_> = given.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, (0..45).collect::<Vec<_>>());
    let report = house.verify().await;
    assert_eq!((report.size, report.finding), (45, None));
}
