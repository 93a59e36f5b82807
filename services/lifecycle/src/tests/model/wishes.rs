//! What callers wish for in the random histories: mostly what can be, often what just cannot.

use proptest::prelude::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::calendar::{DAY, HOUR};
use super::plans::{PLANS, PROMOTIONS, Plan};
use super::reference::{Act, Book, Deal, End, Set, TRIAL_SEATS, Worker};

/// A source of wishes: the same for the same seed.
pub struct Wishes(TestRunner);

/// What a wish is about.
#[derive(Debug, Clone, Copy)]
enum About {
    Seats,
    Suspend,
    Resume,
    AutoRenew(bool),
    Cancel,
    Rebill(i32),
    Schedule,
    Unschedule,
    Become,
    Join,
    GiveAway,
}

impl Wishes {
    pub fn of(seed: usize) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    pub fn pick<T>(&mut self, from: impl Strategy<Value = T>) -> T {
        from.new_tree(&mut self.0).unwrap().current()
    }

    /// Whether something that happens so often, in percent, happens now.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.pick(0..100_u32) < percent
    }

    fn one_of<T: Clone + std::fmt::Debug + 'static>(&mut self, all: Vec<T>) -> Option<T> {
        (!all.is_empty()).then(|| self.pick(prop::sample::select(all)))
    }

    pub fn worker(&mut self) -> Worker {
        self.pick(prop_oneof![
            2 => Just(Worker::Punctual),
            5 => Just(Worker::Late),
            3 => Just(Worker::Away),
        ])
    }

    /// An instant at which some window, cycle or term is just open, just over, or any other.
    pub fn somewhen(&mut self, book: &Book, now: i64) -> i64 {
        let lives = book.lives.iter().filter(|life| life.is_in_use());
        let ends = lives.flat_map(|life| {
            let over = life.term.1.midnight + DAY;
            let windows = life.batches.iter().filter_map(|batch| batch.until);
            let days = [over - 1, over + HOUR, over + 2 * DAY, life.cycle.last.midnight + DAY];
            windows.chain(life.cancel_until).chain(days)
        });
        let ends: Vec<i64> = ends.filter(|end| now < *end).collect();
        let soon = ends.iter().copied().filter(|end| *end < now + 60 * DAY).collect();
        let end = match self.pick(0..8) {
            0..=2 => self.one_of(soon),
            3 => self.one_of(ends),
            4..=5 => Some(now + self.pick(1..6 * DAY)),
            _ => None,
        };
        match end {
            Some(end) => end + self.pick(0_i64..2),
            None => now + self.pick(1..45 * DAY),
        }
    }

    pub fn deal(&mut self, book: &Book, customer: usize, now: i64) -> Deal {
        let plan = self.pick(prop::sample::select(PLANS.to_vec()));
        let promotions = PROMOTIONS.iter().filter(|one| one.skus.contains(&plan.sku)).copied();
        let promotions = promotions.filter(|_| !plan.is_trial).collect();
        let promotion = if self.chance(25) { self.one_of(promotions) } else { None };
        let own = book.lives.iter().enumerate().filter(|(_, life)| life.customer == customer);
        let own: Vec<usize> = own.map(|(index, _)| index).collect();
        let end = if self.chance(30) { self.end(own, &plan, now) } else { None };
        let seats = self.pick(plan.fewest..40);
        let seats = if plan.is_trial { TRIAL_SEATS } else { seats };
        Deal { plan, customer, seats, promotion, is_school: self.chance(30), end }
    }

    /// The end of a month, mostly, or of something else.
    fn end(&mut self, others: Vec<usize>, plan: &Plan, from: i64) -> Option<End> {
        if self.chance(50) {
            return self.one_of(others).map(End::With);
        }
        let later = self.pick(0..=plan.months.min(14));
        let day = super::calendar::Day::of(from).month_end(later);
        Some(End::On(if self.chance(10) { day.previous() } else { day }))
    }

    /// What is asked of one in the book.
    pub fn act(&mut self, book: &Book, index: usize) -> Act {
        let about = self.pick(prop_oneof![
            12 => Just(About::Seats),
            1 => Just(About::Suspend),
            2 => Just(About::Resume),
            3 => any::<bool>().prop_map(About::AutoRenew),
            2 => Just(About::Cancel),
            4 => prop::sample::select(vec![1, 12, 12, 36]).prop_map(About::Rebill),
            8 => Just(About::Schedule),
            1 => Just(About::Unschedule),
            6 => Just(About::Become),
            6 => Just(About::Join),
            3 => Just(About::GiveAway),
        ]);
        let life = &book.lives[index];
        match about {
            About::Seats => Act::Resize(self.seats(life.seats)),
            About::Suspend => Act::Suspend,
            About::Resume => Act::Resume,
            About::AutoRenew(is_on) => Act::AutoRenew(is_on),
            About::Cancel => Act::Cancel,
            About::Rebill(every) => Act::Rebill(every),
            About::Schedule => Act::Schedule(self.set(book, index)),
            About::Unschedule => Act::Unschedule,
            About::Become => {
                let (plan, seats) = (self.plan(&life.plan, false), self.moving(life.seats));
                Act::Become(plan, seats)
            }
            About::Join => self.join(book, index),
            About::GiveAway => {
                let others = self.neighbours(book, index, 50);
                let more = if self.chance(40) { self.one_of(others) } else { None };
                Act::GiveAway(more.into_iter().collect())
            }
        }
    }

    /// What undoes what was asked of one in the book before, by another perhaps: it would hardly ever be
    /// wished for by chance.
    pub fn second_thought(&mut self, book: &Book, index: usize) -> Option<(usize, Act)> {
        let life = &book.lives[index];
        if !life.is_in_use() || !self.chance(25) {
            return None;
        }
        if life.rebilling.is_some() {
            return Some((index, Act::Rebill(life.plan.billed_every)));
        }
        if life.plan.is_trial {
            return Some((index, Act::Become(self.plan(&life.plan, false), life.seats)));
        }
        let scheduled_end = life.scheduled.as_ref().and_then(|set| set.end);
        match scheduled_end {
            Some(End::With(other)) => Some((other, Act::Suspend)),
            _ => None,
        }
    }

    fn seats(&mut self, now: i64) -> i64 {
        self.pick(prop_oneof![8 => 1_i64..60, 3 => now - 3..now + 3, 1 => 250_i64..320]).max(1)
    }

    /// As many as there are, more, or fewer.
    fn moving(&mut self, seats: i64) -> i64 {
        self.pick(prop_oneof![3 => Just(seats), 1 => 1_i64..60, 3 => 1..seats.max(2)]).max(1)
    }

    /// Where something leads, mostly, or another plan of the same.
    fn plan(&mut self, from: &Plan, also_of_the_same: bool) -> Plan {
        let is_near = |to: &Plan| from.leads_to(to) || also_of_the_same && from.sku == to.sku;
        let near = PLANS.iter().filter(|to| is_near(to)).copied().collect();
        let near = if self.chance(90) { self.one_of(near) } else { None };
        near.unwrap_or_else(|| self.pick(prop::sample::select(PLANS.to_vec())))
    }

    fn join(&mut self, book: &Book, index: usize) -> Act {
        let from = &book.lives[index];
        let mut others = self.neighbours(book, index, 100);
        let fits = |other: &usize| {
            let to = &book.lives[*other];
            let is_as_long = from.plan.is_trial || from.plan.months == to.plan.months;
            from.plan.leads_to(&to.plan) && is_as_long && to.is_in_use()
        };
        let fitting: Vec<usize> = others.iter().copied().filter(fits).collect();
        if !fitting.is_empty() && self.chance(90) {
            others = fitting;
        }
        let seats = self.moving(from.seats);
        match self.one_of(others) {
            Some(target) => Act::Join(target, seats),
            None => Act::Resize(seats),
        }
    }

    fn set(&mut self, book: &Book, index: usize) -> Set {
        let life = &book.lives[index];
        let plan = if self.chance(50) { Some(self.plan(&life.plan, true)) } else { None };
        let ended = if self.chance(35) {
            let others = self.neighbours(book, index, 100);
            let plan = plan.unwrap_or(life.plan.next());
            self.end(others, &plan, life.term.1.next().midnight)
        } else {
            None
        };
        let is_nothing = plan.is_none() && ended.is_none();
        let seats = if is_nothing || self.chance(30) { Some(self.seats(life.seats)) } else { None };
        Set { seats, plan, end: ended }
    }

    /// Others of the same customer: of the same partner too, mostly.
    fn neighbours(&mut self, book: &Book, index: usize, percent: u32) -> Vec<usize> {
        let is_strict = self.chance(percent.min(90));
        let one = &book.lives[index];
        let others = book.lives.iter().enumerate().filter(|(other, life)| {
            *other != index
                && life.customer == one.customer
                && (!is_strict || life.partner == one.partner && life.is_in_use())
        });
        others.map(|(other, _)| other).collect()
    }
}
