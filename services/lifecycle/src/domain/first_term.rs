//! The first term of a purchase: when it begins and ends, and what it costs. That it starts, is in
//! `start`.

use jiff::ToSpan;
use jiff::civil::Date;
use vocab::{CustomerId, Money, MoneyError, PartnerId, Promotion};

use super::co_term::{aligned, choices};
use super::limits::Holding;
use super::split::Split;
use super::{CoTerm, CoTermChoice, Cycle, NoSuchEnd, Occasion, OfferTerms, Term};

/// The days of a free evaluation, the start date included (D-39).
const EVALUATION_DAYS: i64 = 30;

/// What is bought, by whom, on which day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deal<'a> {
    pub(super) customer: CustomerId,
    pub(super) partner: PartnerId,
    pub(super) offer: &'a OfferTerms,
    pub(super) promotion: Option<&'a Promotion>,
    pub(super) co_term: Option<CoTerm>,
    pub(super) day: Date,
}

/// The first term of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FirstTerm {
    /// The price per seat for the whole term, or once.
    pub(super) price: Money,
    /// The last day of the free evaluation that precedes the term.
    pub(super) evaluation_ends_on: Option<Date>,
    /// The term; `None` for what is bought once.
    pub(super) term: Option<Term>,
    /// The cycle that begins with the purchase: the evaluation, or the first that is paid for.
    pub(super) cycle: Cycle,
    /// The first cycle that is paid for.
    paid: Cycle,
    /// What the cycles after that one cost per seat.
    later: Money,
}

/// What a purchase would come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The last day of the first term; `None` for what is bought once.
    pub ends_on: Option<Date>,
    /// What the first charge would be for all seats; after an evaluation, that of the paid term.
    pub first_charge: Money,
    /// What the first term would cost in all, for all seats.
    pub term_total: Money,
}

impl Deal<'_> {
    /// Returns the first term: it begins with the purchase, or after a free evaluation, which nobody
    /// can waive.
    ///
    /// # Errors
    ///
    /// [`NoSuchEnd`] (TRM-8).
    ///
    /// Source: PRO-1, TIM-3, TIM-5, BIL-9, ORD-8, D-39.
    pub(super) fn first_term(&self, at: Occasion<'_>) -> Result<FirstTerm, NoSuchEnd> {
        let offer = self.offer;
        let price = self.promotion.map_or(offer.price, |promotion| promotion.price(offer.price));
        let Some(natural) = self.natural_term() else {
            if self.co_term.is_some() {
                let (kind, is_trial) = (offer.product.kind, offer.product.is_trial);
                return Err(NoSuchEnd::NotOffered { kind, is_trial });
            }
            return Ok(FirstTerm::once(self.day, price));
        };
        let term = match self.co_term {
            Some(wanted) => aligned(offer, natural, wanted, &self.holdings(at))?,
            None => natural,
        };
        let split = Split::of(&term, offer.billing, price);
        let paid = split.around(term.start);
        let evaluation_ends_on = self.evaluation_ends_on();
        let evaluation = evaluation_ends_on.map(|end| Cycle::evaluation(self.day, end, price));
        Ok(FirstTerm {
            price,
            evaluation_ends_on,
            term: Some(term),
            cycle: evaluation.unwrap_or(paid),
            paid,
            later: split
                .after(&paid)
                .map_or(Money::zero(price.currency), |next| split.left_before(next.index)),
        })
    }

    /// Returns the ends that the first term could be given (TRM-8).
    pub(super) fn choices(&self, at: Occasion<'_>) -> Vec<CoTermChoice> {
        self.natural_term()
            .map(|natural| choices(self.offer, natural, &self.holdings(at)))
            .unwrap_or_default()
    }

    fn natural_term(&self) -> Option<Term> {
        let start = match self.evaluation_ends_on() {
            Some(last) => vocab::calendar::day_after(last),
            None => self.day,
        };
        self.offer.length.map(|length| Term::starting(start, length, start.day()))
    }

    fn evaluation_ends_on(&self) -> Option<Date> {
        let offer = self.offer;
        let has_one = offer.includes_evaluation && offer.length.is_some();
        let last = || self.day.checked_add((EVALUATION_DAYS - 1).days()).ok();
        has_one.then(last).flatten().filter(|_| !offer.product.is_trial)
    }

    /// Returns what the customer has of this partner.
    fn holdings(&self, at: Occasion<'_>) -> Vec<Holding> {
        at.held.sold_by(self.partner, self.customer)
    }
}

impl FirstTerm {
    const fn once(day: Date, price: Money) -> Self {
        let cycle = Cycle::once(day, price);
        Self {
            price,
            evaluation_ends_on: None,
            term: None,
            cycle,
            paid: cycle,
            later: Money::zero(price.currency),
        }
    }

    /// Returns what it comes to for `quantity` seats.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Overflow`].
    pub(super) fn quote(&self, quantity: i64) -> Result<Quote, MoneyError> {
        let from = self.term.map_or(self.paid.start, |term| term.start.max(self.paid.start));
        let first = self.paid.price_from(from);
        Ok(Quote {
            ends_on: self.term.map(|term| term.end),
            first_charge: first.checked_mul(quantity)?,
            term_total: first.checked_add(self.later)?.checked_mul(quantity)?,
        })
    }
}

#[cfg(test)]
mod tests;
