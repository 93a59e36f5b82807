//! What lifecycle says in advance of a purchase: limits, because of what else the customer has, and the
//! figures of a first term whose end is given. It decides for good when the order starts.

use jiff::civil::Date;
use vocab::{ClockId, CustomerId, Money, Offer, OfferId, PartnerId, Promotion, SubscriptionId};

use super::{Alignment, Failure, can_align};

/// A line that might be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedLine {
    /// What.
    pub offer: Offer,
    /// Seats.
    pub quantity: i64,
    /// The promotion that would lower its price.
    pub promotion: Option<Promotion>,
    /// With what its first term would end.
    pub alignment: Option<Alignment>,
    /// The day on which it would start.
    pub starts_on: Date,
}

/// Orders that might be placed for a customer, each by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// For whom.
    pub customer: CustomerId,
    /// Who would sell it.
    pub partner: PartnerId,
    /// The test clock on which the customer lives.
    pub clock: Option<ClockId>,
    /// The orders.
    pub orders: Vec<Vec<ProposedLine>>,
    /// Whether it is shown with what first terms could end.
    pub wants_choices: bool,
}

/// What lifecycle says of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forecast {
    /// What speaks against it, in lifecycle's words.
    pub refusals: Vec<Failure>,
    /// What it would cost; `None` where that is not said.
    pub figures: Option<TermFigures>,
    /// With what its first term could end.
    pub choices: Vec<CoTermChoice>,
}

/// What a first term costs for all seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermFigures {
    /// Its first charge.
    pub first_charge: Money,
    /// All of it.
    pub term_total: Money,
}

/// An end that a first term could be given. Source: TRM-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoTermChoice {
    /// The last day of the term.
    pub ends_on: Date,
    /// The subscription with which it would end; `None` for the last day of a calendar month.
    pub with: Option<SubscriptionId>,
    /// Why it cannot be chosen; `None` when it can.
    pub refusal: Option<Failure>,
}

/// What lifecycle said, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Of what: it holds for nothing else.
    pub of: ProposedLine,
    /// What it said.
    pub said: Forecast,
}

/// Asks of offers whether a customer can have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgeOffers {
    /// Who.
    pub customer: CustomerId,
    /// Who would sell them; `None` for an operator, who sells nothing.
    pub partner: Option<PartnerId>,
    /// The offers.
    pub offers: Vec<OfferId>,
}

impl ProposedLine {
    /// Whether lifecycle may say something that decides whether the line is bought, or at what price.
    pub fn is_decided_elsewhere(&self) -> bool {
        self.alignment.is_some() || is_limited(&self.offer)
    }

    /// Whether lifecycle has something to show of it, besides.
    pub fn is_shown_elsewhere(&self) -> bool {
        self.is_decided_elsewhere() || can_align(&self.offer)
    }
}

/// Whether what else the customer has matters for a purchase of `offer`.
pub fn is_limited(offer: &Offer) -> bool {
    offer.kind.is_licence_based() || offer.restrictions.look_at_holdings()
}

/// Whether another number of seats would do, so that the offer itself is available (QTY-1).
pub fn is_too_few(refusal: &Failure) -> bool {
    refusal.reason == "MIN_ADDON_SEATS"
}
