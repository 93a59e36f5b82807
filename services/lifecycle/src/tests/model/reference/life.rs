//! One subscription, as the rules see it.

use super::super::calendar::Day;
use super::super::plans::{Plan, Policy};
use super::Set;
use super::money::Cycle;
use super::seats::Batch;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Suspended,
    Expired,
    Cancelled,
    Deleted,
}

#[derive(Debug, Clone)]
pub struct Life {
    pub plan: Plan,
    pub customer: usize,
    /// Which of two partners has it.
    pub partner: usize,
    pub state: State,
    pub seats: i64,
    pub auto_renew: bool,
    pub scheduled: Option<Set>,
    /// How often it shall be charged from the next charge on (D-41).
    pub rebilling: Option<i32>,
    /// Its first and last day; the first one is that on which it was entered (BIL-9).
    pub term: (Day, Day),
    pub promotion: Option<&'static str>,
    pub cancel_until: Option<i64>,
    pub batches: Vec<Batch>,
    /// When it was given to the other partner, as long as it is on its way (TRF-7).
    pub given_away_at: Option<i64>,
    /// Every line of money, in order: kind, seats, amount, days and when it was due.
    pub ledger: Vec<String>,
    /// Everything that happened, in order.
    pub story: Vec<String>,
    pub cycle: Cycle,
    pub(super) policy: Policy,
    pub(super) is_school: bool,
    /// The day of the month on which terms and cycles begin (TIM-4).
    pub(super) anchor: i32,
    /// What a seat costs for the whole term.
    pub(super) price: i64,
    /// The cycles of the full term, or of what was left of it when its billing changed.
    pub(super) cycles: Vec<Cycle>,
    /// The last day of the free evaluation, as long as the first term lasts (D-39).
    pub(super) evaluated_until: Option<Day>,
    pub(super) bought_on: Day,
    /// The day through which it has lived.
    pub(super) today: Day,
    pub(super) windows_closed_through: i64,
    /// When the renewal that nobody has done yet was due.
    pub(super) renewal_due: Option<i64>,
    /// Since when something has happened that nobody has saved.
    pub(super) unsaved_since: Option<i64>,
    /// Whether a charge is among that (LCK-3).
    pub(super) has_unsaved_charge: bool,
}

impl Life {
    pub fn is_in_use(&self) -> bool {
        matches!(self.state, State::Active | State::Suspended)
    }

    /// Whether its term is over and nobody has renewed it yet.
    pub fn is_renewal_pending(&self) -> bool {
        self.renewal_due.is_some()
    }

    /// Whether nothing was paid for yet (D-39).
    pub fn is_evaluated(&self) -> bool {
        self.evaluated_until == Some(self.cycle.last)
    }

    /// Whether it is in use, and neither waits to be renewed nor is on its way to somebody.
    pub(super) fn is_free(&self) -> bool {
        self.state == State::Active && !self.is_renewal_pending() && self.given_away_at.is_none()
    }

    pub(super) fn can_be_cancelled(&self, now: i64) -> bool {
        self.cancel_until.is_some_and(|until| now <= until)
    }

    /// Nothing of it is unsaved any more.
    pub(super) const fn is_saved(&mut self) {
        (self.unsaved_since, self.has_unsaved_charge) = (None, false);
    }

    /// Notes that something happened which leaves the seats as they are.
    pub(super) fn tell(&mut self, what: &str, at: i64) -> bool {
        self.tell_seats(what, at, self.seats);
        true
    }

    /// Notes that something happened by which it has so many seats.
    pub(super) fn tell_seats(&mut self, what: &str, at: i64, seats: i64) {
        self.story.push(format!("{what} {at} {}->{seats}", self.seats));
        self.seats = seats;
    }

    /// Notes its end: nothing renews, and nothing can be taken back.
    pub(super) fn end(&mut self, state: State, what: &str, at: i64) {
        let left = if state == State::Cancelled { 0 } else { self.seats };
        self.tell_seats(what, at, left);
        self.state = state;
        (self.auto_renew, self.scheduled, self.rebilling) = (false, None, None);
        self.cancel_until = None;
    }
}
