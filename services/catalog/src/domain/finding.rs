//! What is wrong with a catalog file, and where.

use std::fmt;

/// A place in a file; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The character within the line.
    pub column: u64,
}

impl Place {
    /// Where a file begins.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What, for people.
    pub what: String,
}

/// A finding quotes what it found, but not a whole file.
const BYTES_MAX: usize = 200;

impl Finding {
    /// A finding at a place; a text that is too long is cut.
    pub fn new(place: Place, what: impl fmt::Display) -> Self {
        let mut what = what.to_string();
        if BYTES_MAX < what.len() {
            what.truncate(what.floor_char_boundary(BYTES_MAX));
            what.push('…');
        }
        Self { place, what }
    }
}

/// Everything that is wrong with a file, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalog file is broken at {}: {}{}", first.place, first.what, more(rest.len()))]
pub struct Findings {
    /// The first.
    pub first: Finding,
    /// All others.
    pub rest: Vec<Finding>,
}

fn more(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "; one more place is broken".to_owned(),
        _ => format!("; {count} more places are broken"),
    }
}

impl Findings {
    /// Puts findings in the order of the file.
    ///
    /// # Errors
    ///
    /// The findings, if there are any.
    pub fn none_of(mut found: Vec<Finding>) -> Result<(), Self> {
        found.sort();
        found.dedup();
        let mut found = found.into_iter();
        match found.next() {
            None => Ok(()),
            Some(first) => Err(Self { first, rest: found.collect() }),
        }
    }

    /// Returns all of them.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl From<Finding> for Findings {
    fn from(first: Finding) -> Self {
        Self { first, rest: vec![] }
    }
}
