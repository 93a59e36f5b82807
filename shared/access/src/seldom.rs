//! What need not be said each time: the same thing again, and more than anybody reads.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// The same thing is said again after this.
const REST: SignedDuration = SignedDuration::from_mins(1);

/// So many different things are said within [`REST`], and then no more.
const SAID_MAX: usize = 100;

/// Says each thing at most once a minute, and at most a hundred things a minute in all; counts the rest.
///
/// Source: T-147 in `docs/rules.md`.
#[derive(Debug, Default)]
pub struct Seldom {
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    /// When each thing was said last, and how often it was left out since.
    at: BTreeMap<String, (Timestamp, u64)>,
    /// How often one was left out for which there was no room.
    others: u64,
}

/// Something is said; so many times something was left out before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// The same thing.
    pub same: u64,
    /// Others, since they were told last.
    pub others: u64,
}

impl Again {
    /// Returns what an entry says of those that were left out before it; nothing where none was.
    pub fn counts(self) -> BTreeMap<String, String> {
        let Self { same, others } = self;
        let counts = [("same_left_out", same), ("others_left_out", others)];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        counts.map(|(name, count)| (name.to_owned(), count.to_string())).collect()
    }
}

impl Seldom {
    /// Returns what was left out if `thing` is to be said at `now`, else `None`.
    pub fn say(&self, thing: &str, now: Timestamp) -> Option<Again> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |at: Timestamp| now.duration_since(at).abs() < REST;
        if let Some((at, left_out)) = said.at.get_mut(thing) {
            if is_recent(*at) {
                *left_out += 1;
                return None;
            }
            let same = std::mem::take(left_out);
            *at = now;
            return Some(Again { same, others: std::mem::take(&mut said.others) });
        }
        if said.at.len() >= SAID_MAX {
            let forgotten: u64 = said
                .at
                .values()
                .filter(|(at, _)| !is_recent(*at))
                .map(|(_, left_out)| left_out)
                .sum();
            said.at.retain(|_, (at, _)| is_recent(*at));
            said.others += forgotten;
        }
        if said.at.len() >= SAID_MAX {
            said.others += 1;
            return None;
        }
        said.at.insert(thing.to_owned(), (now, 0));
        Some(Again { same: 0, others: std::mem::take(&mut said.others) })
    }
}
