//! The dates of terms and charge cycles. How a price is split over cycles is in `split`.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::calendar::{day_after, days_between, inclusive_end, months_after, start_of};
use vocab::{BillingCycle, Money, TermLength};

/// One term of a subscription: whole days in UTC, the last one included (TIM-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The first day. A term with a given end is a full term that was entered late, on this day
    /// (BIL-9).
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
    /// Its place among the cycles of the full term, or of what was left of it when its billing
    /// changed, from 1; 0 is a free evaluation (D-39).
    pub index: i32,
    /// The first day of the full cycle, which may lie before the term's (BIL-9).
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

    /// Returns the term of `length` that ends on `end` and is entered on `start`, which lies neither
    /// after `end` nor before the first day of the term that `start` would begin by itself.
    ///
    /// Source: BIL-9.
    pub const fn ending(end: Date, length: TermLength, anchor_day: i8, start: Date) -> Self {
        Self { start, end, length, anchor_day }
    }

    /// Returns the first day of the full term that ends with this one; where the term was not
    /// entered late, its own.
    ///
    /// A term of a month, or of years, that begins on the last days of a longer month ends with the
    /// one that begins after it; then it is itself the full term.
    ///
    /// Source: BIL-9, TIM-4.
    pub(super) fn full_start(&self) -> Date {
        months_after(day_after(self.end), -self.length.months(), self.anchor_day).min(self.start)
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

    /// Returns a free evaluation, before the cycles of the term that it precedes (D-39).
    pub(super) const fn evaluation(start: Date, end: Date, price: Money) -> Self {
        Self { index: 0, start, end, unit_price: Money::zero(price.currency) }
    }

    /// Returns its first day that is charged: its own, or the one on which `term` was entered.
    ///
    /// Source: BIL-9.
    pub(super) fn billed_from(&self, term: Option<Term>) -> Date {
        let entered = term.map(|term| term.start).filter(|start| *start <= self.end);
        entered.map_or(self.start, |start| start.max(self.start))
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

#[cfg(test)]
mod tests;
