//! Configuration: files, the environment, and their mistakes.

pub(crate) mod authority;
mod key_source;
mod key_source_tls;
mod limit;
mod strangers;

use rstest::rstest;
use serde::Deserialize;

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    db_url: String,
    server: ServerConfig,
    telemetry: TelemetryConfig,
}

fn environment(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    let owned: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    owned.into_iter()
}

#[test]
fn the_environment_wins_over_the_file() {
    let loaded: Config = load(
        None,
        "LIFECYCLE",
        environment(&[
            ("LIFECYCLE__DB_URL", "postgres://tenure@db/tenure"),
            ("LIFECYCLE__SERVER__LISTEN", "0.0.0.0:7103"),
            ("LIFECYCLE__TELEMETRY__TRACE_PERCENT", "10"),
            ("ORDER__DB_URL", "not ours"),
            ("LIFECYCLE_HOME", "not ours either"),
        ]),
    )
    .unwrap();
    assert_eq!(loaded.db_url, "postgres://tenure@db/tenure");
    assert_eq!(loaded.server.listen.port(), 7103);
    assert_eq!(loaded.telemetry.trace_percent, 10);
}

#[rstest]
#[case::unknown_key("LIFECYCLE__DB_URI", "x", "db_uri")]
#[case::wrong_type("LIFECYCLE__TELEMETRY__TRACE_PERCENT", "many", "trace_percent")]
#[case::no_section("LIFECYCLE__DB_URL__HOST", "x", "db_url")]
fn a_mistake_in_the_environment_is_named(
    #[case] name: &str,
    #[case] value: &str,
    #[case] named: &str,
) {
    let error = load::<Config>(None, "LIFECYCLE", environment(&[(name, value)])).unwrap_err();
    assert!(error.to_string().to_lowercase().contains(named), "{error}");
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_line() {
    let error = parse::<Config>("db_url = \"x\"\nport = 1\n").unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[test]
fn secrets_are_not_printed() {
    let server = ServerConfig { seal_secret: "hush".to_owned(), ..ServerConfig::default() };
    let identity = IdentityConfig { private_key: "hush".to_owned() };
    assert!(!format!("{server:?}{identity:?}").contains("hush"));
}
