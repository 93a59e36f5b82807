//! Orders from before: software that was bought elsewhere, brought in with its own dates. What then
//! becomes of it is lifecycle's.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::{
    BillingCycle, CustomerId, Money, Offer, OfferId, OrderId, PartnerId, ProductKind, Restrictions,
    TermLength,
};

use super::{
    Customer, HistoryFault, HistoryRejection, Order, Partner, PastPlace, Quote, Rejection,
};

/// Software ordered from 2021-10-14T00:00:00Z on is sold here, and not brought in (D-2, TRP-16).
pub const HISTORY_ENDS_AT: Timestamp = Timestamp::constant(1_634_169_600, 0);

/// Orders of one customer to be brought in, all of them or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportHistory {
    /// Whose.
    pub customer: CustomerId,
    /// What was ordered.
    pub orders: Vec<PastOrder>,
}

/// An order as it was placed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastOrder {
    /// Who sold it.
    pub partner: PartnerId,
    /// Its name in the partner's own books, by which it is known again.
    pub reference: String,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// What was ordered.
    pub lines: Vec<PastLine>,
}

/// A line of it, as it was sold then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLine {
    /// An offer of the same SKU, which says what the software is.
    pub offer: OfferId,
    /// Seats, or copies: 1 or more.
    pub quantity: i64,
    /// Per seat for the whole term, or once.
    pub price: Money,
    /// Whether the price includes tax (MKT-3).
    pub tax_included: bool,
    /// How long a term was; `None` for what was bought once.
    pub term: Option<TermLength>,
    /// How often its price was charged.
    pub billing: BillingCycle,
    /// A label; empty for the product's title.
    pub friendly_name: String,
}

/// How an order came here that was placed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroughtIn {
    /// Its name in the partner's own books.
    pub reference: String,
    /// When, by the customer's clock: what was due by then was billed elsewhere (T-64).
    pub at: Timestamp,
    /// The operator's subject.
    pub actor: String,
}

/// What was brought in under a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// For whom.
    pub customer: CustomerId,
    /// What it became.
    pub order: OrderId,
    /// What was said of it.
    pub past: PastOrder,
}

/// Orders that were brought in, now or before, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// In the order of the request.
    pub orders: Vec<Order>,
    /// Which of them are only shown, and have no name yet.
    pub shown: Vec<OrderId>,
}

/// What an import is judged by.
#[derive(Debug)]
pub struct Records<'a> {
    /// For whom.
    pub customer: &'a Customer,
    /// The partners that have a relationship with the customer.
    pub partners: BTreeMap<PartnerId, Partner>,
    /// What the price list says of offers, whatever their date.
    pub offers: BTreeMap<OfferId, Offer>,
    /// What was brought in before, by partner and reference.
    pub kept: BTreeMap<(PartnerId, String), Kept>,
    /// When, by the customer's clock.
    pub now: Timestamp,
}

