//! The next term: what shall be changed with it, and how it begins (SCH, REN).

use super::super::calendar::Day;
use super::super::plans::Plan;
use super::ends::{End, Neighbour, aligned};
use super::terms::natural_end;
use super::{Life, MOST_SEATS, State};

/// What the next renewal shall change; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Set {
    pub seats: Option<i64>,
    pub plan: Option<Plan>,
    pub end: Option<End>,
}

impl Life {
    /// Saves what the next renewal shall change.
    pub(super) fn schedule(&mut self, set: &Set, neighbours: &[Neighbour], now: i64) -> bool {
        if self.state != State::Active {
            return false;
        }
        let wanted = self.differing(set);
        if self.scheduled == wanted {
            return true;
        }
        let is_possible = wanted.as_ref().is_none_or(|set| self.is_possible(set, neighbours));
        if !self.is_free() || !self.auto_renew || !is_possible {
            return false;
        }
        let what = if wanted.is_some() { "SCHEDULED" } else { "SCHEDULE_REMOVED" };
        self.scheduled = wanted;
        self.tell(what, now)
    }

    pub(super) fn unschedule(&mut self, now: i64) -> bool {
        if self.state != State::Active {
            return false;
        }
        if self.scheduled.is_none() {
            return true;
        }
        if !self.is_free() {
            return false;
        }
        self.scheduled = None;
        self.tell("SCHEDULE_REMOVED", now)
    }

    /// What of a set is not so anyway (D-46). Where the billing is about to change, the next term's is
    /// said all the same (D-50).
    fn differing(&self, set: &Set) -> Option<Set> {
        let is_other = |plan: &Plan| *plan != self.plan.next() || self.rebilling.is_some();
        let seats = set.seats.filter(|seats| *seats != self.seats);
        let wanted = Set { seats, plan: set.plan.filter(is_other), end: set.end };
        (wanted != Set::default()).then_some(wanted)
    }

    fn is_possible(&self, set: &Set, neighbours: &[Neighbour]) -> bool {
        let plan = set.plan.unwrap_or(self.plan.next());
        let is_way =
            plan.sku == self.plan.sku || plan == self.plan.next() || self.plan.leads_to(&plan);
        let seats = set.seats.unwrap_or(self.seats);
        let fits = !plan.is_trial && (plan.fewest..=MOST_SEATS).contains(&seats);
        let natural = self.natural_next_term(&plan);
        let ends = set.end.is_none_or(|end| aligned(&plan, natural, end, neighbours).is_some());
        is_way && fits && ends
    }

    fn natural_next_term(&self, plan: &Plan) -> (Day, Day) {
        let first = self.term.1.next();
        (first, natural_end(first, plan.months, self.anchor))
    }

    /// Begins the term that was due at `due`, and is done at `done` (D-30, D-44, PRO-2, D-37).
    pub(super) fn renew(&mut self, due: i64, done: i64, neighbours: &[Neighbour]) {
        let mut set = self.scheduled.take().unwrap_or_default();
        if !self.is_possible(&set, neighbours) {
            self.tell("SCHEDULE_DROPPED", due);
            set = Set::default();
        }
        let plan = set.plan.unwrap_or(self.plan.next());
        let (first, natural) = self.natural_next_term(&plan);
        let given = set.end.and_then(|end| aligned(&plan, (first, natural), end, neighbours));
        let (last, anchor) = given.unwrap_or((natural, self.anchor));
        let was_trial = std::mem::replace(&mut self.plan, plan).is_trial;
        let promotion = plan.best_promotion(self.is_school, first).filter(|_| !was_trial);
        self.promotion = promotion.map(|promotion| promotion.id);
        (self.evaluated_until, self.rebilling) = (None, None);
        self.policy = plan.policy();
        let opens = self.policy.reopens || was_trial;
        self.cancel_until = self.policy.window.filter(|_| opens).map(|window| done + window);
        let what = if was_trial { "CONVERTED" } else { "RENEWED" };
        self.tell_seats(what, due, set.seats.unwrap_or(self.seats));
        self.enter_term((first, last), anchor, plan.price_on(first));
        let kind = if was_trial { "CONVERT" } else { "RENEW" };
        let paid = self.charge(kind, self.seats, first, due);
        self.batches = vec![self.first_batch(paid, first, done)];
    }
}
