//! The feed: everything that happens to subscriptions, in an order that does not change any more.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use vocab::{CustomerId, PartnerId, SubscriptionId};

use super::{ChangeKind, Entry, Line};

/// A place in the feed. It is the same for everybody, and stands in cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counts what was committed.
    pub major: i64,
    /// Counts within it.
    pub minor: i64,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this feed")]
pub struct BadCursor;

/// A change with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub position: Position,
    /// When it was recorded, by the real clock.
    pub recorded_at: Timestamp,
    /// To what it happened.
    pub subscription: SubscriptionId,
    /// Whose.
    pub customer: CustomerId,
    /// Who sold it then.
    pub partner: PartnerId,
    /// What happened.
    pub entry: Entry,
}

/// A record with its money.
pub type Told = (Record, Vec<Line>);

/// Some of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// What is in it.
    pub records: Vec<Told>,
    /// Everything up to here was looked at.
    pub end: Position,
}

/// What a reader wants of the records that it may see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeQuery {
    /// Of one customer.
    pub customer: Option<CustomerId>,
    /// Of one kind.
    pub kind: Option<ChangeKind>,
    /// Recorded then or later.
    pub recorded_from: Option<Timestamp>,
    /// Committed then or later, by the customer's clock.
    pub committed_from: Option<Timestamp>,
    /// Committed before that, by the customer's clock.
    pub committed_before: Option<Timestamp>,
}

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedStart {
    /// At the beginning.
    Beginning,
    /// Behind a place.
    After(Position),
    /// With what was recorded at an instant.
    At(Timestamp),
}

impl Position {
    /// Before everything.
    pub const START: Self = Self { major: 0, minor: 0 };
    /// Behind everything.
    pub const END: Self = Self { major: i64::MAX, minor: i64::MAX };
}

impl ChangeQuery {
    /// Whether a record is asked for.
    pub fn admits(&self, record: &Record) -> bool {
        self.customer.is_none_or(|customer| customer == record.customer)
            && self.recorded_from.is_none_or(|from| from <= record.recorded_at)
            && self.admits_entry(&record.entry)
    }

    /// Whether an entry of a history is asked for, whosever it is.
    pub fn admits_entry(&self, entry: &Entry) -> bool {
        self.kind.is_none_or(|kind| kind == entry.kind)
            && self.committed_from.is_none_or(|from| from <= entry.committed_at)
            && self.committed_before.is_none_or(|before| entry.committed_at < before)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Position {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let number = |part: &str| match part.parse::<i64>() {
            Ok(number) if number.to_string() == part && 0 <= number => Ok(number),
            _ => Err(BadCursor),
        };
        let (major, minor) = text.split_once('.').ok_or(BadCursor)?;
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

#[cfg(test)]
mod tests;
