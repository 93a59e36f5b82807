//! One import: what it brought, and from when on. A revision never changes.

use jiff::Timestamp;
use vocab::{BlockedMarkets, OfferVersion};

use super::compare::Counts;

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Counts from 1.
    pub number: i64,
    /// From when its first price list is in force.
    pub effective_at: Timestamp,
    /// When it was imported.
    pub imported_at: Timestamp,
    /// How many offers it brought, changed and withdrew.
    pub counts: Counts,
    /// What its file says of itself.
    pub description: String,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The revision; `None` when nothing changes.
    pub revision: Option<Revision>,
    /// The first differences, for people.
    pub differences: Vec<String>,
}

/// One record of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A version of an offer.
    Offer(Box<OfferVersion>),
    /// A statement about blocked markets.
    Blocked(BlockedMarkets),
}

/// A stretch of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The records, in the order in which they were imported; none at the feed's end.
    pub records: Vec<Record>,
    /// The position of the last record, or where the stretch began if there is none.
    pub position: i64,
}
