//! What seats become: upgrades, and what a trial is converted to (UPG, TTO, TRI, BIL-5).

use super::super::plans::Plan;
use super::seats::Batch;
use super::terms::natural_end;
use super::{Book, Life, MOST_SEATS, State, TRIAL_SEATS};

impl Book {
    /// Lets seats become something new: in place when all go, else a child (UPG-7, UPG-8, UPG-11).
    pub(super) fn become_new(&mut self, index: usize, plan: Plan, seats: i64, now: i64) -> bool {
        let source = &mut self.lives[index];
        let is_sold = (plan.fewest..=MOST_SEATS).contains(&seats);
        if !source.can_become(&plan) || !is_sold {
            return false;
        }
        if source.seats <= seats {
            return source.become_in_place(plan, seats, now);
        }
        let can_stay = source.plan.fewest <= source.seats - seats;
        if source.plan.is_trial || plan.months != source.plan.months || !can_stay {
            return false;
        }
        source.leave(seats, now);
        source.tell_seats("SEATS_MOVED_OUT", now, source.seats - seats);
        let child = source.child(plan, seats, now);
        self.lives.push(child);
        true
    }

    /// Lets seats join another subscription (UPG-6, UPG-9, D-18, D-42, TRI-6).
    pub(super) fn join(&mut self, index: usize, target: usize, seats: i64, now: i64) -> bool {
        let (from, to) = (&self.lives[index], &self.lives[target]);
        let is_same = (from.customer, from.partner) == (to.customer, to.partner);
        if !is_same || !from.can_become(&to.plan) || !to.is_free() || to.term.1 < from.term.1 {
            return false;
        }
        let is_possible = if from.plan.is_trial {
            seats == from.seats
        } else {
            let can_stay = from.seats <= seats || from.plan.fewest <= from.seats - seats;
            from.plan.months == to.plan.months && !to.can_be_cancelled(now) && can_stay
        };
        if !is_possible || MOST_SEATS < to.seats + seats {
            return false;
        }
        let was_trial = from.plan.is_trial;
        let gone = self.lives[index].leave(seats, now);
        self.lives[index].is_without(seats, now);
        self.lives[target].gain(gone, was_trial, seats, now);
        true
    }
}

impl Life {
    fn can_become(&self, plan: &Plan) -> bool {
        self.is_free() && !self.is_evaluated() && self.plan.leads_to(plan)
    }

    /// Lets up to so many seats leave, those that can be taken back soonest first, and those that
    /// cannot before them (D-42), each with a credit for the days from today on (D-34).
    fn leave(&mut self, seats: i64, now: i64) -> Vec<Batch> {
        (self.scheduled, self.rebilling) = (None, None);
        let mut batches = std::mem::take(&mut self.batches);
        batches.sort_by_key(|batch| (batch.until, batch.added_at));
        let (mut gone, mut wanted) = (vec![], seats);
        for batch in &mut batches {
            let leaving = Batch { seats: wanted.min(batch.seats), ..batch.clone() };
            if 0 < leaving.seats {
                let used = leaving.billed_from.through(self.today.previous());
                self.credit("CONVERT", &leaving, used, now);
                wanted -= leaving.seats;
                batch.seats -= leaving.seats;
                gone.push(leaving);
            }
        }
        batches.retain(|batch| 0 < batch.seats);
        batches.sort_by_key(|batch| batch.added_at);
        self.batches = batches;
        gone
    }

    fn is_without(&mut self, seats: i64, now: i64) {
        if seats < self.seats {
            return self.tell_seats("SEATS_MOVED_OUT", now, self.seats - seats);
        }
        self.tell_seats("TRANSITIONED", now, 0);
        (self.state, self.auto_renew, self.cancel_until) = (State::Deleted, false, None);
    }

    /// Seats come in: they keep their deadlines, and those that are bought with them have none (D-16,
    /// D-36). Those of a trial are bought (D-37). All are charged from today on.
    fn arrive(&mut self, gone: Vec<Batch>, was_trial: bool, seats: i64, now: i64) {
        let today = self.today;
        let paid = self.charge("CONVERT", seats, today, now);
        if was_trial {
            let until = self.window_of_seats(now);
            self.batches.push(Batch { until, ..Batch::new(seats, paid, today, now) });
            return;
        }
        let mut bought = seats;
        for Batch { seats, until, added_at, .. } in gone {
            bought -= seats;
            let moved = Batch::new(seats, paid, today, now);
            self.batches.push(Batch { until, added_at, ..moved });
        }
        if 0 < bought {
            self.batches.push(Batch::new(bought, paid, today, now));
        }
    }

    fn gain(&mut self, gone: Vec<Batch>, was_trial: bool, seats: i64, now: i64) {
        self.arrive(gone, was_trial, seats, now);
        self.tell_seats("SEATS_MOVED_IN", now, self.seats + seats);
        self.scheduled = None;
        // What closed at the source was noted there.
        self.windows_closed_through = self.windows_closed_through.max(now - 1);
    }

    /// All seats become something new, perhaps with more: the same length keeps the end, any other
    /// begins a new term (D-17, D-35, T-103).
    fn become_in_place(&mut self, plan: Plan, seats: i64, now: i64) -> bool {
        let was_trial = self.plan.is_trial;
        let keeps_end = plan.months == self.plan.months && !was_trial;
        let (last, anchor) = if keeps_end {
            (self.term.1, self.anchor)
        } else {
            (natural_end(self.today, plan.months, self.today.date), self.today.date)
        };
        if last < self.term.1 || was_trial && seats < TRIAL_SEATS {
            return false;
        }
        let gone = self.leave(self.seats, now);
        self.tell_seats(if was_trial { "CONVERTED" } else { "UPGRADED" }, now, seats);
        if was_trial {
            self.policy = plan.policy();
            self.cancel_until = self.policy.window.map(|window| now + window);
        }
        self.enter_now(plan, (last, anchor), was_trial);
        self.arrive(gone, was_trial, seats, now);
        true
    }

    fn enter_now(
        &mut self,
        plan: Plan,
        (last, anchor): (super::super::calendar::Day, i32),
        was_trial: bool,
    ) {
        let today = self.today;
        let promotion = plan.best_promotion(self.is_school, today).filter(|_| !was_trial);
        self.promotion = promotion.map(|promotion| promotion.id);
        (self.plan, self.evaluated_until) = (plan, None);
        self.enter_term((today, last), anchor, plan.price_on(today));
    }

    /// What some seats become: it ends with their source, and can be taken back as long as that
    /// (UPG-11, D-16, D-49, D-51).
    fn child(&self, plan: Plan, seats: i64, now: i64) -> Self {
        let mut child = Self {
            seats,
            scheduled: None,
            rebilling: None,
            batches: vec![],
            ledger: vec![],
            story: vec![format!("SEATS_MOVED_IN {now} 0->{seats}")],
            bought_on: self.today,
            ..self.clone()
        };
        child.is_saved();
        child.enter_now(plan, (self.term.1, self.anchor), false);
        let paid = child.charge("CONVERT", seats, self.today, now);
        let until = self.cancel_until.filter(|_| !plan.is_software());
        child.batches = vec![Batch { until, ..Batch::new(seats, paid, self.today, now) }];
        child
    }
}
