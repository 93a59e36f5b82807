//! What a subscription must be charged and when its windows close: the rules once more, day by day,
//! as simply as they can be said, and without a line of the service's own code. Slow on purpose.

use super::calendar::{DAY, Day};

/// From the end of a term to the beginning of its renewal (D-12).
const RENEWAL_WAITS: i64 = 60_000;
/// The most seats of every offer here.
const MOST_SEATS: i64 = 300;

/// What is sold. Prices are in minor units, per seat and term.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub offer: &'static str,
    pub months: i32,
    pub billed_every: i32,
    pub price: i64,
    /// How long everything can be taken back (CAN-1).
    pub window: i64,
    pub is_software: bool,
    /// Taken back for all that was paid (D-3), and not again after a renewal.
    pub is_refunded_in_full: bool,
}

impl Plan {
    /// The price in force: a fifth more from 2027 on.
    fn price_on(&self, day: Day) -> i64 {
        if day.is_before(2027) { self.price } else { self.price * 6 / 5 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Suspended,
    Expired,
    Cancelled,
    Deleted,
}

/// Something that a caller does.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Nothing,
    Resize(i64),
    Suspend,
    Resume,
    AutoRenew(bool),
    Schedule(i64),
    Cancel,
}

/// Seats that were added at one instant.
#[derive(Debug, Clone)]
pub struct Batch {
    pub seats: i64,
    pub until: Option<i64>,
    added_at: i64,
    used_from: i64,
    paid: i64,
    paid_earlier: Vec<i64>,
}

/// A charge cycle: its days, and the price of a seat for all of it.
#[derive(Debug, Clone, Copy)]
struct Cycle {
    first: Day,
    last: Day,
    price: i64,
}

#[derive(Debug)]
pub struct Reference {
    pub plan: Plan,
    pub state: State,
    pub seats: i64,
    pub auto_renew: bool,
    pub scheduled: Option<i64>,
    pub term: (Day, Day),
    pub cancel_until: Option<i64>,
    pub batches: Vec<Batch>,
    /// Every line of money, in order: kind, seats, amount, days and when it was due.
    pub ledger: Vec<String>,
    /// Everything that happened, in order.
    pub story: Vec<String>,
    anchor: i32,
    price: i64,
    cycle: Cycle,
    lived_through: i64,
    windows_closed_through: i64,
    /// When the renewal that nobody has done yet was due.
    renewal_due: Option<i64>,
}

impl Reference {
    pub fn buy(plan: Plan, seats: i64, now: i64) -> Self {
        let first = Day::of(now);
        let price = plan.price_on(first);
        let mut bought = Self {
            plan,
            state: State::Active,
            seats,
            auto_renew: true,
            scheduled: None,
            term: (first, first),
            cancel_until: Some(now + plan.window),
            batches: vec![],
            ledger: vec![],
            story: vec![format!("STARTED {now} 0->{seats}")],
            anchor: first.date,
            price,
            cycle: Cycle { first, last: first, price: 0 },
            lived_through: now,
            windows_closed_through: now,
            renewal_due: None,
        };
        bought.begin_term(first);
        bought.charge_whole_cycle("NEW", now);
        bought.batches = vec![bought.first_batch(now)];
        bought
    }

    /// Whether its term is over and nobody has renewed it yet.
    pub fn is_renewal_pending(&self, now: i64) -> bool {
        self.state == State::Active && self.auto_renew && self.term.1.midnight + DAY <= now
    }

    /// Lives from day to day through `now`. With a worker, what is to be renewed is renewed: at its
    /// instant, or at `woke_at` if that is later.
    pub fn live_through(&mut self, now: i64, worker: Option<i64>) {
        self.renew_if_due(now, worker);
        let mut day = Day::of(self.lived_through).next();
        while day.midnight <= now && self.renewal_due.is_none() {
            self.close_windows(day.midnight);
            self.begin_day(day);
            self.renew_if_due(now, worker);
            day = day.next();
        }
        if self.renewal_due.is_none() {
            self.close_windows(now);
        }
        self.lived_through = now;
    }

    /// Does what a caller asks for; `false` if that is refused.
    pub fn act(&mut self, act: Act, now: i64) -> bool {
        match act {
            Act::Nothing => true,
            Act::Resize(total) => self.resize(total, now),
            Act::Suspend => self.suspend(now),
            Act::Resume => self.resume(now),
            Act::AutoRenew(is_on) => self.set_auto_renew(is_on, now),
            Act::Schedule(total) => self.schedule(total, now),
            Act::Cancel => self.cancel(now),
        }
    }

    /// How many seats could be taken back (SEA-13).
    pub fn reducible(&self, now: i64) -> i64 {
        let is_open = |batch: &&Batch| batch.until.is_some_and(|until| now <= until);
        let open: i64 = self.batches.iter().filter(is_open).map(|batch| batch.seats).sum();
        let is_free = self.state == State::Active && !self.is_renewal_pending(now);
        if is_free { open.min(self.seats - 1) } else { 0 }
    }

    fn is_in_use(&self) -> bool {
        matches!(self.state, State::Active | State::Suspended)
    }

