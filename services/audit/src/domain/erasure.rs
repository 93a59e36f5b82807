//! What an erasure leaves behind: an entry that says which entries lost their actor's name. Whose name
//! it was is said nowhere.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use vocab::MessageId;

use super::{Entry, Outcome};

/// The action of entries that tell of an erasure.
const ERASE: &str = "ErasePersonalData";

/// The service that writes them: nobody else may write in its name.
pub const ITSELF: &str = "audit";

/// The detail that says how many entries there were.
const COUNT: &str = "count";

/// The details that say which: `entries.001`, `entries.002`, …
const ENTRIES: &str = "entries.";

/// As long as a detail may be.
const TEXT_MAX: usize = 2_000;

/// How many entries one record tells of, so that it stays an entry like any other.
pub const RECORDED_MAX: usize = 10_000;

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// How many entries had the name.
    pub count: i64,
    /// The place of the first entry that tells of it; `None` where nothing was erased.
    pub record: Option<i64>,
}

/// Returns the entry that tells that `erased`, in ascending order, lost their names.
pub fn record(id: MessageId, actor: &str, erased: &[i64], now: Timestamp) -> Entry {
    let mut details = BTreeMap::from([(COUNT.to_owned(), erased.len().to_string())]);
    let texts = texts(erased).into_iter().zip(1..);
    details.extend(texts.map(|(text, number)| (format!("{ENTRIES}{number:03}"), text)));
    Entry {
        id,
        occurred_at: now,
        test_clock_at: None,
        service: ITSELF.to_owned(),
        actor: actor.to_owned(),
        partner: None,
        customer: None,
        action: ERASE.to_owned(),
        resource: String::new(),
        outcome: Outcome::Done,
        reason: String::new(),
        details,
    }
}

/// Returns the entries of which `entry` tells that they lost their names; none if it tells of
/// something else.
pub fn recorded(entry: &Entry) -> Vec<RangeInclusive<i64>> {
    if entry.service != ITSELF || entry.action != ERASE {
        return vec![];
    }
    let texts = entry.details.iter().filter(|(name, _)| name.starts_with(ENTRIES));
    texts.flat_map(|(_, text)| text.split(',').filter_map(range)).collect()
}

fn range(text: &str) -> Option<RangeInclusive<i64>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

/// Writes `3,7-9`, in as many texts as it takes.
fn texts(erased: &[i64]) -> Vec<String> {
    let mut texts = vec![String::new()];
    for run in erased.chunk_by(|one, next| one + 1 == *next) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let run = if first == last { first.to_string() } else { format!("{first}-{last}") };
        match texts.last_mut() {
            Some(text) if text.is_empty() => text.push_str(&run),
            Some(text) if text.len() + run.len() < TEXT_MAX => {
                text.push(',');
                text.push_str(&run);
            }
            _ => texts.push(run),
        }
    }
    texts
}

#[cfg(test)]
mod tests;
