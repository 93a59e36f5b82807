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
fn t_173_all_mistakes_are_told_at_once() {
    let folder = std::env::temp_dir().join(format!("config_{}", vocab::IdGen::random().uuid()));
    let text = "db_url = \"x\"\nport = 1\n\n[telemetry]\ntrace_percent = 300\nlog_filter = \"info\"\n\n[door]\nopen = true\nshut = false\n\n[server]\nlisten = \"here\"\n";
    std::fs::write(&folder, text).unwrap();
    let variables = [
        ("LIFECYCLE__TELEMETRY__LOG_FORMAT", "loud"),
        ("LIFECYCLE__SERVER__LIMITS__BURST", "9"),
        ("LIFECYCLE__DB_URI", "x"),
        ("LIFECYCLE__DB_URL__HOST", "x"),
    ];
    let error = load::<Config>(Some(&folder), "LIFECYCLE", environment(&variables)).unwrap_err();
    std::fs::remove_file(&folder).unwrap();
    let said = error.to_string();
    let begins = [
        "line 2, port: unknown field",
        "line 5, telemetry.trace_percent: ",
        "line 8, door: unknown field",
        "line 13, server.listen: ",
        "LIFECYCLE__TELEMETRY__LOG_FORMAT: unknown variant",
        "LIFECYCLE__DB_URI: unknown field",
        "LIFECYCLE__DB_URL__HOST: ",
    ];
    for (line, begin) in said.lines().skip(1).zip(begins) {
        assert!(line.trim().starts_with(begin), "{begin} is not: {said}");
    }
    assert!(said.contains("7 mistakes"), "{said}");
}

#[test]
fn secrets_are_not_printed() {
    let server = ServerConfig { seal_secret: "hush".to_owned(), ..ServerConfig::default() };
    let identity = IdentityConfig { private_key: "hush".to_owned() };
    assert!(!format!("{server:?}{identity:?}").contains("hush"));
}
