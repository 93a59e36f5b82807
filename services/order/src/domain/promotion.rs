//! Which promotion lowers the price of a line, and why one that was named does not.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use vocab::{Offer, Promotion, PromotionId, Segment};

use super::Rejection;

/// The promotions that may matter to an order: those of its SKUs, and those that it names.
#[derive(Debug, Clone, Default)]
pub struct Promotions(BTreeMap<PromotionId, Promotion>);

impl FromIterator<Promotion> for Promotions {
    fn from_iter<I: IntoIterator<Item = Promotion>>(all: I) -> Self {
        Self(all.into_iter().map(|one| (one.id.clone(), one)).collect())
    }
}

impl Promotions {
    /// Returns the promotion that a term of `offer` has which starts at `at`: the one that is named or,
    /// where none is, the one that lowers the price the most, of equal ones that with the smallest id.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotPromoted`], [`Rejection::PromotionUnknown`] (PRO-1, PRO-2, TRI-8).
    ///
    /// Source: PRO-1, PRO-2, T-56.
    pub fn applied(
        &self,
        offer: &Offer,
        named: Option<&PromotionId>,
        segment: Segment,
        at: Timestamp,
    ) -> Result<Option<Promotion>, Rejection> {
        let Some(id) = named else { return Ok(self.best(offer, segment, at)) };
        let Some(promotion) = self.0.get(id) else {
            return Err(Rejection::PromotionUnknown { promotion: id.clone(), at });
        };
        match promotion.check(offer, Some(segment), at) {
            Ok(()) => Ok(Some(promotion.clone())),
            Err(why) => Err(Rejection::NotPromoted { promotion: id.clone(), why }),
        }
    }

    fn best(&self, offer: &Offer, segment: Segment, at: Timestamp) -> Option<Promotion> {
        let lowers = |one: &&Promotion| {
            one.check(offer, Some(segment), at).is_ok()
                && one.price(offer.price).minor < offer.price.minor
        };
        let eligible = self.0.values().filter(lowers);
        eligible.min_by_key(|one| (Reverse(one.percent), &one.id)).cloned()
    }
}

#[cfg(test)]
mod tests;
