//! Shows how far an import is: in one line of a terminal, and not at all elsewhere.

use std::io::{IsTerminal as _, Write as _, stderr};

use proto::catalog::{ImportCatalogWithProgressResponse, ImportPhase};

/// How many characters the drawn part is long.
const LENGTH: u64 = 30;

/// A line that is written over and over.
#[derive(Debug)]
pub struct Bar {
    is_shown: bool,
    last: String,
}

impl Bar {
    /// A line that is empty yet.
    pub fn new() -> Self {
        Self { is_shown: stderr().is_terminal(), last: String::new() }
    }

    /// Whether anybody sees it.
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// Shows how far it is.
    pub fn show(&mut self, line: String) {
        if self.is_shown && line != self.last {
            // Whoever cannot be shown anything still wants the file imported.
            drop(write!(stderr(), "\r\x1b[2K{line}"));
            self.last = line;
        }
    }
}

/// Takes the line away.
impl Drop for Bar {
    fn drop(&mut self) {
        if self.is_shown {
            drop(write!(stderr(), "\r\x1b[2K"));
        }
    }
}

/// Returns the line of an import of a price list, whose file has so many bytes.
pub fn of_catalog(bytes: u64, now: &ImportCatalogWithProgressResponse) -> String {
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    match now.phase() {
        ImportPhase::Unspecified => String::new(),
        ImportPhase::Receiving => format!("sending    {}", drawn(count(now.received_bytes), bytes)),
        ImportPhase::Reading => format!("reading    {} prices", now.read_count),
        ImportPhase::Comparing => {
            let share = drawn(count(now.compared_count), count(now.read_count));
            format!("comparing  {share} of {} prices", now.read_count)
        }
        ImportPhase::Done => "done".to_owned(),
    }
}

/// Returns the line of an import of keys, whose file has so many lines.
pub fn of_keys(done: i64, lines: u64) -> String {
    let done = u64::try_from(done).unwrap_or_default();
    format!("importing  {} of {lines} lines", drawn(done, lines))
}

/// `[#######-----------------------]  25 %`
fn drawn(part: u64, whole: u64) -> String {
    let (part, whole) = (part.min(whole), whole.max(1));
    let length = usize::try_from(part * LENGTH / whole).unwrap_or_default();
    let rest = usize::try_from(LENGTH).unwrap_or_default() - length;
    format!("[{}{}] {:>3} %", "#".repeat(length), "-".repeat(rest), part * 100 / whole)
}

#[cfg(test)]
mod tests;