impl Records<'_> {
    /// Returns what an order was brought in as before, if it was.
    pub fn kept(&self, past: &PastOrder) -> Option<&Kept> {
        self.kept.get(&(past.partner, past.reference.clone()))
    }

    /// Returns everything that speaks against bringing in `orders`, in their order.
    ///
    /// Source: D-2, ORD-9, PAR-1, PAR-2, T-63, T-65.
    pub fn judge(&self, orders: &[PastOrder]) -> Vec<Rejection> {
        let of_order = |(index, past): (usize, &PastOrder)| {
            let whole = self.against(past).into_iter().map(|fault| (None, fault));
            let of_lines = past.lines.iter().enumerate().flat_map(|(line, one)| {
                self.against_line(one).into_iter().map(move |fault| (Some(line), fault))
            });
            // What was brought in before is not judged anew.
            let is_new = self.kept(past).is_none();
            let faults: Vec<_> =
                if is_new { whole.chain(of_lines).collect() } else { self.other(past) };
            faults.into_iter().map(move |(line, fault)| {
                let place = PastPlace { order: index, line };
                Rejection::History(Box::new(HistoryRejection { place, fault }))
            })
        };
        orders.iter().enumerate().flat_map(of_order).collect()
    }

    /// Says whether the reference is that of another order.
    fn other(&self, past: &PastOrder) -> Vec<(Option<usize>, HistoryFault)> {
        let is_other = |kept: &&Kept| kept.past != *past || kept.customer != self.customer.id;
        let fault = |kept: &Kept| HistoryFault::ReferenceTaken {
            reference: past.reference.clone(),
            customer: kept.customer,
            order: kept.order,
        };
        self.kept(past).filter(is_other).map(|kept| (None, fault(kept))).into_iter().collect()
    }

    fn against(&self, past: &PastOrder) -> Vec<HistoryFault> {
        let PastOrder { partner, ordered_at, .. } = past;
        let (ordered_at, now) = (*ordered_at, self.now);
        let is_recent = HISTORY_ENDS_AT <= ordered_at;
        let seller = match self.partners.get(partner) {
            None => Some(HistoryFault::NoRelationship { partner: *partner }),
            Some(known) => {
                let provider = known.check_transacts().err().and(known.facts.provider);
                let partner = *partner;
                provider.map(|provider| HistoryFault::SoldByProvider { partner, provider })
            }
        };
        let recent = is_recent.then_some(HistoryFault::TooRecent { ordered_at });
        let future = (now < ordered_at).then_some(HistoryFault::InFuture { ordered_at, now });
        seller.into_iter().chain(recent).chain(future).collect()
    }

    fn against_line(&self, line: &PastLine) -> Vec<HistoryFault> {
        let Some(offer) = self.offers.get(&line.offer) else {
            return vec![HistoryFault::OfferUnknown { offer: line.offer.clone() }];
        };
        let facts = &self.customer.facts;
        let kind = offer.kind;
        let id = || offer.id.clone();
        if !kind.is_software() || offer.is_trial {
            return vec![HistoryFault::NotSoftware { offer: id(), kind, is_trial: offer.is_trial }];
        }
        let other_market =
            HistoryFault::OtherMarket { offer: id(), sold_in: offer.market, market: facts.market };
        let other_cloud =
            HistoryFault::OtherCloud { offer: id(), sold_in: offer.cloud, cloud: facts.cloud };
        let plan = HistoryFault::PlanImpossible { kind, term: line.term, billing: line.billing };
        let amount = HistoryFault::AmountTooLarge { quantity: line.quantity };
        [
            (offer.market != facts.market).then_some(other_market),
            (offer.cloud != facts.cloud).then_some(other_cloud),
            (!is_possible(kind, line)).then_some(plan),
            Quote::of(&line.as_sold(offer), line.price, line.quantity).is_err().then_some(amount),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl PastLine {
    /// Returns the offer as it was sold then. `listed` says what the software is; its present price,
    /// limits and policy did not hold.
    ///
    /// Source: D-1, T-63.
    pub fn as_sold(&self, listed: &Offer) -> Offer {
        Offer {
            term: self.term,
            billing: self.billing,
            price: self.price,
            tax_included: self.tax_included,
            min_quantity: 1,
            max_quantity: None,
            cancellation_policy: None,
            restrictions: Restrictions::default(),
            ..listed.clone()
        }
    }
}

/// Whether software of a kind can have had the term and billing of a line.
///
/// Source: TRM-1, TRM-4.
fn is_possible(kind: ProductKind, line: &PastLine) -> bool {
    match line.term {
        None => kind.is_perpetual() && line.billing == BillingCycle::OneTime,
        Some(term) => {
            let fits = line.billing.months().is_some_and(|months| months <= term.months());
            !kind.is_perpetual() && fits
        }
    }
}

#[cfg(test)]
mod tests;
