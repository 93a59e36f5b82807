//! One import: what it brought, and from when on. A revision never changes.

use jiff::Timestamp;
use vocab::{BlockedMarkets, OfferVersion, PromotionVersion};

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

/// How a price list is written, and what replaces or gives its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A document, which dates its lists.
    Document {
        /// What replaces the date of the first.
        effective_at: Option<Timestamp>,
    },
    /// A table, which has no date of its own.
    Table {
        /// From when its offers are for sale.
        effective_at: Timestamp,
    },
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
    /// A version of a promotion.
    Promotion(Box<PromotionVersion>),
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

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Bytes of the file that have arrived.
    pub received_bytes: u64,
    /// Prices that were read.
    pub read_count: u64,
    /// Prices that were compared, once for each list.
    pub compared_count: u64,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phase {
    /// The file arrives.
    #[default]
    Receiving,
    /// The file is read and checked.
    Reading,
    /// What it says is compared with what is in force, and what differs is written.
    Comparing,
}
