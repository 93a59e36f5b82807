//! Some histories on one clock: lived by the service, and by the reference, and compared.

use testkit::{Backend, noon};
use uuid::Uuid;
use vocab::{ClockId, CustomerId, MessageId, OrderId, Segment};

use super::coverage::Coverage;
use super::goods::{self, instant};
use super::reference::{Act, Book, Deal, End, Life, Worker};
use super::told;
use super::verbs::{Known, co_term, of_partner, perform};
use super::wishes::Wishes;
use crate::app::StartOrder;
use crate::domain::{Purchase, Subscription};
use crate::error::Error;
use crate::tests::house::House;

/// Histories that share a clock.
pub const TOGETHER: usize = 50;
/// Customers among whom they are.
const CUSTOMERS: usize = 5;
/// How often each of them has a chance to do something.
const ROUNDS: usize = 12;
/// How often, in percent, something is asked of one that is in use, and of one that has ended.
const OFTEN: u32 = 70;
const RARELY: u32 = 6;

pub struct World {
    house: House,
    wishes: Wishes,
    seed: usize,
    clock: ClockId,
    now: i64,
    book: Book,
    /// The same, as the service knows them.
    known: Vec<Known>,
    /// What was done to each, for whoever has to find out what went wrong.
    acts: Vec<Vec<(i64, String)>>,
}

impl World {
    pub async fn on(backend: Backend, seed: usize) -> Self {
        let house = House::on(backend).await;
        goods::sell(&house).await;
        let clock = ClockId(Uuid::from_u128(0xc10c));
        house.set_test_clock(clock, noon()).await;
        Self {
            house,
            wishes: Wishes::of(seed),
            seed,
            clock,
            now: noon().as_millisecond(),
            book: Book::default(),
            known: vec![],
            acts: vec![],
        }
    }

    pub async fn live(mut self, coverage: &mut Coverage) {
        let mut bought = 0;
        for _ in 0..ROUNDS {
            self.let_time_pass().await;
            while bought < TOGETHER && self.wishes.chance(85) {
                bought += usize::from(self.buy(coverage).await);
            }
            self.act_here_and_there(coverage).await;
            if self.wishes.chance(60) {
                self.complete_transfers().await;
            }
        }
        while bought < TOGETHER {
            bought += usize::from(self.buy(coverage).await);
        }
        self.complete_transfers().await;
        self.pass(self.now, Worker::Late).await;
        for index in 0..self.book.lives.len() {
            self.compare(index).await;
            let Life { story, ledger, .. } = &self.book.lives[index];
            coverage.happened(story, ledger);
        }
    }

    async fn act_here_and_there(&mut self, coverage: &mut Coverage) {
        for index in 0..self.book.lives.len() {
            let percent = if self.book.is_over(index) { RARELY } else { OFTEN };
            if self.wishes.chance(percent) {
                let act = self.wishes.act(&self.book, index);
                self.act(index, &act, coverage).await;
            }
            if let Some((index, act)) = self.wishes.second_thought(&self.book, index) {
                self.act(index, &act, coverage).await;
            }
        }
    }

    async fn let_time_pass(&mut self) {
        let until = self.wishes.somewhen(&self.book, self.now);
        let worker = self.wishes.worker();
        self.pass(until, worker).await;
    }

    async fn pass(&mut self, until: i64, worker: Worker) {
        let (clock, at) = (self.clock, instant(until));
        match worker {
            Worker::Punctual => {
                self.ring_all(self.now).await;
                self.house.advance(clock, at).await;
            }
            Worker::Late => {
                self.house.set_test_clock(clock, at).await;
                self.ring_all(until).await;
            }
            Worker::Away => self.house.set_test_clock(clock, at).await,
        }
        self.book.pass(self.now, until, worker);
        self.now = until;
    }

    /// Answers everything that is due. A call that was refused lets go of its row a moment later,
    /// and the worker passes by what is locked: it comes again.
    async fn ring_all(&self, now: i64) {
        let clock = Some(self.clock);
        while self.house.next_alarm(clock).await.is_some_and(|due| due <= instant(now)) {
            self.house.ring(clock).await;
        }
    }

    async fn buy(&mut self, coverage: &mut Coverage) -> bool {
        let customer = self.wishes.pick(0..CUSTOMERS);
        let deal = self.wishes.deal(&self.book, customer, self.now);
        let purchase = self.purchase(deal);
        let (id, customer) = (purchase.id, purchase.customer);
        let order = StartOrder {
            message: MessageId(self.house.uuid()),
            customer,
            order: OrderId(self.house.uuid()),
            lines: vec![purchase],
            brought_in_at: None,
        };
        self.house.app.start(vec![order]).await.unwrap();
        let is_bought = self.book.buy(deal, self.now);
        coverage.tried(label_of_deal(&deal), is_bought);
        let mut tx = self.house.tx().await;
        let found = crate::store::subscriptions::load(&mut tx, &[id]).await.unwrap().pop();
        assert_eq!(found.is_some(), is_bought, "world {} buys {deal:?}: {found:?}", self.seed);
        if let Some(sub) = found {
            self.meet(&sub, format!("{deal:?}"));
            self.agree(self.known.len() - 1, &sub);
        }
        is_bought
    }

    fn purchase(&self, deal: Deal) -> Purchase {
        let offer = goods::priced(&deal.plan, self.now);
        let segment = if deal.is_school { Segment::Education } else { Segment::Commercial };
        Purchase {
            customer: CustomerId(Uuid::from_u128(
                0xcafe_0000 + u128::try_from(deal.customer).unwrap(),
            )),
            clock: Some(self.clock),
            ordered_at: instant(self.now),
            promotion: deal.promotion.map(|one| goods::promotion(&one)),
            segment: Some(segment),
            co_term: deal.end.map(|end| co_term(end, &self.known)),
            ..self.house.line(&offer, deal.seats)
        }
    }

