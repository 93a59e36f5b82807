//! How the service starts, and what its post does where nobody answers.

use mailbox::{CarryError, Courier, Envelope, Outcome};
use rstest::rstest;
use testkit::{Backend, TestDb, noon};
use vocab::MessageId;

use super::house::{House, line};
use crate::peers::Post;
use crate::{Config, PeersConfig, store};

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

fn a_letter(kind: &str, body: &str) -> Envelope {
    Envelope {
        id: MessageId(uuid::Uuid::from_u128(1)),
        kind: kind.to_owned(),
        body: body.to_owned(),
        traceparent: String::new(),
        sent_at: noon(),
    }
}

#[rstest]
#[tokio::test]
async fn it_starts_while_everybody_else_is_away(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TestDb::fresh(backend, &store::MIGRATIONS).await;
    let house = House::on(Backend::Sqlite).await;
    let peers = PeersConfig {
        catalog: NOWHERE.to_owned(),
        lifecycle: NOWHERE.to_owned(),
        audit: NOWHERE.to_owned(),
    };
    let config = Config { db_url: db.url.clone(), peers, ..Config::default() };
    let mut routes = tonic::service::Routes::builder();
    crate::start(config.clone(), &house.process, &mut routes).await.unwrap();

    let peers = PeersConfig { audit: "not a URI".to_owned(), ..config.peers.clone() };
    let config = Config { peers, ..config };
    let refused = crate::start(config, &house.process, &mut routes).await.unwrap_err();
    assert!(format!("{refused:#}").contains("not a URI"), "{refused:#}");
    house.process.stop.cancel();
}

#[tokio::test]
async fn a_letter_that_nobody_can_read_is_refused_and_the_others_wait() {
    let (house, shop) = House::open(Backend::Sqlite).await;
    let order = shop.order(house.id(), vec![line("suite", 1)]);
    house.place(&shop.agent, order).await.unwrap();
    let good = house.letters("lifecycle.start").await.remove(0);
    let peer = || house.process.peer(NOWHERE).unwrap();
    let post = Post { lifecycle: peer(), audit: peer() };

    let bad = [a_letter("lifecycle.start", "{}")];
    let outcomes = post.carry("lifecycle", "lifecycle.start", &bad).await.unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Refused(why)] if why.starts_with("is no order")));
    let outcomes = post.carry("lifecycle", "lifecycle.stop", &bad).await.unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Refused(why)] if why.starts_with("nobody carries")));
    let failed = post.carry("lifecycle", "lifecycle.start", &[good]).await.unwrap_err();
    assert!(matches!(failed, CarryError::Unreachable(_)), "{failed:?}");
}
