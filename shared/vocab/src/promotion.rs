//! Promotions, as every service knows them: what one lowers, and for whom. Which term took which one,
//! and how a service comes to know them, is not here.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar::day_of;
use crate::{Market, Money, Offer, PromotionId, Segment, SkuId, TermLength};

/// A lower price for a whole term (PRO-1).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Promotion {
    /// Its id in the imported catalog.
    pub id: PromotionId,
    /// For people.
    pub title: String,
    /// By how much it lowers a term's price: 1 to 100.
    pub percent: i64,
    /// The SKUs that it is for; at least one.
    pub skus: BTreeSet<SkuId>,
    /// The markets that it is for; all when empty.
    pub markets: BTreeSet<Market>,
    /// The segments that it is for; all when empty.
    pub segments: BTreeSet<Segment>,
    /// The terms that it is for; all when empty.
    pub terms: BTreeSet<TermLength>,
    /// The first day on which a term may start with it.
    pub from: Date,
    /// The last one; that whole day belongs to it.
    pub until: Date,
}

/// What one revision of the catalog says of a promotion, from an instant on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PromotionVersion {
    /// The promotion; of a withdrawn one, what it was.
    pub promotion: Promotion,
    /// Since when this holds.
    pub effective_at: Timestamp,
    /// The revision that says so; of two with one instant the greater wins.
    pub revision: i64,
    /// Whether there is none any more.
    pub is_withdrawn: bool,
}

/// Why a promotion does not apply to an offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPromoted {
    /// It has not begun, or is over.
    #[error("the promotion is for terms that start from {from} through {until}")]
    NotInForce {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// The offer is of another SKU.
    #[error("the promotion is for other SKUs than {sku}")]
    OtherSku {
        /// The offer's.
        sku: SkuId,
    },
    /// The offer is sold elsewhere.
    #[error("the promotion is not for the market {market}")]
    OtherMarket {
        /// The offer's.
        market: Market,
    },
    /// The customer is of another segment.
    #[error("the promotion is for other segments")]
    OtherSegment,
    /// The offer has another term, or none.
    #[error("the promotion is for other terms")]
    OtherTerm,
    /// The offer is a trial.
    #[error("promotions never apply to trials")]
    Trial,
}

impl NotPromoted {
    /// Returns the reason, as callers match on it.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotInForce { .. } => "PROMOTION_NOT_IN_FORCE",
            Self::OtherSku { .. } => "PROMOTION_OTHER_SKU",
            Self::OtherMarket { .. } => "PROMOTION_MARKET",
            Self::OtherSegment => "PROMOTION_SEGMENT",
            Self::OtherTerm => "PROMOTION_TERM",
            Self::Trial => "PROMOTION_TRIAL",
        }
    }

    /// Returns the id of the rule.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NotInForce { .. } | Self::OtherMarket { .. } | Self::OtherSegment => "PRO-2",
            Self::OtherSku { .. } | Self::OtherTerm => "PRO-1",
            Self::Trial => "TRI-8",
        }
    }

    /// Returns every value of the message.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotInForce { from, until } => {
                vec![("from", from.to_string()), ("until", until.to_string())]
            }
            Self::OtherSku { sku } => vec![("sku", sku.to_string())],
            Self::OtherMarket { market } => vec![("market", market.to_string())],
            Self::OtherSegment | Self::OtherTerm | Self::Trial => vec![],
        }
    }
}

impl Promotion {
    /// Returns what a term costs with it, `round(list × (100 − percent) / 100)`, half up: once, before
    /// the price is split into parts.
    ///
    /// Source: PRO-1, D-11.
    pub fn price(&self, list: Money) -> Money {
        list.share(100 - self.percent, 100)
    }

    /// Whether a term that starts at an instant may have it: on its days, in UTC, both included.
    ///
    /// Source: PRO-2, TIM-1.
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        (self.from..=self.until).contains(&day_of(at))
    }

    /// Tells whether it applies to a term of `offer` that starts at `at`, for a customer of `segment`;
    /// without one, for any to whom the offer is sold.
    ///
    /// # Errors
    ///
    /// [`NotPromoted`]: the first of its reasons in the order trial, SKU, days, market, term, segment.
    ///
    /// Source: PRO-1, PRO-2, TRI-8.
    pub fn check(
        &self,
        offer: &Offer,
        segment: Option<Segment>,
        at: Timestamp,
    ) -> Result<(), NotPromoted> {
        if offer.is_trial {
            return Err(NotPromoted::Trial);
        }
        self.check_term(&offer.sku, offer.market, offer.term, at)?;
        let fits = match segment {
            Some(segment) => self.is_for(Some(segment)),
            None => offer.segments.iter().any(|segment| self.is_for(Some(*segment))),
        };
        if fits { Ok(()) } else { Err(NotPromoted::OtherSegment) }
    }

    /// Tells whether it applies to a term of a SKU in a market that starts at `at`, whoever buys it.
    ///
    /// # Errors
    ///
    /// [`NotPromoted`]: the first of its reasons in the order SKU, days, market, term.
    ///
    /// Source: PRO-1, PRO-2.
    pub fn check_term(
        &self,
        sku: &SkuId,
        market: Market,
        length: Option<TermLength>,
        at: Timestamp,
    ) -> Result<(), NotPromoted> {
        if !self.skus.contains(sku) {
            return Err(NotPromoted::OtherSku { sku: sku.clone() });
        }
        if !self.is_in_force(at) {
            return Err(NotPromoted::NotInForce { from: self.from, until: self.until });
        }
        if !has(&self.markets, &market) {
            return Err(NotPromoted::OtherMarket { market });
        }
        // What is bought once has no term whose price could be lowered.
        if length.is_some_and(|length| has(&self.terms, &length)) {
            Ok(())
        } else {
            Err(NotPromoted::OtherTerm)
        }
    }

    /// Whether it is for customers of `segment`; where that is not known, whether it is for all.
    ///
    /// Source: PRO-2.
    pub fn is_for(&self, segment: Option<Segment>) -> bool {
        self.segments.is_empty() || segment.is_some_and(|segment| self.segments.contains(&segment))
    }
}

/// Whether a list names something; an empty one names all.
fn has<T: Ord>(list: &BTreeSet<T>, one: &T) -> bool {
    list.is_empty() || list.contains(one)
}

#[cfg(test)]
mod tests;
