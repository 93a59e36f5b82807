//! The dates of terms and charge cycles, and how a term's price is split over its cycles (BIL-4).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::calendar::{day_after, day_before, days_between, inclusive_end, months_after, start_of};
use vocab::{BillingCycle, Money, TermLength};

/// One term of a subscription: whole days in UTC, the last one included (TIM-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The first day.
    pub start: Date,
    /// The last day, which belongs to the term.
    pub end: Date,
    /// Its length.
    pub length: TermLength,
    /// The day of the month, 1 to 31, on which terms and cycles start where the month has it
    /// (TIM-4).
    pub anchor_day: i8,
}

/// One billing period of a term, or the single charge of a perpetual purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle {
    /// Its place in the term, from 1.
    pub index: i32,
    /// The first day.
    pub start: Date,
    /// The last day, which belongs to the cycle.
    pub end: Date,
    /// The price per seat for the whole cycle.
    pub unit_price: Money,
}

impl Term {
    /// Returns the term of `length` that starts on `start`.
    ///
    /// Source: TIM-3, TIM-4.
    pub fn starting(start: Date, length: TermLength, anchor_day: i8) -> Self {
        Self { start, end: inclusive_end(start, length, anchor_day), length, anchor_day }
    }

    /// Returns the first instant after the term: 00:00Z of the day after its last one (TIM-2).
    pub fn over_at(&self) -> Timestamp {
        start_of(day_after(self.end))
    }
}

/// Whether a term of `length` can be charged every `billing`.
///
/// Source: TRM-4.
pub(super) fn can_be_billed(length: TermLength, billing: BillingCycle) -> bool {
    billing.months().is_some_and(|months| months <= length.months())
}

impl Cycle {
    /// Returns the single charge of what is bought once, on its day.
    pub(super) const fn once(day: Date, price: Money) -> Self {
        Self { index: 1, start: day, end: day, unit_price: price }
    }

    /// Returns the cycle at place `index`, from 1, of a term that costs `price` per seat.
    ///
    /// Boundaries follow the term's anchor day.
    ///
    /// Source: BIL-4, TIM-4.
    pub(super) fn at(index: i32, term: &Term, billing: BillingCycle, price: Money) -> Self {
        let months = billing.months().unwrap_or(term.length.months());
        let count = (term.length.months() / months).max(1);
        let starts_on =
            |index: i32| months_after(term.start, (index - 1) * months, term.anchor_day);
        let start = if index <= 1 { term.start } else { starts_on(index) };
        let end = if index < count { day_before(starts_on(index + 1)) } else { term.end };
        Self { index, start, end, unit_price: cycle_price(price, count, index) }
    }

    /// Returns the cycle that follows in the same term; `None` after the last.
    pub(super) fn after(&self, term: &Term, billing: BillingCycle, price: Money) -> Option<Self> {
        (self.end < term.end).then(|| Self::at(self.index + 1, term, billing, price))
    }

    /// Returns how many calendar days the cycle has (PCX-6).
    pub fn days(&self) -> i64 {
        self.days_from(self.start)
    }

    /// Returns how many of its days are left from `day` on, `day` included.
    pub(super) fn days_from(&self, day: Date) -> i64 {
        (days_between(day, self.end) + 1).max(0)
    }

    /// Returns what a seat pays for the cycle from `day` on, `day` included.
    ///
    /// Source: BIL-3, D-11.
    pub(super) fn price_from(&self, day: Date) -> Money {
        self.unit_price.share(self.days_from(day), self.days())
    }
}

/// Returns the price per seat of cycle `index` of `count`: an equal part rounded half up, the last
/// one what is left. Where nothing would be left the parts are rounded down.
fn cycle_price(price: Money, count: i32, index: i32) -> Money {
    let count = i64::from(count);
    let before_last = count - 1;
    let rounded = price.share(1, count).minor;
    let part =
        if rounded * before_last > price.minor { price.minor.div_euclid(count) } else { rounded };
    let minor = if i64::from(index) < count { part } else { price.minor - part * before_last };
    Money::of_minor(minor, price.currency)
}

#[cfg(test)]
mod tests;
