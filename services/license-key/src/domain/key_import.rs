//! How far an import of keys is. What a line is, is in `key_file`.

use jiff::Timestamp;
use vocab::RequestId;

use super::SkuName;

/// Malformed lines that are named; the others are counted.
pub const NAMED_LINES_MAX: usize = 100;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines that are done; blank ones do not count.
    pub lines: i64,
    /// New keys.
    pub imported: i64,
    /// Keys that were known, in whatever pool, or stood twice in the file.
    pub duplicates: i64,
    /// How many lines are no keys.
    pub malformed: i64,
    /// The numbers of the first of them, from 1.
    pub malformed_lines: Vec<i64>,
}

impl Counts {
    /// Counts a line that is no key.
    pub fn add_malformed(&mut self, number: i64) {
        self.malformed += 1;
        if self.malformed_lines.len() < NAMED_LINES_MAX {
            self.malformed_lines.push(number);
        }
    }
}

/// An import, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyImport {
    /// Its own id.
    pub id: RequestId,
    /// Whose keys.
    pub sku: SkuName,
    /// On how many devices each can be activated; `None` where the purchase's quantity says.
    pub activation_limit: Option<i64>,
    /// What it did.
    pub counts: Counts,
    /// The keyed digest of the lines that are done: by it another file is told from the same one.
    pub digest: Vec<u8>,
    /// Whether the file's end was reached.
    pub is_finished: bool,
    /// When it last moved on.
    pub updated_at: Timestamp,
}
