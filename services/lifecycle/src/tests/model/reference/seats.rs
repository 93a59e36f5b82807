//! Seats, more and fewer (SEA).

use super::super::calendar::Day;
use super::{Life, MOST_SEATS, State};

/// Seats that were added at one instant.
#[derive(Debug, Clone)]
pub struct Batch {
    pub seats: i64,
    /// Until when they can be taken back; never if there is no such instant.
    pub until: Option<i64>,
    pub(super) added_at: i64,
    /// From when the days count that were used (D-32).
    pub(super) used_from: i64,
    /// The first day that was charged in the cycle at hand.
    pub(super) billed_from: Day,
    /// What each paid for that.
    pub(super) paid: i64,
    /// What each paid for the cycles before, as long as that can come back.
    pub(super) paid_earlier: Vec<i64>,
}

impl Batch {
    /// Seats that are new now, and never can be taken back.
    pub(super) fn new(seats: i64, paid: i64, day: Day, now: i64) -> Self {
        Self {
            seats,
            until: None,
            added_at: now,
            used_from: now,
            billed_from: day,
            paid,
            paid_earlier: vec![],
        }
    }
}

impl Life {
    /// How many seats could be taken back (SEA-13).
    pub fn reducible(&self, now: i64) -> i64 {
        if !self.is_free() || self.plan.is_trial {
            return 0;
        }
        let is_open = |batch: &&Batch| batch.until.is_some_and(|until| now <= until);
        let open: i64 = self.batches.iter().filter(is_open).map(|batch| batch.seats).sum();
        open.min(self.seats - self.plan.fewest).max(0)
    }

    /// Until when seats that are new now can be taken back: software has no such window (D-21).
    pub(super) fn window_of_seats(&self, now: i64) -> Option<i64> {
        self.policy.window.filter(|_| !self.plan.is_software()).map(|window| now + window)
    }

    /// Sets the seats to a new total (SEA-4).
    pub(super) fn resize(&mut self, total: i64, now: i64) -> bool {
        if self.state != State::Active || self.plan.is_trial {
            return false;
        }
        if total == self.seats {
            return true;
        }
        if !(self.plan.fewest..=MOST_SEATS).contains(&total) || !self.is_free() {
            return false;
        }
        if self.seats < total {
            self.add_seats(total - self.seats, now);
        } else if self.plan.is_software() || self.reducible(now) < self.seats - total {
            return false;
        } else {
            self.take_seats(self.seats - total, now);
        }
        self.tell_seats("QUANTITY_CHANGED", now, total);
        self.scheduled = None;
        true
    }

    fn add_seats(&mut self, seats: i64, now: i64) {
        let paid = self.charge("ADD_SEATS", seats, self.today, now);
        let until = self.window_of_seats(now);
        self.batches.push(Batch { until, ..Batch::new(seats, paid, self.today, now) });
    }

    /// From the batch with the earliest deadline first, then the older one (D-13).
    fn take_seats(&mut self, mut wanted: i64, now: i64) {
        while 0 < wanted {
            let open = self.batches.iter().enumerate();
            let open = open.filter(|(_, batch)| batch.until.is_some_and(|until| now <= until));
            let (index, _) = open.min_by_key(|(_, batch)| (batch.until, batch.added_at)).unwrap();
            let seats = wanted.min(self.batches[index].seats);
            let taken = Batch { seats, ..self.batches[index].clone() };
            self.take_back("REMOVE_SEATS", &taken, now);
            self.batches[index].seats -= seats;
            self.batches.retain(|batch| 0 < batch.seats);
            wanted -= seats;
        }
    }
}
