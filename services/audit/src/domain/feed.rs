//! A piece of the feed. What is in it is not decided here: the log's own order is.

use super::Logged;

/// What a reader finds in some places of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The entries within reach.
    pub entries: Vec<Logged>,
    /// How many entries of the log have been looked at from its beginning.
    pub position: i64,
    /// Whether the log ends here.
    pub is_end: bool,
}
