//! Activity as CSV (RFC 4180), which opens in a spreadsheet without doing anything there.

use rpc::csv::Row;
use rpc::name::{Customer, Partner};

use crate::domain::Logged;

/// The columns.
const COLUMNS: [&str; 14] = [
    "entry",
    "occurred_time",
    "test_clock_time",
    "service",
    "actor",
    "action",
    "outcome",
    "reason",
    "partner",
    "customer",
    "resource",
    "details",
    "append_time",
    "leaf_hash",
];

/// Returns the first line.
pub fn csv_head() -> Vec<u8> {
    Row::of_texts(&COLUMNS).end()
}

/// Returns a line for each entry.
pub fn csv_lines(entries: &[Logged]) -> Vec<u8> {
    entries.iter().flat_map(line).collect()
}

fn line(logged: &Logged) -> Vec<u8> {
    let Logged { index, appended_at, entry, actor_salt: _, actor_hash: _, leaf_hash } = logged;
    let cells = [
        format!("entries/{index}"),
        entry.occurred_at.to_string(),
        entry.test_clock_at.map_or_else(String::new, |at| at.to_string()),
        entry.service.clone(),
        entry.actor.clone(),
        entry.action.clone(),
        entry.outcome.to_string(),
        entry.reason.clone(),
        entry.partner.map_or_else(String::new, |id| Partner(id).to_string()),
        entry.customer.map_or_else(String::new, |id| Customer(id).to_string()),
        entry.resource.clone(),
        // Texts by name are always JSON: the macro cannot fail.
        serde_json::json!(entry.details).to_string(),
        appended_at.to_string(),
        format!("{leaf_hash:x}"),
    ];
    cells.iter().fold(Row::default(), |row, cell| row.text(cell)).end()
}

#[cfg(test)]
mod tests;
