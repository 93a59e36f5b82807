//! What is told of the mail to those who watch it.

use clock::Clock as _;
use jiff::SignedDuration;
use rstest::rstest;
use testkit::{Backend, noon};
use worker::Progress;

use super::{Town, id, letter};
use crate::Letter;
use crate::meters::{Standing, standing};

#[rstest]
#[tokio::test]
async fn t_170_mail_is_counted_by_destination_and_by_whether_it_is_carried(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let town = Town::on(backend).await;
    town.carrier.state().refused.insert(id(1));
    town.send(&[letter(1)]).await;
    let post = town.post();
    while town.settle(&post).await != Progress::Idle {
        town.clock.advance(SignedDuration::from_mins(10));
    }
    let sent_at = town.clock.now();
    town.send(&[letter(2), Letter { to: "dead", ..letter(4) }]).await;
    town.clock.advance(SignedDuration::from_mins(1));
    town.send(&[letter(3)]).await;

    let mut tx = town.sender.db.read().await.unwrap();
    let found: Vec<_> = standing(&mut tx).await.unwrap().into_iter().collect();

    assert!(noon() < sent_at);
    let of = |waiting, parked| Standing { waiting, parked, oldest: Some(sent_at) };
    assert_eq!(found, [("dead".to_owned(), of(1, 0)), ("taker".to_owned(), of(2, 1))]);
}
