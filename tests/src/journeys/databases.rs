//! A process whose database, configuration or address is no good says so, and stops: it never
//! half-works.
//!
//! Not here: a disk that is full, which no test can bring about on every machine; `db` proves that it
//! is told apart and changes nothing, and `rpc` makes it `UNAVAILABLE`.

use std::net::TcpListener;
use std::process::Stdio;

use db::{Db, Migration};
use rstest::rstest;
use tenure::keys::Secrets;
use testkit::Backend;

use super::harness::binary::tenure;
use super::harness::fleet::Service;
use super::harness::place::Place;
use super::harness::process::end_of;

/// A migration from the future.
const NEWER: [Migration; 1] = [Migration {
    version: 9_999,
    name: "the future",
    sql: "CREATE TABLE future (n {int}) {strict}",
}];

#[rstest]
#[tokio::test]
async fn a_folder_that_is_not_there_stops_every_service(
    #[values(
        Service::Audit,
        Service::Catalog,
        Service::Order,
        Service::Lifecycle,
        Service::LicenseKey
    )]
    service: Service,
) {
    let place = Place::fresh(Backend::Sqlite);
    let nowhere = place.folder().join("nowhere");
    let said = refusal(service, &[("DB_URL", &format!("sqlite:{}/x.db", nowhere.display()))]).await;
    let expected = format!("the folder {} of the database file does not exist", nowhere.display());
    assert!(said.contains(&expected) && said.contains("create it"), "{said}");
}

#[rstest]
#[tokio::test]
async fn a_database_of_a_newer_tenure_stops_every_service(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(
        Service::Audit,
        Service::Catalog,
        Service::Order,
        Service::Lifecycle,
        Service::LicenseKey
    )]
    service: Service,
) {
    let place = Place::fresh(backend);
    let url = place.databases().url(service.name());
    drop(Db::open(&url, &NEWER).await.unwrap());
    let said = refusal(service, &[("DB_URL", &url)]).await;
    assert!(said.contains("schema version 9999") && said.contains("start the newer"), "{said}");
}

/// A Job migrates, and the services wait for it: what it did not do yet they refuse to start on.
#[rstest]
#[tokio::test]
async fn t_161_a_release_is_migrated_before_it_starts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let place = Place::fresh(backend);
    let (ended, said) = migrate(&place, &["--check"]);
    assert_eq!(ended, Some(1), "{said}");
    assert_eq!(said.matches("lacks ").count(), 5, "{said}");
    let url = place.databases().url("order");
    let keys = [("DB_URL", url.as_str()), ("DB_MIGRATE", "false")];
    let said = refusal(Service::Order, &keys).await;
    assert!(said.contains("schema version 0") && said.contains("run `tenure migrate`"), "{said}");

    let (ended, said) = migrate(&place, &[]);
    assert_eq!(ended, Some(0), "{said}");
    assert_eq!(said.matches("applied ").count(), 5, "{said}");
    for again in [&[][..], &["--check"], &["--check", "--wait", "10m"]] {
        let (ended, said) = migrate(&place, again);
        assert_eq!(ended, Some(0), "{said}");
        assert_eq!(said.matches("is up to date").count(), 5, "{said}");
    }
    // It gets past its database, to an address that nobody has.
    let keys = [&keys[..], &[("PEERS__AUDIT", "nowhere at all")]].concat();
    let said = refusal(Service::Order, &keys).await;
    assert!(said.contains("nowhere at all"), "{said}");
}

/// What is missing is told of each, and the others are done.
#[tokio::test]
async fn one_database_that_is_away_holds_up_no_other() {
    let place = Place::fresh(Backend::Sqlite);
    let nowhere = [("ORDER__DB_URL", "postgres://tenure@127.0.0.1:1/tenure")];
    let (ended, said) = run_migrate(&place, &["--json"], &nowhere);
    assert_eq!(ended, Some(1), "{said}");
    let lines: Vec<serde_json::Value> =
        said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let fit: Vec<_> = lines.iter().filter(|line| line["is_fit"] == true).collect();
    assert_eq!((lines.len(), fit.len()), (5, 4), "{said}");
    let away = lines.iter().find(|line| line["service"] == "order").unwrap();
    assert!(away["error"].as_str().unwrap().contains("cannot be reached"), "{said}");
}

