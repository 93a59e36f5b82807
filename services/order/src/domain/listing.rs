//! What the price list says of an offer at one instant. How the copy of the price list is kept is
//! not here.

use jiff::Timestamp;
use vocab::Offer;

/// What the price list says of an offer at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// It is sold.
    Sold(Box<Offer>),
    /// It was sold until then.
    Withdrawn {
        /// Since when it is not.
        since: Timestamp,
    },
    /// There is no such offer, or not yet.
    Unknown,
}
