//! What is wrong with a catalog file, and where.

use std::collections::BTreeSet;
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

    /// Returns where the letter after `letter` stands.
    pub const fn after(self, letter: char) -> Self {
        match letter {
            '\n' => Self { line: self.line.saturating_add(1), column: 1 },
            _ => Self { line: self.line, column: self.column.saturating_add(1) },
        }
    }
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

/// How many findings are kept of a file in which everything is wrong: more than anybody reads at once.
const KEPT_MAX: usize = 100;

/// What was found so far: the first ones in the order of the file, and how many others there are.
#[derive(Debug, Default)]
pub struct Found {
    first: BTreeSet<Finding>,
    others: usize,
}

impl Found {
    /// Takes a finding; one that is there already says nothing new.
    pub fn push(&mut self, finding: Finding) {
        self.first.insert(finding);
        if KEPT_MAX < self.first.len() && self.first.pop_last().is_some() {
            self.others += 1;
        }
    }

    /// Takes others' findings.
    pub fn extend(&mut self, Findings { first, rest, others }: Findings) {
        self.push(first);
        for finding in rest {
            self.push(finding);
        }
        self.others += others;
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Ends the search.
    ///
    /// # Errors
    ///
    /// The findings, if there are any.
    pub fn none(self) -> Result<(), Findings> {
        let mut found = self.first.into_iter();
        match found.next() {
            None => Ok(()),
            Some(first) => Err(Findings { first, rest: found.collect(), others: self.others }),
        }
    }
}

/// What is wrong with a file, in the order of the file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalog file is broken at {}: {}{}", first.place, first.what, more(self.count() - 1))]
pub struct Findings {
    /// The first.
    pub first: Finding,
    /// Those that follow, as far as they were kept.
    pub rest: Vec<Finding>,
    /// How many more there are.
    pub others: usize,
}

fn more(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "; one more place is broken".to_owned(),
        _ => format!("; {count} more places are broken"),
    }
}

impl Findings {
    /// Returns those that were kept.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// Returns how many there are in all.
    pub const fn count(&self) -> usize {
        1 + self.rest.len() + self.others
    }
}

impl From<Finding> for Findings {
    fn from(first: Finding) -> Self {
        Self { first, rest: vec![], others: 0 }
    }
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is broken.
    #[error(transparent)]
    Broken(#[from] Findings),
    /// Its bytes could not be had.
    #[error("the file could not be read to its end")]
    Io(#[from] std::io::Error),
}

impl From<Finding> for ReadError {
    fn from(finding: Finding) -> Self {
        Self::Broken(finding.into())
    }
}
