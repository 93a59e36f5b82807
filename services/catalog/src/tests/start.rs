//! The door of the service, as the binary opens it, and its configuration.

use rstest::rstest;
use testkit::{Backend, TestDb};
use tonic::service::RoutesBuilder;

use super::a_process;
use crate::{Config, start, store};

#[test]
fn the_shipped_file_sets_the_defaults() {
    let shipped: Config = boot::parse(include_str!("../../../../deploy/catalog.toml")).unwrap();
    assert_eq!(shipped, Config::default());
}

#[test]
fn secrets_are_not_printed() {
    let config =
        Config { db_url: "postgres://tenure:hush@db/tenure".to_owned(), ..Config::default() };
    assert!(!format!("{config:?}").contains("hush"));
}

#[rstest]
#[tokio::test]
async fn the_service_starts_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let place = TestDb::fresh(backend, store::MIGRATIONS).await;
    for _ in 0..2 {
        let config = Config { db_url: place.url.clone(), ..Config::default() };
        let process = a_process(&config);
        start(config, &process, &mut RoutesBuilder::default()).await.unwrap();
        process.stop.cancel();
    }
}

#[tokio::test]
async fn a_missing_folder_stops_the_start() {
    let config =
        Config { db_url: "sqlite:no/such/folder/catalog.db".to_owned(), ..Config::default() };
    let process = a_process(&config);
    let error = start(config, &process, &mut RoutesBuilder::default()).await.unwrap_err();
    assert!(format!("{error:#}").contains("no/such/folder"), "{error:#}");
}
