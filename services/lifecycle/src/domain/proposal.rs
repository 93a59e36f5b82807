//! Orders that might be placed: what speaks against them, and what they would come to.

use vocab::calendar::day_of;
use vocab::{ClockId, CustomerId, PartnerId, Promotion};

use super::first_term::Deal;
use super::{Basket, CoTerm, CoTermChoice, Occasion, OfferTerms, Quote, Rejection, Wanted, judge};

/// Orders that might be placed for a customer, each by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Who is to have it.
    pub customer: CustomerId,
    /// Who would sell it.
    pub partner: PartnerId,
    /// The test clock on which the customer lives.
    pub clock: Option<ClockId>,
    /// The orders.
    pub orders: Vec<Vec<Proposed>>,
    /// Whether the ends that first terms could be given are wanted.
    pub wants_choices: bool,
}

/// A line of an order that might be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// What.
    pub offer: OfferTerms,
    /// The seats.
    pub quantity: i64,
    /// The promotion that would lower its price.
    pub promotion: Option<Promotion>,
    /// The end that its first term would have.
    pub co_term: Option<CoTerm>,
}

/// What is said of a line of an order that might be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Everything that speaks against it, the first first.
    pub refusals: Vec<Rejection>,
    /// What it would come to; `None` where its term cannot be had.
    pub quote: Option<Quote>,
    /// The ends that its first term could be given, where they are wanted.
    pub choices: Vec<CoTermChoice>,
}

/// Judges one order that might be placed now, line by line.
///
/// Source: ORD-4, ORD-11, TRM-8.
pub fn propose(proposal: &Proposal, order: &[Proposed], at: Occasion<'_>) -> Vec<Judged> {
    let (customer, partner) = (proposal.customer, proposal.partner);
    let wanted = order.iter();
    let lines: Vec<_> = wanted
        .map(|line| Wanted { product: &line.offer.product, quantity: line.quantity })
        .collect();
    let limits = judge(Basket { customer, partner, lines: &lines }, at);
    let judged = order.iter().zip(limits).map(|(line, limits)| {
        let deal = Deal {
            customer,
            partner,
            offer: &line.offer,
            promotion: line.promotion.as_ref(),
            co_term: line.co_term,
            day: day_of(at.now),
        };
        let first_term = deal.first_term(at);
        let quote = first_term.as_ref().ok().and_then(|term| term.quote(line.quantity).ok());
        let refusals = limits
            .into_iter()
            .map(Rejection::from)
            .chain(first_term.err().map(Rejection::from))
            .collect();
        let choices = if proposal.wants_choices { deal.choices(at) } else { Vec::new() };
        Judged { refusals, quote, choices }
    });
    judged.collect()
}
