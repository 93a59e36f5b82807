//! What a purchase costs: its first charge and its whole term.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use vocab::calendar::day_of;
use vocab::{Currency, Money, MoneyError, Offer, Promotion};

use super::{Rejection, TermFigures};

/// How many days of an evaluation follow its first. Source: D-39.
const EVALUATION_DAYS_AFTER_FIRST: i32 = 29;

/// What one line costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The first charge, for all seats: the first cycle's, or nothing during an evaluation.
    pub first_charge: Money,
    /// The whole term, for all seats; the single price of what is bought once.
    pub term_total: Money,
}

impl Quote {
    /// Quotes `quantity` seats of `offer` at `term_price` for a seat's whole term: rounded per seat,
    /// then multiplied. A free evaluation comes before the first paid cycle.
    ///
    /// # Errors
    ///
    /// [`Rejection::AmountTooLarge`].
    ///
    /// Source: BIL-4, D-11, ORD-8, D-39.
    pub fn of(offer: &Offer, term_price: Money, quantity: i64) -> Result<Self, Rejection> {
        let too_large = |_: MoneyError| Rejection::AmountTooLarge { quantity };
        let first = if offer.includes_evaluation {
            Money::zero(term_price.currency)
        } else {
            first_cycle_price(offer, term_price)
        };
        Ok(Self {
            first_charge: first.checked_mul(quantity).map_err(too_large)?,
            term_total: term_price.checked_mul(quantity).map_err(too_large)?,
        })
    }
}

impl From<TermFigures> for Quote {
    fn from(said: TermFigures) -> Self {
        Self { first_charge: said.first_charge, term_total: said.term_total }
    }
}

/// Returns what a seat costs for a whole term, the promotion taken off.
///
/// Source: PRO-1.
pub fn term_price(offer: &Offer, promotion: Option<&Promotion>) -> Money {
    promotion.map_or(offer.price, |promotion| promotion.price(offer.price))
}

/// Returns the last day of the free evaluation of what starts at `starts_at`; `None` without one.
///
/// Source: ORD-8, D-39.
pub fn evaluation_end(offer: &Offer, starts_at: Timestamp) -> Option<Date> {
    let last = || day_of(starts_at).saturating_add(EVALUATION_DAYS_AFTER_FIRST.days());
    offer.includes_evaluation.then(last)
}

/// Returns the price per seat of a term's first cycle: an equal part rounded half up or, where the
/// last part would be negative then, rounded down.
///
/// Source: BIL-4.
fn first_cycle_price(offer: &Offer, term_price: Money) -> Money {
    let months = offer.term.zip(offer.billing.months());
    let count = months.map_or(1, |(term, cycle)| i64::from(term.months() / cycle).max(1));
    let rounded = term_price.share(1, count);
    if term_price.minor < rounded.minor.saturating_mul(count - 1) {
        return Money::of_minor(term_price.minor.div_euclid(count), term_price.currency);
    }
    rounded
}

/// Returns what the first charges add up to, one for each currency in alphabetical order.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
pub fn totals(first_charges: impl Iterator<Item = Money>) -> Result<Vec<Money>, MoneyError> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for charge in first_charges {
        let sum = sums.entry(charge.currency).or_insert(Money::zero(charge.currency));
        *sum = sum.checked_add(charge)?;
    }
    Ok(sums.into_values().collect())
}

#[cfg(test)]
mod tests;
