//! Shows how far an import is: in one line of a terminal, and not at all elsewhere.

use std::io::{IsTerminal as _, Write as _, stderr};

use proto::catalog::{ImportCatalogWithProgressResponse, ImportPhase};

/// A line that is written over and over.
#[derive(Debug)]
pub struct Bar {
    bytes: u64,
    is_shown: bool,
    last: String,
}

impl Bar {
    /// A line for a file of so many bytes.
    pub fn of(bytes: u64) -> Self {
        Self { bytes, is_shown: stderr().is_terminal(), last: String::new() }
    }

    /// Shows how far it is.
    pub fn show(&mut self, now: &ImportCatalogWithProgressResponse) {
        let line = say(self.bytes, now);
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

fn say(bytes: u64, now: &ImportCatalogWithProgressResponse) -> String {
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    let percent = |part: u64, whole: u64| part.min(whole) * 100 / whole.max(1);
    match now.phase() {
        ImportPhase::Unspecified => String::new(),
        ImportPhase::Receiving => {
            format!("sending: {} %", percent(count(now.received_bytes), bytes))
        }
        ImportPhase::Reading => format!("reading: {} prices", now.read_count),
        ImportPhase::Comparing => {
            let share = percent(count(now.compared_count), count(now.read_count));
            format!("comparing: {share} % of {} prices", now.read_count)
        }
        ImportPhase::Done => "done".to_owned(),
    }
}

#[cfg(test)]
mod tests;