    fn begin_day(&mut self, day: Day) {
        if !self.is_in_use() {
            return;
        }
        if self.term.1 < day {
            return self.end_term(day.midnight);
        }
        let months = day.months_since(self.term.0);
        if day.is_anchored(self.anchor) && 0 < months && months % self.plan.billed_every == 0 {
            self.begin_cycle(day);
        }
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

    fn end(&mut self, state: State, what: &str, at: i64) {
        let left = if state == State::Cancelled { 0 } else { self.seats };
        self.story.push(format!("{what} {at} {}->{left}", self.seats));
        (self.state, self.seats) = (state, left);
        (self.auto_renew, self.scheduled, self.cancel_until) = (false, None, None);
    }

    /// Notes every window whose last instant lies before `now`, each instant once.
    fn close_windows(&mut self, now: i64) {
        if !self.is_in_use() {
            return;
        }
        let of_batches = self.batches.iter().filter_map(|batch| batch.until);
        let mut ends: Vec<i64> = of_batches.chain(self.cancel_until).collect();
        ends.sort_unstable();
        ends.dedup();
        for end in ends {
            if self.windows_closed_through < end && end < now {
                self.windows_closed_through = end;
                self.story.push(format!("WINDOW_CLOSED {} {1}->{1}", end + 1, self.seats));
            }
        }
    }

    fn begin_cycle(&mut self, day: Day) {
        self.cycle = self.cycle_from(day);
        let midnight = day.midnight;
        self.charge_whole_cycle("CYCLE", midnight);
        self.story.push(format!("CYCLE_CHARGED {midnight} {0}->{0}", self.seats));
        let can_cancel = self.cancel_until.is_some_and(|until| midnight <= until);
        for batch in &mut self.batches {
            let is_open = can_cancel || batch.until.is_some_and(|until| midnight <= until);
            if self.plan.is_refunded_in_full && is_open {
                batch.paid_earlier.push(batch.paid);
            } else {
                batch.paid_earlier.clear();
            }
            batch.paid = self.cycle.price;
        }
    }

    fn renew_if_due(&mut self, now: i64, worker: Option<i64>) {
        let (Some(due), Some(woke_at)) = (self.renewal_due, worker) else { return };
        if now < due {
            return;
        }
        self.close_windows(due);
        self.renewal_due = None;
        let done = due.max(woke_at);
        let before = self.seats;
        self.seats = self.scheduled.take().unwrap_or(self.seats);
        let first = self.term.1.next();
        self.price = self.plan.price_on(first);
        self.begin_term(first);
        self.cancel_until = (!self.plan.is_refunded_in_full).then_some(done + self.plan.window);
        self.charge_whole_cycle("RENEW", due);
        self.story.push(format!("RENEWED {due} {before}->{}", self.seats));
        self.batches = vec![self.first_batch(done)];
        // The day on which the term began has been lived; those after it come in their turn.
        self.lived_through = due;
    }

    fn begin_term(&mut self, first: Day) {
        let mut last = first;
        loop {
            let next = last.next();
            if next.months_since(first) == self.plan.months && next.is_anchored(self.anchor) {
                break;
            }
            last = next;
        }
        self.term = (first, last);
        self.cycle = self.cycle_from(first);
    }

    /// The cycle that begins on `first`: it ends where the next one begins, or with the term.
    fn cycle_from(&self, first: Day) -> Cycle {
        let mut last = first;
        loop {
            let next = last.next();
            let months = next.months_since(self.term.0);
            let is_new = months != first.months_since(self.term.0)
                && months % self.plan.billed_every == 0
                && next.is_anchored(self.anchor);
            if is_new || last == self.term.1 {
                break;
            }
            last = next;
        }
        let index = first.months_since(self.term.0) / self.plan.billed_every;
        Cycle { first, last, price: self.share_of_term(i64::from(index)) }
    }

    /// Equal parts, rounded half up; the last one takes what is left, and where nothing would be left
    /// the parts are rounded down (BIL-4).
    fn share_of_term(&self, index: i64) -> i64 {
        let count = i64::from(self.plan.months / self.plan.billed_every);
        let mut part = rounded(self.price, count);
        if self.price < part * (count - 1) {
            part = self.price / count;
        }
        if index + 1 < count { part } else { self.price - part * (count - 1) }
    }

    fn charge_whole_cycle(&mut self, kind: &str, due: i64) {
        let Cycle { first, last, price } = self.cycle;
        self.ledger.push(line(kind, self.seats, price, Some((first, last)), due));
    }

    fn first_batch(&self, anchor: i64) -> Batch {
        Batch {
            seats: self.seats,
            until: self.cancel_until.filter(|_| !self.plan.is_software),
            added_at: anchor,
            used_from: anchor,
            paid: self.cycle.price,
            paid_earlier: vec![],
        }
    }

    fn resize(&mut self, total: i64, now: i64) -> bool {
        if self.state != State::Active {
            return false;
        }
        if total == self.seats {
            return true;
        }
        if !(1..=MOST_SEATS).contains(&total) || self.is_renewal_pending(now) {
            return false;
        }
        if self.seats < total {
            self.add_seats(total - self.seats, now);
        } else if self.plan.is_software || self.reducible(now) < self.seats - total {
            return false;
        } else {
            self.take_seats(self.seats - total, now);
        }
        self.story.push(format!("QUANTITY_CHANGED {now} {}->{total}", self.seats));
        (self.seats, self.scheduled) = (total, None);
        true
    }

    fn add_seats(&mut self, seats: i64, now: i64) {
        let today = Day::of(now);
        let Cycle { first, last, price } = self.cycle;
        let paid = rounded(price * today.through(last), first.through(last));
        self.ledger.push(line("ADD_SEATS", seats, paid, Some((today, last)), now));
        let until = (!self.plan.is_software).then_some(now + self.plan.window);
        let batch =
            Batch { seats, until, added_at: now, used_from: now, paid, paid_earlier: vec![] };
        self.batches.push(batch);
    }

    /// From the batch with the earliest deadline first, then the older one (D-13).
    fn take_seats(&mut self, mut seats: i64, now: i64) {
        while 0 < seats {
            let open = self.batches.iter().enumerate();
            let open = open.filter(|(_, batch)| batch.until.is_some_and(|until| now <= until));
            let (index, _) = open.min_by_key(|(_, batch)| (batch.until, batch.added_at)).unwrap();
            let taken = seats.min(self.batches[index].seats);
            self.credit("REMOVE_SEATS", index, taken, now);
            self.batches[index].seats -= taken;
            self.batches.retain(|batch| 0 < batch.seats);
            seats -= taken;
        }
    }

    /// What was paid less the days that were used (PCX-6, D-10, D-32); in full, all of it.
    fn credit(&mut self, kind: &str, index: usize, seats: i64, now: i64) {
        let batch = &self.batches[index];
        let mut used = 0;
        if !self.plan.is_refunded_in_full {
            let mut from = batch.used_from.max(self.cycle.first.midnight);
            used = 1;
            while from + DAY < now {
                (from, used) = (from + DAY, used + 1);
            }
        }
        let days = self.cycle.first.through(self.cycle.last);
        let left = (batch.paid - rounded(self.cycle.price * used, days)).max(0);
        for paid in batch.paid_earlier.clone() {
            self.ledger.push(line::<Day>(kind, seats, -paid, None, now));
        }
        self.ledger.push(line::<Day>(kind, seats, -left, None, now));
    }

    fn suspend(&mut self, now: i64) -> bool {
        if self.state != State::Active || self.is_renewal_pending(now) {
            return false;
        }
        (self.state, self.auto_renew, self.scheduled) = (State::Suspended, false, None);
        self.tell("SUSPENDED", now)
    }

    fn resume(&mut self, now: i64) -> bool {
        if self.state != State::Suspended {
            return false;
        }
        self.state = State::Active;
        self.tell("RESUMED", now)
    }

    fn set_auto_renew(&mut self, is_on: bool, now: i64) -> bool {
        if !self.is_in_use() {
            return false;
        }
        if self.auto_renew == is_on {
            return true;
        }
        if self.state != State::Active || self.is_renewal_pending(now) {
            return false;
        }
        self.auto_renew = is_on;
        if !is_on {
            self.scheduled = None;
        }
        self.tell(if is_on { "AUTO_RENEW_ON" } else { "AUTO_RENEW_OFF" }, now)
    }

    fn schedule(&mut self, total: i64, now: i64) -> bool {
        if self.state != State::Active {
            return false;
        }
        let wanted = (total != self.seats).then_some(total);
        if self.scheduled == wanted {
            return true;
        }
        if self.is_renewal_pending(now) || !self.auto_renew || MOST_SEATS < total {
            return false;
        }
        self.scheduled = wanted;
        self.tell(if wanted.is_some() { "SCHEDULED" } else { "SCHEDULE_REMOVED" }, now)
    }

    fn cancel(&mut self, now: i64) -> bool {
        let is_open = self.cancel_until.is_some_and(|until| now <= until);
        if !self.is_in_use() || self.is_renewal_pending(now) || !is_open {
            return false;
        }
        for index in 0..self.batches.len() {
            let seats = self.batches[index].seats;
            self.credit("CANCEL", index, seats, now);
        }
        self.end(State::Cancelled, "CANCELLED", now);
        true
    }

    fn tell(&mut self, what: &str, at: i64) -> bool {
        self.story.push(format!("{what} {at} {0}->{0}", self.seats));
        true
    }
}

/// Half up, of what is not negative.
const fn rounded(amount: i64, parts: i64) -> i64 {
    (2 * amount + parts) / (2 * parts)
}

/// A line of money. The days of a credit follow from its amount, and are not told.
pub fn line<D: std::fmt::Display>(
    kind: &str,
    seats: i64,
    each: i64,
    days: Option<(D, D)>,
    due: i64,
) -> String {
    let days = days.map_or(String::new(), |(first, last)| format!(" for {first}..{last}"));
    format!("{kind} {seats} x {each} = {}{days} due {due}", seats * each)
}
