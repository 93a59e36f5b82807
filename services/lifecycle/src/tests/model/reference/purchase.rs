//! How a subscription begins.

use super::super::calendar::{DAY, Day};
use super::super::plans::{Plan, Promotion};
use super::ends::{End, aligned};
use super::money::Cycle;
use super::seats::Batch;
use super::terms::natural_end;
use super::{Book, Life, State};

/// What somebody buys.
#[derive(Debug, Clone, Copy)]
pub struct Deal {
    pub plan: Plan,
    pub customer: usize,
    pub seats: i64,
    /// As order committed it (T-47).
    pub promotion: Option<Promotion>,
    pub is_school: bool,
    pub end: Option<End>,
}

impl Book {
    /// Buys something; `false` if that is refused.
    pub fn buy(&mut self, deal: Deal, now: i64) -> bool {
        let Deal { plan, .. } = deal;
        let today = Day::of(now);
        let evaluated_until = plan.evaluates.then(|| (1..30).fold(today, |day, _| day.next()));
        let first = evaluated_until.map_or(today, Day::next);
        let natural = natural_end(first, plan.months, first.date);
        let ending = match deal.end {
            None => Some((natural, first.date)),
            Some(end) => aligned(&plan, (first, natural), end, &self.in_use_of((deal.customer, 0))),
        };
        let Some((last, anchor)) = ending else { return false };
        let mut life = Life::unpaid(deal, today, now);
        life.enter_term((first, last), anchor, plan.price_on(today));
        life.evaluated_until = evaluated_until;
        if let Some(last) = evaluated_until {
            life.cycle = Cycle { first: today, last, price: 0 };
            life.cancel_until = life.cancel_until.max(Some(last.midnight + DAY - 1));
        }
        let paid = life.charge("NEW", deal.seats, today, now);
        life.batches = vec![life.first_batch(paid, today, now)];
        self.lives.push(life);
        true
    }
}

impl Life {
    fn unpaid(deal: Deal, today: Day, now: i64) -> Self {
        let Deal { plan, customer, seats, promotion, is_school, .. } = deal;
        let policy = plan.policy();
        Self {
            plan,
            customer,
            partner: 0,
            state: State::Active,
            seats,
            auto_renew: true,
            scheduled: None,
            rebilling: None,
            term: (today, today),
            promotion: promotion.map(|promotion| promotion.id),
            cancel_until: policy.window.map(|window| now + window),
            batches: vec![],
            given_away_at: None,
            ledger: vec![],
            story: vec![format!("STARTED {now} 0->{seats}")],
            cycle: Cycle { first: today, last: today, price: 0 },
            policy,
            is_school,
            anchor: today.date,
            price: 0,
            cycles: vec![],
            evaluated_until: None,
            bought_on: today,
            today,
            windows_closed_through: now,
            renewal_due: None,
            unsaved_since: None,
            has_unsaved_charge: false,
        }
    }

    /// All seats of a term that begins, as one batch (SEA-11).
    pub(super) fn first_batch(&self, paid: i64, day: Day, now: i64) -> Batch {
        let until = self.cancel_until.and(self.window_of_seats(now));
        Batch { until, ..Batch::new(self.seats, paid, day, now) }
    }
}
