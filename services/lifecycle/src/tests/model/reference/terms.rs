//! The days of terms and cycles, and how a term's price is split over them (TIM, BIL-4, BIL-9).

use super::super::calendar::Day;
use super::Life;
use super::money::{Cycle, rounded};

/// The last day of a term that begins on `first` and is so many months long (TIM-3, TIM-4).
pub fn natural_end(first: Day, months: i32, anchor: i32) -> Day {
    let mut last = first;
    loop {
        let next = last.next();
        if next.months_since(first) == months && next.is_anchored(anchor) {
            return last;
        }
        last = next;
    }
}

/// The first day of a term that ends on `last` and is so many months long.
pub fn natural_start(last: Day, months: i32, anchor: i32) -> Day {
    let mut first = last;
    while last.next().months_since(first) != months || !first.is_anchored(anchor) {
        first = first.previous();
    }
    first
}

impl Life {
    /// Begins a term that costs `full_price` without a promotion. One that is shorter than its plan says is a
    /// full term that ends on the same day, and is entered late (BIL-9).
    pub(super) fn enter_term(&mut self, (first, last): (Day, Day), anchor: i32, full_price: i64) {
        (self.term, self.anchor) = ((first, last), anchor);
        self.price = self.lowered(full_price);
        // One that begins even before that is itself the full term.
        let begins = natural_start(last, self.plan.months, anchor).min(first);
        self.cycles = self.split(begins, self.price);
        self.cycle = self.cycle_around(first);
    }

    pub(super) fn cycle_around(&self, day: Day) -> Cycle {
        let is_around = |cycle: &&Cycle| cycle.first <= day && day <= cycle.last;
        *self.cycles.iter().find(is_around).unwrap()
    }

    /// Splits what is left of the term's price over the cycles from a day through the term's end. Each
    /// costs an equal part of the whole price, rounded half up, or down where that is too much for the
    /// whole term; the last one takes what is left (BIL-4, D-40).
    pub(super) fn split(&self, from: Day, left: i64) -> Vec<Cycle> {
        let count = i64::from(self.plan.months / self.plan.billed_every);
        let mut part = rounded(self.price, count);
        if self.price < part * (count - 1) {
            part = self.price / count;
        }
        let mut cycles = self.days_of_cycles(from, part);
        let before_last = i64::try_from(cycles.len()).unwrap() - 1;
        cycles.last_mut().unwrap().price = left - part * before_last;
        cycles
    }

    fn days_of_cycles(&self, from: Day, price: i64) -> Vec<Cycle> {
        let (mut cycles, mut first, mut last) = (vec![], from, from);
        while last != self.term.1 {
            let next = last.next();
            let months = next.months_since(from);
            let is_boundary = 0 < months && months % self.plan.billed_every == 0;
            if is_boundary && next.is_anchored(self.anchor) {
                cycles.push(Cycle { first, last, price });
                first = next;
            }
            last = next;
        }
        cycles.push(Cycle { first, last, price });
        cycles
    }

    /// What a seat costs with the promotion of the term, rounded once (PRO-1).
    fn lowered(&self, list: i64) -> i64 {
        let promotions = super::super::plans::PROMOTIONS.iter();
        let own = promotions.filter(|one| Some(one.id) == self.promotion);
        own.fold(list, |list, own| rounded(list * (100 - own.percent), 100))
    }
}
