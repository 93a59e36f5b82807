//! How findings are written.

use std::collections::BTreeMap;

use serde_json::json;

use super::finding::{Finding, State};
use crate::table::table;

/// Returns a table for people, and below it what to do: each remedy once, the wrong before the doubtful.
pub(super) fn as_text(findings: &[Finding]) -> String {
    let row = |finding: &Finding| {
        let Finding { service, about, state, text, .. } = finding;
        [service.name().to_owned(), about.clone(), state.word().to_owned(), text.clone()]
    };
    let rows: Vec<_> = findings.iter().map(row).collect();
    let seen = table(["service", "about", "state", ""], &rows);
    let remedies = remedies(findings);
    if remedies.is_empty() {
        return format!("{seen}\n\nAll is well.");
    }
    format!("{seen}\n\nWhat to do:\n{}", remedies.join("\n"))
}

fn remedies(findings: &[Finding]) -> Vec<String> {
    // By urgency and remedy: what it is good for, and where.
    let mut todo: BTreeMap<(bool, &str), BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.state != State::Fine) {
        let remedy = (finding.state != State::Wrong, finding.remedy.as_str());
        let services = todo.entry(remedy).or_default().entry(&finding.about).or_default();
        if !services.contains(&finding.service.name()) {
            services.push(finding.service.name());
        }
    }
    let line = |((_, remedy), whose): ((bool, &str), BTreeMap<&str, Vec<&str>>)| {
        let whose = whose.into_iter().map(|(about, of)| format!("{about} of {}", of.join(", ")));
        format!("* {}:\n  {remedy}", whose.collect::<Vec<_>>().join("; "))
    };
    todo.into_iter().map(line).collect()
}

/// Returns one line for programs.
pub(super) fn as_json(finding: &Finding) -> String {
    let Finding { service, about, state, text, remedy } = finding;
    let value = json!({
        "service": service.name(),
        "about": about,
        "state": state.word(),
        "text": text,
        "remedy": remedy,
    });
    value.to_string()
}

#[cfg(test)]
mod tests;
