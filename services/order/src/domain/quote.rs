//! What a purchase costs: its first charge and its whole term.

use std::collections::BTreeMap;

use vocab::{Currency, Money, MoneyError, Offer};

use super::Rejection;

/// What one line costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// The first cycle, for all seats.
    pub first_charge: Money,
    /// The whole term, for all seats; the single price of what is bought once.
    pub term_total: Money,
}

impl Quote {
    /// Quotes `quantity` seats of `offer`: rounded per seat, then multiplied.
    ///
    /// # Errors
    ///
    /// [`Rejection::AmountTooLarge`].
    ///
    /// Source: BIL-4, D-11.
    pub fn of(offer: &Offer, quantity: i64) -> Result<Self, Rejection> {
        let too_large = |_: MoneyError| Rejection::AmountTooLarge { quantity };
        Ok(Self {
            first_charge: first_cycle_price(offer).checked_mul(quantity).map_err(too_large)?,
            term_total: offer.price.checked_mul(quantity).map_err(too_large)?,
        })
    }
}

/// Returns the price per seat of a term's first cycle: an equal part rounded half up or, where the
/// last part would be negative then, rounded down.
///
/// Source: BIL-4.
fn first_cycle_price(offer: &Offer) -> Money {
    let months = offer.term.zip(offer.billing.months());
    let count = months.map_or(1, |(term, cycle)| i64::from(term.months() / cycle).max(1));
    let rounded = offer.price.share(1, count);
    if offer.price.minor < rounded.minor.saturating_mul(count - 1) {
        return Money::of_minor(offer.price.minor.div_euclid(count), offer.price.currency);
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