    /// Notes one that has begun.
    fn meet(&mut self, sub: &Subscription, how: String) {
        let plan = self.book.lives[self.known.len()].plan;
        self.known.push(Known { sub: sub.clone(), plan });
        self.acts.push(vec![(self.now, how)]);
    }

    async fn act(&mut self, index: usize, act: &Act, coverage: &mut Coverage) {
        let label = label(&self.book, index, act);
        let caller = of_partner(self.book.lives[index].partner);
        for (known, life) in self.known.iter_mut().zip(&self.book.lives) {
            known.plan = life.plan;
        }
        let done = perform(&self.house, &caller, &self.known, index, act).await;
        let is_done = match &done {
            Ok(_) => true,
            Err(Error::Rejected(_) | Error::OfOne { .. } | Error::NotFound { .. }) => false,
            Err(fault) => panic!("{fault:?}"),
        };
        let before = self.book.lives[index].clone();
        let expected = self.book.act(index, act, self.now);
        let what = format!("{act:?}");
        self.acts[index].push((self.now, format!("{what}: {is_done}")));
        let why = done.as_ref().err();
        let history = &self.acts[index];
        let seed = self.seed;
        assert_eq!(
            is_done, expected,
            "world {seed}, {what}: {why:?} after {history:#?}: {before:#?}"
        );
        coverage.tried(label, is_done);
        for sub in done.into_iter().flatten() {
            self.note(&sub, &what, index);
        }
    }

    /// Compares what an answer shows of one that is known, or has just begun.
    fn note(&mut self, sub: &Subscription, what: &str, from: usize) {
        let known = self.known.iter().position(|known| known.sub.id == sub.id);
        let index = known.unwrap_or(self.known.len());
        if known.is_none() {
            self.meet(sub, format!("{what} of {from}"));
        } else if index != from {
            self.acts[index].push((self.now, format!("{what} of {from}")));
        }
        self.agree(index, sub);
    }

    async fn complete_transfers(&mut self) {
        while self.house.app.complete_transfer().await.unwrap() {}
        for index in self.book.arrive(self.now) {
            let old = self.house.load(self.known[index].sub.id).await;
            let new = self.house.load(old.moved_to.unwrap().subscription).await;
            self.meet(&new, format!("{index} was given away"));
        }
    }

    fn agree(&self, index: usize, sub: &Subscription) {
        let found = told::subscription(sub, self.now);
        let expected = told::life(&self.book.lives[index], self.now);
        assert_eq!(found, expected, "{}", self.context(index));
    }

    async fn compare(&self, index: usize) {
        let sub = self.house.load(self.known[index].sub.id).await;
        let life = &self.book.lives[index];
        let lines = self.house.lines(&sub).await;
        let ledger: Vec<String> = lines.iter().map(|line| told::charge(&line.charge)).collect();
        assert_eq!(ledger, life.ledger, "{}", self.context(index));
        let story: Vec<String> = self.house.history(&sub).await.iter().map(told::entry).collect();
        assert_eq!(story, life.story, "{}", self.context(index));
        self.agree(index, &sub);
    }

    fn context(&self, index: usize) -> String {
        let (seed, acts) = (self.seed, &self.acts[index]);
        format!("world {seed}, number {index}: {acts:#?}\n{}", told::in_full(&self.book, index))
    }
}

const fn label_of_deal(deal: &Deal) -> &'static str {
    match (deal.end, deal.promotion) {
        (Some(End::On(_)), _) => "buy until a month's end",
        (Some(End::With(_)), _) => "buy until another's end",
        (None, Some(_)) => "buy with a promotion",
        (None, None) => "buy",
    }
}

fn label(book: &Book, index: usize, act: &Act) -> &'static str {
    let life = &book.lives[index];
    match act {
        Act::Resize(total) if life.seats < *total => "add seats",
        Act::Resize(total) if *total < life.seats => "take seats",
        Act::Resize(_) => "keep the seats",
        Act::Suspend => "suspend",
        Act::Resume => "resume",
        Act::AutoRenew(true) => "auto-renew on",
        Act::AutoRenew(false) => "auto-renew off",
        Act::Cancel if life.is_evaluated() => "cancel while evaluated",
        Act::Cancel => "cancel",
        Act::Rebill(every) if life.rebilling.is_some() && *every == life.plan.billed_every => {
            "bill as before"
        }
        Act::Rebill(1) => "bill monthly",
        Act::Rebill(12) => "bill yearly",
        Act::Rebill(_) => "bill every three years",
        Act::Schedule(_) if life.plan.is_trial => "schedule a conversion",
        Act::Schedule(set) => match (set.end, set.plan) {
            (Some(End::On(_)), _) => "schedule a month's end",
            (Some(End::With(_)), _) => "schedule another's end",
            (None, Some(plan)) if plan.sku != life.plan.sku => "schedule an upgrade",
            (None, Some(_)) => "schedule a plan",
            (None, None) => "schedule seats",
        },
        Act::Unschedule => "unschedule",
        Act::Become(..) if life.plan.is_trial => "convert a trial",
        Act::Become(_, seats) if *seats < life.seats => "upgrade some",
        Act::Become(plan, _) if plan.months == life.plan.months => "upgrade all, same length",
        Act::Become(..) => "upgrade all, another length",
        Act::Join(..) if life.plan.is_trial => "convert a trial into another",
        Act::Join(_, seats) if *seats < life.seats => "upgrade some into another",
        Act::Join(..) => "upgrade all into another",
        Act::GiveAway(_) if life.partner == 1 => "give back",
        Act::GiveAway(_) => "give away",
    }
}
