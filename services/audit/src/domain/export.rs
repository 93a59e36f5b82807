//! A piece of the whole log, on its way to a check elsewhere.

use super::{Checkpoint, Logged};

/// Entries, and what was signed for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// In the order of the log.
    pub entries: Vec<Logged>,
    /// The heads whose sizes lie among them; with the last piece also those beyond the end.
    pub checkpoints: Vec<Checkpoint>,
    /// Behind how many entries the next piece begins; `None` after the last.
    pub next: Option<i64>,
}
