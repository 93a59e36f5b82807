//! How a term's price is split over its charge cycles (BIL-4), and what is left of it over those that
//! follow a change of its billing (D-40).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::calendar::{day_after, day_before, months_after};
use vocab::{BillingCycle, Money};

use super::{Cycle, Term};

/// Since when a term is charged at its present frequency, where that has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebilled {
    /// The first day of the first cycle of that frequency: a boundary of the one before.
    pub since: Date,
    /// What was left of the term's price per seat on that day.
    pub left: Money,
}

/// The cycles over which a price is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    /// The first day of the first cycle.
    from: Date,
    /// The last day of the last one.
    to: Date,
    anchor_day: i8,
    /// The calendar months of a cycle.
    months: i32,
    /// How many cycles there are; the last may be shorter.
    count: i32,
    /// What each but the last costs per seat.
    part: i64,
    /// What all cost together.
    whole: Money,
}

impl Split {
    /// Returns the cycles of a full term that costs `price` per seat.
    ///
    /// Source: BIL-4, BIL-9.
    pub(super) fn of(term: &Term, billing: BillingCycle, price: Money) -> Self {
        Self::since(term, billing, price, Rebilled { since: term.full_start(), left: price })
    }

    /// Returns the cycles that follow a change of billing in a term that costs `price` per seat: a
    /// full one costs what it would in the whole term, the last takes what is left.
    ///
    /// Source: D-40.
    pub(super) fn since(
        term: &Term,
        billing: BillingCycle,
        price: Money,
        rebilled: Rebilled,
    ) -> Self {
        let months = billing.months().unwrap_or(term.length.months()).max(1);
        let of_whole_term = i64::from((term.length.months() / months).max(1));
        let left_months = months_between(rebilled.since, day_after(term.end));
        let count = ((left_months + months - 1) / months).max(1);
        let part = part(price, of_whole_term, rebilled.left, i64::from(count) - 1);
        Self {
            from: rebilled.since,
            to: term.end,
            anchor_day: term.anchor_day,
            months,
            count,
            part,
            whole: rebilled.left,
        }
    }

    /// Returns how many cycles there are.
    pub(super) const fn count(&self) -> i32 {
        self.count
    }

    /// Returns the cycle at place `index`, from 1.
    pub(super) fn cycle(&self, index: i32) -> Cycle {
        let is_last = self.count <= index;
        let start = if index <= 1 { self.from } else { self.starts_on(index) };
        let end = if is_last { self.to } else { day_before(self.starts_on(index + 1)) };
        let minor = if is_last { self.left_before(index).minor } else { self.part };
        Cycle { index, start, end, unit_price: Money::of_minor(minor, self.whole.currency) }
    }

    /// Returns the cycle to which `day` belongs; the last one for a day after them all.
    pub(super) fn around(&self, day: Date) -> Cycle {
        let found = (1..self.count).find(|index| day < self.starts_on(index + 1));
        self.cycle(found.unwrap_or(self.count))
    }

    /// Returns the cycle that follows `cycle`; `None` after the last.
    pub(super) fn after(&self, cycle: &Cycle) -> Option<Cycle> {
        (cycle.index < self.count).then(|| self.cycle(cycle.index + 1))
    }

    /// Returns what cycle `index` and those after it cost together per seat.
    pub(super) fn left_before(&self, index: i32) -> Money {
        let spent = self.part * i64::from((index - 1).max(0));
        Money::of_minor(self.whole.minor - spent, self.whole.currency)
    }

    fn starts_on(&self, index: i32) -> Date {
        months_after(self.from, (index - 1) * self.months, self.anchor_day)
    }
}

/// Returns the price of a full cycle: an equal part of the whole price, rounded half up; rounded down
/// where the last cycle of a whole term, or of `before_last` + 1, would have less than nothing left.
///
/// Source: BIL-4, D-40.
fn part(price: Money, cycles: i64, left: Money, before_last: i64) -> i64 {
    let rounded = price.share(1, cycles).minor;
    if rounded * (cycles - 1) <= price.minor && rounded * before_last <= left.minor {
        return rounded;
    }
    price.minor.div_euclid(cycles).min(left.minor.div_euclid(before_last + 1))
}

/// Returns the calendar months from the month of `from` to that of `to`.
pub(super) fn months_between(from: Date, to: Date) -> i32 {
    let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
    months(to) - months(from)
}

#[cfg(test)]
mod tests;
