//! What each day brings: windows close, cycles are charged, terms end.

use super::super::calendar::Day;
use super::ends::Neighbour;
use super::{Life, State};

/// From the end of a term to the beginning of its renewal (D-12).
const RENEWAL_WAITS: i64 = 60_000;

impl Life {
    /// When time next does something to it, or did what nobody has saved.
    pub(super) fn due(&self) -> Option<i64> {
        self.unsaved_since.or_else(|| self.next_due())
    }

    fn next_due(&self) -> Option<i64> {
        if !self.is_in_use() || self.given_away_at.is_some() {
            return None;
        }
        let window = self.windows().into_iter().next().map(|end| end + 1);
        let boundary = self.cycle.last.next();
        let waits = self.auto_renew && self.term.1 < boundary;
        let next = boundary.midnight + if waits { RENEWAL_WAITS } else { 0 };
        window.into_iter().chain([self.renewal_due.unwrap_or(next)]).min()
    }

    /// Lives from day to day through `now`, up to a renewal, for which somebody has to come.
    pub fn settle(&mut self, now: i64) {
        if self.given_away_at.is_some() {
            return;
        }
        let due = self.next_due().filter(|due| *due <= now);
        self.unsaved_since = self.unsaved_since.or(due);
        while self.renewal_due.is_none() && self.today.next().midnight <= now {
            self.today = self.today.next();
            self.close_windows(self.today.midnight);
            self.begin_day(self.today);
        }
        if self.renewal_due.is_none() {
            self.close_windows(now);
        }
    }

    /// As [`settle`](Self::settle), with somebody who renews what is to be renewed, and saves all.
    pub(super) fn ring(&mut self, now: i64, neighbours: &[Neighbour]) {
        self.settle(now);
        while let Some(due) = self.renewal_due.filter(|due| *due <= now) {
            self.close_windows(due);
            self.renewal_due = None;
            self.renew(due, now, neighbours);
            self.settle(now);
        }
        self.is_saved();
    }

    fn begin_day(&mut self, day: Day) {
        if !self.is_in_use() || day <= self.cycle.last {
            return;
        }
        let is_over = self.term.1 < day || self.is_evaluated() && !self.auto_renew;
        if is_over { self.end_term(day.midnight) } else { self.begin_cycle(day) }
    }

    fn end_term(&mut self, midnight: i64) {
        if self.state == State::Suspended {
            self.end(State::Deleted, "DELETED", midnight);
        } else if self.auto_renew {
            self.renewal_due = Some(midnight + RENEWAL_WAITS);
        } else {
            self.end(State::Expired, "EXPIRED", midnight);
        }
    }

    /// Charges the next cycle, in full but for one that the term entered late; the one after a free
    /// evaluation is the first (D-39).
    fn begin_cycle(&mut self, day: Day) {
        let kind = if self.is_evaluated() { "NEW" } else { "CYCLE" };
        if let Some(every) = self.rebilling.take() {
            self.bill_from_now_on(every, day);
        }
        self.cycle = self.cycle_around(day);
        let midnight = day.midnight;
        let paid = self.charge(kind, self.seats, day, midnight);
        self.tell("CYCLE_CHARGED", midnight);
        self.has_unsaved_charge = true;
        let can_be_cancelled = self.can_be_cancelled(midnight);
        for batch in &mut self.batches {
            let is_open = can_be_cancelled || batch.until.is_some_and(|until| midnight <= until);
            if self.policy.in_full && is_open {
                batch.paid_earlier.push(batch.paid);
            } else {
                batch.paid_earlier.clear();
            }
            (batch.paid, batch.billed_from) = (paid, day);
        }
    }

    /// The last instants of windows that have not been noted yet, the earliest first.
    fn windows(&self) -> Vec<i64> {
        let of_batches = self.batches.iter().filter_map(|batch| batch.until);
        let ends = of_batches.chain(self.cancel_until);
        let mut ends: Vec<i64> = ends.filter(|end| self.windows_closed_through < *end).collect();
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    /// Notes every window whose last instant lies before `now`, each instant once.
    fn close_windows(&mut self, now: i64) {
        if !self.is_in_use() {
            return;
        }
        for end in self.windows().into_iter().take_while(|end| *end < now) {
            self.windows_closed_through = end;
            self.tell("WINDOW_CLOSED", end + 1);
        }
    }
}
