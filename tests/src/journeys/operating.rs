//! What an operator's commands say of services that run, and of those that do not.
//!
//! Not here: how each finding is judged and written, which `tenure`'s own tests show.

use rstest::rstest;
use serde_json::Value;
use testkit::Backend;

use super::harness::fleet::{Fleet, Service};

/// Runs `tenure doctor` with further keys, and returns whether it found nothing wrong, and its findings.
fn doctor(fleet: &Fleet, keys: &[(&str, &str)]) -> (bool, Vec<Value>) {
    let mut command = fleet.operator();
    let run = command.args(["doctor", "--json"]).envs(keys.iter().copied()).output().unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(!said.contains("PRIVATE KEY") && !said.contains("tenure@"), "{said}");
    let findings = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (run.status.success(), findings)
}

/// Returns `service about` of all that is wrong.
fn wrong(findings: &[Value]) -> Vec<String> {
    let wrong = findings.iter().filter(|finding| finding["state"] == "wrong");
    let name = |finding: &Value| {
        let word = |key: &str| finding[key].as_str().unwrap().to_owned();
        format!("{} {}", word("service"), word("about"))
    };
    wrong.map(name).collect()
}

/// What is above the walls between partners' rows is wrong, and the tests may be.
fn without_rights(mut wrong: Vec<String>) -> Vec<String> {
    wrong.retain(|finding| !finding.ends_with(" rights"));
    wrong
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn t_162_a_suite_that_is_well_and_one_that_is_not(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let mut fleet = Fleet::start(backend).await;
    let (_, findings) = doctor(&fleet, &[]);
    assert_eq!(without_rights(wrong(&findings)), Vec::<String>::new(), "{findings:#?}");
    // Twelve ways from one to another, each with a clock.
    for (about, expected) in [("peer ", 12), ("clock of ", 12), ("schema", 5), ("database", 5)] {
        let is_about = |finding: &&Value| {
            let found = finding["about"].as_str().unwrap();
            found.starts_with(about) && found != "clock of database"
        };
        assert_eq!(findings.iter().filter(is_about).count(), expected, "{about}: {findings:#?}");
    }

    let stranger = access::generate_key_pair().unwrap().private_pem;
    let somebody_else = fleet.uri(Service::Catalog);
    let keys = [
        ("ORDER__PEERS__AUDIT", somebody_else.as_str()),
        ("CATALOG__IDENTITY__PRIVATE_KEY", &stranger),
        ("LICENSE_KEY__MASTER_KEY", "too short"),
        ("LIFECYCLE__DB_URI", "x"),
    ];
    let (is_well, findings) = doctor(&fleet, &keys);
    let expected = [
        "catalog peer order",
        "catalog peer audit",
        "order peer audit",
        "lifecycle configuration",
        "license-key master_key",
    ];
    assert_eq!(
        (is_well, without_rights(wrong(&findings))),
        (false, expected.map(Into::into).into())
    );

    fleet.kill(Service::Audit);
    let (is_well, findings) = doctor(&fleet, &[]);
    let expected =
        ["catalog", "order", "lifecycle", "license-key"].map(|who| format!("{who} peer audit"));
    assert_eq!((is_well, without_rights(wrong(&findings))), (false, expected.into()));
}
