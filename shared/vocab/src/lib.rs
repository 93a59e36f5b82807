//! The nouns that more than one service uses: typed ids, money, terms, and the closed lists of the
//! rulebook. Nothing here decides anything, and nothing here knows a database or a wire format.

pub mod calendar;
mod id;
mod kind;
mod money;
mod offer;
mod promotion;
mod restrictions;
mod text_enum;

pub use calendar::TermLength;
pub use id::*;
pub use kind::*;
pub use money::{Currency, Money, MoneyError};
pub use offer::{BlockedMarkets, Fulfilment, Offer, OfferVersion};
pub use promotion::{NotPromoted, Promotion, PromotionVersion};
pub use restrictions::{QuantityRule, QuantityRuleKind, Restrictions, Workload};
