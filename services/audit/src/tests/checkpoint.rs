//! Signed heads: one for each size, and never of a log that lies behind an earlier one.

use jiff::SignedDuration;
use rstest::rstest;
use testkit::{Backend, noon};

use super::{House, an_entry};
use crate::{config::Config, domain::Frontier, error::Error, signing, store};

#[rstest]
#[tokio::test]
async fn aud_4_a_log_that_rests_keeps_its_checkpoint(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 3).await;
    let first = house.app.checkpoint().await.unwrap();
    house.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(house.app.checkpoint().await.unwrap(), first);
    assert_eq!((first.size, first.signed_at), (3, noon()));

    house.append([an_entry(4)]).await;
    let second = house.app.checkpoint().await.unwrap();
    assert_eq!((second.size, second.signed_at), (4, noon() + SignedDuration::from_hours(1)));
    assert_ne!(second.root, first.root);
    for checkpoint in [first, second] {
        assert!(house.app.keyring.has_signed(&checkpoint));
        assert_eq!(house.app.verify(Some(checkpoint)).await.unwrap().finding, None);
    }
}

#[rstest]
#[tokio::test]
async fn aud_4_an_empty_log_has_a_checkpoint(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::on(backend).await;
    let empty = house.app.checkpoint().await.unwrap();
    assert_eq!((empty.size, empty.root), (0, Frontier::default().root()));

    house.append([an_entry(1)]).await;
    assert_eq!(house.app.verify(Some(empty)).await.unwrap().finding, None);
}

#[rstest]
#[tokio::test]
async fn aud_4_nothing_is_signed_behind_what_was_signed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let house = House::with(backend, 3).await;
    house.app.checkpoint().await.unwrap();
    let mut tx = house.tx().await;
    let back = Frontier::default();
    db::sql!("UPDATE tree_head SET size = $1, frontier = $2")
        .bind(back.size())
        .bind(back.to_bytes())
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let error = house.app.checkpoint().await.unwrap_err();
    assert!(matches!(error, Error::Rejected(_)), "{error:?}");
    assert!(error.to_string().contains("call VerifyLog"), "{error}");
}

/// The key of the first start is the key of every start, for whichever process was first.
#[rstest]
#[tokio::test]
async fn aud_4_a_key_is_made_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let place = testkit::TestDb::fresh(backend, store::MIGRATIONS).await;
    let config = Config::default();
    let first = signing::keyring(&config, &place.db).await.unwrap();
    let again = signing::keyring(&config, &place.db).await.unwrap();
    assert_eq!(again.signer.key(), first.signer.key());

    let configured = Config { signing_key: super::a_key(), ..Config::default() };
    let other = signing::keyring(&configured, &place.db).await.unwrap();
    assert_ne!(other.signer.key(), first.signer.key());
}

#[rstest]
#[case::a_missing_file(Config { signing_key: "no/such.pem".to_owned(), ..Config::default() })]
#[case::no_key(Config { signing_key: "-----BEGIN X-----".to_owned(), ..Config::default() })]
#[case::a_missing_retired_key(Config { retired_keys: vec!["no/such.pem".to_owned()], ..Config::default() })]
#[case::no_origin(Config { origin: String::new(), ..Config::default() })]
#[case::two_lines(Config { origin: "a\nb".to_owned(), ..Config::default() })]
#[tokio::test]
async fn a_useless_setting_stops_the_start(#[case] config: Config) {
    let place = testkit::TestDb::fresh(Backend::Sqlite, store::MIGRATIONS).await;
    let error = signing::keyring(&config, &place.db).await.unwrap_err();
    let shown = format!("{error:#}");
    assert!(
        shown.contains("signing_key")
            || shown.contains("retired_keys")
            || error.to_string().contains("origin")
    );
}
