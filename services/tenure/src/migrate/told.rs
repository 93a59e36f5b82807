//! How the outcome of a migration is written.

use db::{Schema, Step};
use serde_json::{Value, json};

use super::Outcome;
use crate::table::table;

/// Returns a table for people.
pub(super) fn as_table(outcomes: &[Outcome]) -> String {
    let row = |outcome: &Outcome| {
        let version = outcome.schema.as_ref().map(|schema| schema.version.to_string());
        let version = version.unwrap_or_else(|_| "?".to_owned());
        let Outcome { service, place, .. } = outcome;
        [service.name().to_owned(), version, place.clone(), in_words(outcome)]
    };
    table(["service", "schema", "database", ""], &outcomes.iter().map(row).collect::<Vec<_>>())
}

/// Returns one line for programs.
pub(super) fn as_json(outcome: &Outcome) -> String {
    let Outcome { service, place, applied, schema, is_fit } = outcome;
    let of =
        |part: fn(&Schema) -> &Vec<Step>| schema.as_ref().map_or(Value::Null, |it| steps(part(it)));
    let value = json!({
        "service": service.name(),
        "database": place,
        "version": schema.as_ref().ok().map(|schema| schema.version),
        "known": schema.as_ref().ok().map(|schema| schema.known),
        "applied": steps(applied),
        "missing": of(|schema| &schema.missing),
        "newer": of(|schema| &schema.newer),
        "altered": of(|schema| &schema.altered),
        "is_fit": is_fit,
        "error": schema.as_ref().err().map(|error| format!("{error:#}")),
    });
    value.to_string()
}

fn steps(steps: &[Step]) -> Value {
    let step = |step: &Step| json!({"version": step.version, "name": step.name, "is_additive": step.is_additive});
    steps.iter().map(step).collect()
}

fn in_words(outcome: &Outcome) -> String {
    let schema = match &outcome.schema {
        Ok(schema) => schema,
        Err(error) => return format!("{error:#}"),
    };
    let mut said = Vec::new();
    if !outcome.applied.is_empty() {
        said.push(format!("applied {}", named(&outcome.applied)));
    }
    if let Err(why) = schema.check() {
        said.push(why.to_string());
    } else if !schema.newer.is_empty() {
        said.push(format!(
            "has {} of a newer release, with which this one works",
            named(&schema.newer)
        ));
    }
    if !schema.missing.is_empty() {
        said.push(format!("lacks {}", named(&schema.missing)));
    }
    if said.is_empty() { "is up to date".to_owned() } else { said.join("; ") }
}

/// `2 steps (walls, add-ons)`
fn named(steps: &[Step]) -> String {
    let names: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
    let count =
        if steps.len() == 1 { "1 step".to_owned() } else { format!("{} steps", steps.len()) };
    format!("{count} ({})", names.join(", "))
}

#[cfg(test)]
mod tests;
