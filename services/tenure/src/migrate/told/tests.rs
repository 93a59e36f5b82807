//! What is written of each state that a schema can be in.

use db::{Schema, Step};
use rstest::rstest;

use super::super::Outcome;
use super::{as_json, as_table};
use crate::cli::ServiceName;

fn step(version: i64, name: &str) -> Step {
    Step { version, name: name.to_owned(), is_additive: version == 4 }
}

fn up_to_date() -> Schema {
    Schema { version: 3, known: 3, missing: vec![], newer: vec![], altered: vec![] }
}

fn outcome(applied: Vec<Step>, schema: anyhow::Result<Schema>) -> Outcome {
    let is_fit = schema.as_ref().is_ok_and(|schema| schema.check_complete().is_ok());
    Outcome { service: ServiceName::Order, place: "h/d (o)".to_owned(), applied, schema, is_fit }
}

#[rstest]
#[case::nothing_to_do(vec![], up_to_date(), "is up to date")]
#[case::applied(vec![step(3, "walls")], up_to_date(), "applied 1 step (walls)")]
#[case::t_161_missing(
    vec![],
    Schema { version: 1, missing: vec![step(2, "colours"), step(3, "walls")], ..up_to_date() },
    "lacks 2 steps (colours, walls)"
)]
#[case::t_160_newer_and_additive(
    vec![],
    Schema { version: 4, newer: vec![step(4, "more")], ..up_to_date() },
    "has 1 step (more) of a newer release, with which this one works"
)]
#[case::altered(
    vec![],
    Schema { altered: vec![step(2, "colours")], ..up_to_date() },
    "migration 2 (colours) was applied with another text: restore its text, and put the change into a \
     new migration"
)]
fn people_read(#[case] applied: Vec<Step>, #[case] schema: Schema, #[case] expected: &str) {
    let said = as_table(&[outcome(applied, Ok(schema))]);
    let (head, row) = said.split_once('\n').unwrap();
    assert_eq!(head, "SERVICE  SCHEMA  DATABASE");
    assert!(
        row.starts_with("order    ") && row.ends_with(&format!("  h/d (o)   {expected}")),
        "{row}"
    );
}

#[test]
fn what_cannot_be_looked_at_is_told_with_its_cause() {
    let why = anyhow::anyhow!("nobody there").context("the database cannot be reached");
    let failed = outcome(vec![], Err(why));
    assert!(
        as_table(&[failed])
            .ends_with("order    ?       h/d (o)   the database cannot be reached: nobody there")
    );
}

#[test]
fn a_program_reads_one_object_a_line() {
    let schema = Schema { version: 4, newer: vec![step(4, "more")], ..up_to_date() };
    let read: serde_json::Value =
        serde_json::from_str(&as_json(&outcome(vec![step(3, "walls")], Ok(schema)))).unwrap();
    assert_eq!(read["service"], "order");
    assert_eq!((&read["version"], &read["known"]), (&4.into(), &3.into()));
    assert_eq!(read["applied"][0]["name"], "walls");
    assert_eq!(read["newer"][0]["is_additive"], true);
    assert_eq!(read["is_fit"], true);
    assert_eq!(read["error"], serde_json::Value::Null);
}
