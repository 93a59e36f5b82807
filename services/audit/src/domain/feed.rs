//! Where the feed begins, and a piece of it. What is in it is not decided here: the log's own order is.

use jiff::Timestamp;

use super::Logged;

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedStart {
    /// Behind so many entries.
    Behind(i64),
    /// With what was appended at this instant, or later.
    At(Timestamp),
}

impl FeedStart {
    /// Returns the earliest instant of what is told.
    pub const fn since(self) -> Timestamp {
        match self {
            Self::Behind(_) => Timestamp::MIN,
            Self::At(at) => at,
        }
    }
}

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
