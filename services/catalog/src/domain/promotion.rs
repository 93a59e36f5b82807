//! Promotions as a list shows them: each with whether it applies. What one lowers, and for whom it is,
//! is in `vocab`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vocab::{Money, NotPromoted, Offer, Promotion, Segment, SkuId};

/// A promotion, and whether it applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The promotion.
    pub promotion: Promotion,
    /// Why it does not apply.
    pub refusal: Option<NotPromoted>,
    /// What the offer costs with it, where it applies.
    pub price: Option<Money>,
}

/// Returns a promotion with what somebody sees of it, which is not what is `hidden` from them; `None` if
/// that is nothing.
///
/// Source: CAT-7.
pub fn look_at_promotion(mut promotion: Promotion, hidden: &BTreeSet<SkuId>) -> Option<Promotion> {
    promotion.skus.retain(|sku| !hidden.contains(sku));
    (!promotion.skus.is_empty()).then_some(promotion)
}

/// Judges a promotion for a term that starts at `at`: of an offer, or of any if there is none, when
/// only its days count.
///
/// Source: PRO-1, PRO-2, TRI-8.
pub fn choose(
    promotion: Promotion,
    offer: Option<&Offer>,
    customer: Option<Segment>,
    at: Timestamp,
) -> Choice {
    let outcome = match offer {
        Some(offer) => promotion.check(offer, customer, at),
        None if promotion.is_in_force(at) => Ok(()),
        None => Err(NotPromoted::NotInForce { from: promotion.from, until: promotion.until }),
    };
    let price = offer.filter(|_| outcome.is_ok()).map(|offer| promotion.price(offer.price));
    Choice { promotion, refusal: outcome.err(), price }
}
