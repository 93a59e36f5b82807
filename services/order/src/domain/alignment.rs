//! With what a first term ends, where it does not end by its own length. What that costs is for
//! lifecycle to say.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::{Offer, ProductKind, SubscriptionId};

/// With what a first term ends. Source: TRM-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Alignment {
    /// With the term of another subscription of the customer's.
    With(SubscriptionId),
    /// On the last day of a calendar month.
    EndsOn(Date),
}

/// Whether the end of a first term of `offer` can be chosen at all, so that it is worth asking with
/// what.
///
/// Source: TRM-8.
pub const fn can_align(offer: &Offer) -> bool {
    let is_excluded = matches!(
        offer.kind,
        ProductKind::SoftwareSubscription
            | ProductKind::SoftwarePerpetual
            | ProductKind::LicenseLegacy
    );
    !is_excluded && !offer.is_trial && offer.term.is_some()
}
