//! Exported logs: a line of JSON for each key, signed head and entry, as `docs/audit-log.md` says.

use std::collections::BTreeMap;
use std::io::BufRead;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    check::{Check, Report},
    head::{Head, Key},
    row::{Found, Row},
};

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A public key, in base64, that the log says is its own.
    Key(String),
    /// A signed head.
    Head(Head),
    /// An entry. Bytes are in base64, instants in microseconds since 1970.
    Entry(Box<Entry>),
}

/// An entry of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of docs/audit-log.md")]
pub struct Entry {
    pub index: i64,
    pub id: String,
    pub appended_at: i64,
    pub occurred_at: i64,
    pub test_clock_at: Option<i64>,
    pub service: String,
    pub actor: Option<String>,
    pub actor_salt: Option<String>,
    pub actor_hash: String,
    pub partner: Option<String>,
    pub customer: Option<String>,
    pub action: String,
    pub resource: String,
    pub outcome: String,
    pub reason: String,
    pub details: BTreeMap<String, String>,
    pub leaf_hash: String,
}

/// Checks an exported log. The file is read twice: its heads and keys may stand behind its entries.
///
/// `keys` are those that are trusted; if there are none, the file's own are.
///
/// # Errors
///
/// A file that cannot be read, or that is none.
pub fn check<R: BufRead>(
    open: impl Fn() -> Result<R>,
    keys: Vec<Key>,
    kept: Option<&Head>,
) -> Result<Report> {
    let (mut own, mut heads) = (Vec::new(), Vec::new());
    for line in lines(open()?) {
        match line? {
            Line::Key(text) => own.push(Key::of_text(&text)?),
            Line::Head(head) => heads.push(head),
            Line::Entry(_) => {}
        }
    }
    let keys = if keys.is_empty() { own } else { keys };
    ensure!(!keys.is_empty(), "the file has no key; name the one that is trusted");
    let mut check = Check::new(&keys, heads, kept, None);
    for line in lines(open()?) {
        if let Line::Entry(entry) = line?
            && !check.take(&found(*entry))
        {
            break;
        }
    }
    Ok(check.finish())
}

fn lines(reader: impl BufRead) -> impl Iterator<Item = Result<Line>> {
    reader.lines().enumerate().map(|(number, line)| {
        let line = line.context("the file cannot be read")?;
        serde_json::from_str(&line).with_context(|| format!("line {} is none of a log", number + 1))
    })
}

fn found(entry: Entry) -> Found {
    let index = entry.index;
    let row = row(entry).map(Box::new).map_err(|error| error.to_string());
    Found { index, row }
}

fn row(entry: Entry) -> Result<Row> {
    let bytes = |text: &str| STANDARD.decode(text);
    let maybe = |text: Option<String>| text.map(|text| STANDARD.decode(text)).transpose();
    Ok(Row {
        id: bytes(&entry.id)?,
        appended_at: entry.appended_at,
        occurred_at: entry.occurred_at,
        test_clock_at: entry.test_clock_at,
        service: entry.service,
        actor: entry.actor,
        actor_salt: maybe(entry.actor_salt)?,
        actor_hash: bytes(&entry.actor_hash)?,
        partner: maybe(entry.partner)?,
        customer: maybe(entry.customer)?,
        action: entry.action,
        resource: entry.resource,
        outcome: entry.outcome,
        reason: entry.reason,
        details: entry.details,
        leaf_hash: bytes(&entry.leaf_hash)?,
    })
}
