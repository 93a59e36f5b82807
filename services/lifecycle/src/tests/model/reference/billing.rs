//! Another billing frequency in mid-term (TRM-9, D-40, D-41).

use super::super::calendar::Day;
use super::money::Cycle;
use super::{Life, State};

impl Life {
    /// Asks for another frequency from the next charge on, or takes that back (T-51).
    pub(super) fn rebill(&mut self, every: i32, now: i64) -> bool {
        if self.state != State::Active || self.plan.is_trial {
            return false;
        }
        if self.rebilling.unwrap_or(self.plan.billed_every) == every {
            return true;
        }
        if !self.is_free() || self.has_unsaved_charge {
            return false;
        }
        if every == self.plan.billed_every {
            self.rebilling = None;
            return self.tell("BILLING_CHANGE_REMOVED", now);
        }
        let is_possible = self.plan.billed(every).is_some() && self.leaves_room_for(every);
        if is_possible {
            self.rebilling = Some(every);
            self.tell("BILLING_CHANGE_SET", now);
        }
        is_possible
    }

    /// Whether the rest of the term, from the next charge on, can be charged so: monthly always, yearly
    /// with more than a year left.
    fn leaves_room_for(&self, every: i32) -> bool {
        let ahead = self.cycles_from(self.cycle.last.next());
        let Some(boundary) = ahead.first() else { return false };
        let left = self.term.1.next().months_since(boundary.first);
        every == 1 || every == 12 && 12 < left
    }

    /// Charges the rest of the term, from `day` on, at another frequency.
    pub(super) fn bill_from_now_on(&mut self, every: i32, day: Day) {
        let ahead = self.cycles_from(day);
        let left = ahead.iter().map(|cycle| cycle.price).sum();
        self.plan = self.plan.billed(every).unwrap();
        self.cycles = self.split(ahead[0].first, left);
    }

    fn cycles_from(&self, day: Day) -> Vec<Cycle> {
        self.cycles.iter().filter(|cycle| day <= cycle.last).copied().collect()
    }
}
