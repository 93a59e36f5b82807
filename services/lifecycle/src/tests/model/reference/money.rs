//! Lines of money: what is charged for days, and what is credited.

use std::fmt::Display;

use super::super::calendar::{DAY, Day};
use super::Life;
use super::seats::Batch;

/// A charge cycle: its days, and the price of a seat for all of it.
#[derive(Debug, Clone, Copy)]
pub struct Cycle {
    pub first: Day,
    pub last: Day,
    pub price: i64,
}

impl Life {
    /// Charges seats for the cycle at hand from a day on, that day included; returns what each seat
    /// paid (BIL-3).
    pub(super) fn charge(&mut self, kind: &str, seats: i64, from: Day, due: i64) -> i64 {
        let Cycle { first, last, price } = self.cycle;
        let paid = rounded(price * from.through(last), first.through(last));
        self.ledger.push(line(kind, seats, paid, Some((from, last)), self.promotion, due));
        paid
    }

    /// Credits seats of a batch for what they paid, less so many days of the cycle: nothing less than
    /// zero, nothing more than was paid (PCX-6, BIL-11). Returns the credit of each seat.
    pub(super) fn credit(&mut self, kind: &str, batch: &Batch, used: i64, at: i64) -> i64 {
        let days = self.cycle.first.through(self.cycle.last);
        let left = (batch.paid - rounded(self.cycle.price * used, days)).clamp(0, batch.paid);
        self.ledger.push(line::<Day>(kind, batch.seats, -left, None, self.promotion, at));
        left
    }

    /// Takes seats of a batch back: prorated by the days that were used, or in full, with all that was
    /// paid for earlier cycles (D-3, D-10, D-32).
    pub(super) fn take_back(&mut self, kind: &str, batch: &Batch, now: i64) {
        if self.policy.in_full {
            for paid in batch.paid_earlier.iter().chain([&batch.paid]) {
                let promotion = self.promotion;
                self.ledger.push(line::<Day>(kind, batch.seats, -paid, None, promotion, now));
            }
            return;
        }
        let mut from = batch.used_from.max(self.cycle.first.midnight);
        let mut used = 1;
        while from + DAY < now {
            (from, used) = (from + DAY, used + 1);
        }
        self.credit(kind, batch, used, now);
    }
}

/// A fraction of what is not negative, half up.
pub fn rounded(amount: i64, parts: i64) -> i64 {
    (2 * amount + parts) / (2 * parts)
}

/// A line of money. The days of a credit follow from its amount, and are not told.
pub fn line<D: Display>(
    kind: &str,
    seats: i64,
    each: i64,
    days: Option<(D, D)>,
    promotion: Option<&str>,
    due: i64,
) -> String {
    let days = days.map_or(String::new(), |(first, last)| format!(" for {first}..{last}"));
    let promotion = promotion.map_or(String::new(), |promotion| format!(" with {promotion}"));
    format!("{kind} {seats} x {each} = {}{days}{promotion} due {due}", seats * each)
}
