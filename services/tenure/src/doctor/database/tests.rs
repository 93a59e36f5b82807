//! What is said of a database.

use db::{DbError, Engine, Role, Schema, Step, Survey};
use jiff::Timestamp;
use rstest::rstest;

use super::{judge, shared};
use crate::cli::ServiceName::{Audit, Order};
use crate::doctor::finding::{Finding, State};
use crate::setup::{Secret, Setup};

fn setup(migrates: bool) -> Setup {
    let mut setup = Setup::with_defaults(Order).unwrap();
    "postgres://u:hunter2@h:5432/d?schema=o".clone_into(&mut setup.database.url);
    setup.database.migrates = migrates;
    setup
}

fn survey() -> Survey {
    let role = Role {
        name: "tenure_order".to_owned(),
        is_above_walls: false,
        may_create: true,
        closed_count: 0,
        now: Timestamp::UNIX_EPOCH,
        connections_max: 100,
    };
    let schema = Schema { version: 3, known: 3, missing: vec![], newer: vec![], altered: vec![] };
    Survey { engine: Engine::Postgres, version: "17.6".to_owned(), role: Some(role), schema }
}

fn with_role(change: impl FnOnce(&mut Role)) -> Survey {
    let mut survey = survey();
    change(survey.role.as_mut().unwrap());
    survey
}

fn with_schema(change: impl FnOnce(&mut Schema)) -> Survey {
    let mut survey = survey();
    change(&mut survey.schema);
    survey
}

fn step(is_additive: bool) -> Step {
    Step { version: 4, name: "colours".to_owned(), is_additive }
}

/// Returns the one finding about something.
fn about(findings: Vec<Finding>, about: &str) -> Finding {
    let mut found: Vec<_> = findings.into_iter().filter(|finding| finding.about == about).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[rstest]
#[case::database(
    survey(),
    "database",
    State::Fine,
    "h:5432/d (o), PostgreSQL 17.6, as tenure_order"
)]
#[case::sqlite(
    Survey { engine: Engine::Sqlite, version: "3.50".to_owned(), role: None, ..survey() },
    "database", State::Fine, "SQLite 3.50"
)]
#[case::oldest(Survey { version: "15.13 (Debian)".to_owned(), ..survey() }, "database", State::Fine, "15.13")]
#[case::too_old(Survey { version: "14.2".to_owned(), ..survey() }, "database", State::Wrong, "14.2")]
#[case::rights(survey(), "rights", State::Fine, "is bound by row-level security")]
#[case::t_162_superuser(with_role(|role| role.is_above_walls = true), "rights", State::Wrong, "BYPASSRLS")]
#[case::closed(with_role(|role| role.closed_count = 2), "rights", State::Wrong, "may not read 2")]
#[case::only_used(with_role(|role| role.may_create = false), "rights", State::Fine, "not change it")]
#[case::schema(survey(), "schema", State::Fine, "version 3, up to date")]
#[case::t_160_newer(
    with_schema(|schema| { schema.version = 4; schema.newer = vec![step(true)]; }),
    "schema", State::Doubtful, "of a newer release"
)]
#[case::t_160_too_new(
    with_schema(|schema| { schema.version = 4; schema.newer = vec![step(false)]; }),
    "schema", State::Wrong, "schema version 4"
)]
#[case::altered(
    with_schema(|schema| schema.altered = vec![step(true)]),
    "schema", State::Wrong, "applied with another text"
)]
fn what_was_seen_is_judged(
    #[case] seen: Survey,
    #[case] what: &str,
    #[case] state: State,
    #[case] text: &str,
) {
    let finding = about(judge(&setup(true), Ok(seen)), what);
    assert_eq!(finding.state, state, "{finding:?}");
    assert!(finding.text.contains(text), "{finding:?}");
    assert_eq!(finding.remedy.is_empty(), state == State::Fine, "{finding:?}");
    assert!(!format!("{finding:?}").contains("hunter2"));
}

#[rstest]
#[case::t_161_by_itself(true, true, State::Doubtful)]
#[case::t_161_by_others(false, true, State::Wrong)]
#[case::t_161_by_whom_it_may_not(true, false, State::Doubtful)]
fn what_is_missing_is_wrong_where_nobody_adds_it(
    #[case] migrates: bool,
    #[case] may_create: bool,
    #[case] state: State,
) {
    let mut seen = with_schema(|schema| schema.missing = vec![step(true)]);
    seen.role.as_mut().unwrap().may_create = may_create;
    let findings = judge(&setup(migrates), Ok(seen));
    assert_eq!(about(findings.clone(), "schema").state, state);
    let rights = if migrates && !may_create { State::Wrong } else { State::Fine };
    assert_eq!(about(findings, "rights").state, rights);
}

#[rstest]
#[case::nobody(DbError::Unavailable("refused".into()), "cannot be reached: refused", "see whether it runs")]
#[case::no_such_database(
    DbError::Missing { what: "d is not there".to_owned(), remedy: "create it".to_owned() },
    "d is not there", "create it"
)]
#[case::no_url(DbError::Url("is none".to_owned()), "is none", "correct db_url")]
fn what_cannot_be_seen_is_wrong(#[case] why: DbError, #[case] text: &str, #[case] remedy: &str) {
    let finding = about(judge(&setup(true), Err(why)), "database");
    assert_eq!(finding.state, State::Wrong);
    assert!(finding.text.contains(text) && finding.remedy.contains(remedy), "{finding:?}");
    assert!(!format!("{finding:?}").contains("hunter2"));
}

#[test]
fn two_services_in_one_schema_are_found() {
    let places = [(Order, "h/d (o)"), (Audit, "h/d (a)"), (Audit, "h/d (o)")];
    let places = places.map(|(service, place)| (service, place.to_owned()));
    let found = shared(&places);
    assert_eq!(found.len(), 1);
    assert!(found[0].text.contains("h/d (o) is also that of order"));
}

#[test]
fn a_secret_is_never_shown() {
    assert!(!format!("{:?}", Secret("hunter2".to_owned())).contains("hunter2"));
    assert!(!format!("{:?}", setup(true).database).contains("hunter2"));
}