fn migrate(place: &Place, options: &[&str]) -> (Option<i32>, String) {
    run_migrate(place, options, &[])
}

/// Runs `tenure migrate` on all five databases, and returns how it ended and what it said.
fn run_migrate(place: &Place, options: &[&str], keys: &[(&str, &str)]) -> (Option<i32>, String) {
    let url = |service: Service| {
        (format!("{}__DB_URL", service.prefix()), place.databases().url(service.name()))
    };
    let run = tenure()
        .arg("migrate")
        .args(options)
        .envs(Service::ALL.map(url))
        .envs(keys.iter().copied())
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    (run.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_postgres_database_that_is_not_there_is_named() {
    let url = testkit::postgres_url();
    let (server, _) = url.rsplit_once('/').unwrap();
    let url = format!("{server}/tenure_nowhere?schema=audit");
    let said = refusal(Service::Audit, &[("DB_URL", &url)]).await;
    assert!(said.contains("tenure_nowhere") && said.contains("createdb"), "{said}");
}

#[rstest]
#[case::no_url("DB_URL", "mysql://localhost/audit", "sqlite: nor with postgres:")]
#[case::unknown_key("NONSENSE", "1", "nonsense")]
#[case::no_keys("AUTH__PUBLIC_KEYS", "[]", "public_keys is empty")]
#[case::no_private_key("IDENTITY__PRIVATE_KEY", "", "identity.private_key")]
#[case::no_number("SERVER__MESSAGE_BYTES_MAX", "many", "SERVER__MESSAGE_BYTES_MAX: invalid type")]
#[case::no_duration("AUTH__LEEWAY", "a while", "AUTH__LEEWAY: failed to parse")]
#[tokio::test]
async fn a_wrong_configuration_is_named(
    #[case] key: &str,
    #[case] value: &str,
    #[case] expected: &str,
) {
    let place = Place::fresh(Backend::Sqlite);
    let url = place.databases().url("audit");
    let said = refusal(Service::Audit, &[("DB_URL", &url), (key, value)]).await;
    assert!(said.contains(expected), "{said}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let held = TcpListener::bind(&taken).unwrap();
    let place = Place::fresh(Backend::Sqlite);
    let url = place.databases().url("order");
    let said = refusal(Service::Order, &[("DB_URL", &url), ("SERVER__LISTEN", &taken)]).await;
    assert!(said.contains(&format!("cannot listen on {taken}")), "{said}");
    drop(held);
}

/// Starts a service that cannot start, and returns what it says of that.
async fn refusal(service: Service, keys: &[(&str, &str)]) -> String {
    let secrets = Secrets::random().unwrap();
    let public_keys = format!("[{:?}]", secrets.public_key);
    let mut all = vec![
        ("SERVER__LISTEN", "127.0.0.1:0"),
        ("AUTH__PUBLIC_KEYS", &public_keys),
        ("IDENTITY__PRIVATE_KEY", &secrets.private_key),
        ("TELEMETRY__LOG_FILTER", "error"),
    ];
    if service == Service::LicenseKey {
        all.push(("MASTER_KEY", &secrets.master_key));
        all.push(("DOWNLOADS__LISTEN", "127.0.0.1:0"));
    }
    all.extend(keys);
    let mut child = tenure()
        .args(["serve", service.name()])
        .envs(all.iter().map(|(key, value)| (format!("{}__{key}", service.prefix()), value)))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ended = end_of(&mut child).await;
    let said = child.wait_with_output().unwrap().stderr;
    let said = String::from_utf8(said).unwrap();
    assert_eq!(ended.code(), Some(1), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    assert!(!said.contains("panicked") && !said.contains("PRIVATE KEY"), "{said}");
    said
}
