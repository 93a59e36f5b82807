//! From one partner to the other (TRF, D-29).

use super::money::line;
use super::seats::Batch;
use super::{Book, Life, State};

impl Book {
    /// Gives subscriptions to the other partner, all or none: from now on they rest (TRF-6, TRF-7).
    pub(super) fn give_away(&mut self, index: usize, others: &[usize], now: i64) -> bool {
        let all: Vec<usize> = [index].into_iter().chain(others.iter().copied()).collect();
        let whose = |index: usize| (self.lives[index].customer, self.lives[index].partner);
        let can_go = |life: &Life| life.is_free() && !life.plan.is_trial;
        if !all.iter().all(|one| can_go(&self.lives[*one]) && whose(*one) == whose(index)) {
            return false;
        }
        for one in all {
            let life = &mut self.lives[one];
            life.tell("TRANSFER_SUBMITTED", now);
            life.given_away_at = Some(now);
            life.is_saved();
            self.on_their_way.push(one);
        }
        true
    }

    /// What was given away arrives, however late, as if at once; returns which. What has been due since
    /// then is due there.
    pub fn arrive(&mut self, now: i64) -> Vec<usize> {
        let gone = std::mem::take(&mut self.on_their_way);
        for index in &gone {
            let old = &mut self.lives[*index];
            let submitted_at = old.given_away_at.take().unwrap();
            let mut new = old.handed_over(submitted_at);
            new.settle(now);
            self.lives.push(new);
        }
        gone
    }
}

impl Life {
    /// What the cycle has left after the day of the transfer is credited here, and charged there, batch
    /// by batch; every window is closed. Only the right to end a free evaluation remains (D-39).
    fn handed_over(&mut self, at: i64) -> Self {
        let mut new = Self {
            partner: 1 - self.partner,
            scheduled: None,
            rebilling: None,
            batches: vec![],
            ledger: vec![],
            story: vec![format!("TRANSFERRED {at} 0->{}", self.seats)],
            cancel_until: self.cancel_until.filter(|_| self.is_evaluated()),
            windows_closed_through: at,
            ..self.clone()
        };
        let (tomorrow, last) = (self.today.next(), self.cycle.last);
        for batch in std::mem::take(&mut self.batches) {
            let used = batch.billed_from.through(self.today);
            let left = self.credit("TRANSFER", &batch, used, at);
            let days = (tomorrow <= last).then_some((tomorrow, last));
            new.ledger.push(line("TRANSFER", batch.seats, left, days, self.promotion, at));
            new.batches.push(Batch {
                until: None,
                used_from: tomorrow.midnight,
                billed_from: tomorrow,
                paid: left,
                paid_earlier: vec![],
                ..batch
            });
        }
        self.end(State::Cancelled, "CANCELLED", at);
        new
    }
}
