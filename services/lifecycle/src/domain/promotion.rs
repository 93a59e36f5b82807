//! Which promotion a new term has. What one is, is in `vocab`; that the first term has the one that
//! order committed, in `first_term`.

use jiff::Timestamp;
use vocab::{Promotion, Segment};

use super::{OfferTerms, Prices};

/// Returns the promotion with which a term of `offer` starts at `at`: of those in force for which a
/// customer of `segment` is eligible the one that lowers the price most, then the one with the least
/// id. Trials never have one.
///
/// Source: PRO-2, TRI-8.
pub(super) fn best<'a>(
    offer: &OfferTerms,
    segment: Option<Segment>,
    at: Timestamp,
    prices: &'a dyn Prices,
) -> Option<&'a Promotion> {
    let product = &offer.product;
    if product.is_trial {
        return None;
    }
    let promotions = prices.promotions_at(&product.sku, at).into_iter();
    let eligible = promotions.filter(|promotion| {
        promotion.is_for(segment)
            && promotion.check_term(&product.sku, product.market, offer.length, at).is_ok()
    });
    eligible
        .min_by(|one, other| other.percent.cmp(&one.percent).then_with(|| one.id.cmp(&other.id)))
}
