//! The door of the service, as the binary opens it.

use std::sync::Arc;

use boot::{IdentityConfig, Process};
use rstest::rstest;
use testkit::{Backend, ManualClock, TestDb, noon};
use tonic::service::RoutesBuilder;

use crate::{Config, start, store};

fn process() -> Process {
    let Config { server, auth, .. } = Config::default();
    let identity = IdentityConfig { private_key: super::a_key() };
    let clock = Arc::new(ManualClock::new(noon()));
    Process::new("audit", &server, &identity, &auth, clock).unwrap()
}

#[rstest]
#[tokio::test]
async fn the_service_starts_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let place = TestDb::fresh(backend, store::MIGRATIONS).await;
    for _ in 0..2 {
        let config = Config { db_url: place.url.clone(), ..Config::default() };
        start(config, &process(), &mut RoutesBuilder::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_missing_folder_stops_the_start() {
    let config =
        Config { db_url: "sqlite:no/such/folder/audit.db".to_owned(), ..Config::default() };
    let error = start(config, &process(), &mut RoutesBuilder::default()).await.unwrap_err();
    assert!(format!("{error:#}").contains("no/such/folder"), "{error:#}");
}
