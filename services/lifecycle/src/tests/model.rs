//! Random years of many subscriptions, lived by the service and by a reference beside it: to the
//! cent and to the millisecond they must agree on money, windows, seats and what was refused.

mod calendar;
mod reference;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rstest::rstest;
use testkit::{Backend, noon};
use uuid::Uuid;
use vocab::{
    BillingCycle, ClockId, CustomerId, MessageId, Money, Offer, OfferId, OrderId, ProductKind,
    SubscriptionId, TermLength,
};

use self::calendar::DAY;
use self::reference::{Act, Plan, Reference, State, line};
use super::given::{ada, month_to_month, price_list};
use super::house::House;
use crate::app::StartOrder;
use crate::domain::{Charge, ChargeKind, Purchase, Status, Subscription, reducible};
use crate::error::Error;

const HOUR: i64 = DAY / 24;
const WEEK: i64 = 168 * HOUR;
/// Histories that share a clock and a customer.
const TOGETHER: usize = 50;
/// How often each of them has a chance to do something.
const ROUNDS: usize = 16;

const LICENCE: Plan = Plan {
    offer: "licence",
    months: 12,
    billed_every: 12,
    price: 12_000,
    window: WEEK,
    is_software: false,
    is_refunded_in_full: false,
};

/// Prices that divide badly, terms that end badly.
const PLANS: [Plan; 9] = [
    LICENCE,
    Plan { offer: "licence-billed-monthly", billed_every: 1, price: 10_000, ..LICENCE },
    Plan { offer: "month-to-month", months: 1, billed_every: 1, price: 3_101, ..LICENCE },
    Plan { offer: "three-years", months: 36, billed_every: 36, price: 100_000, ..LICENCE },
    Plan { offer: "three-years-billed-yearly", months: 36, price: 100_000, ..LICENCE },
    Plan { offer: "cents", billed_every: 1, price: 7, ..LICENCE },
    Plan { offer: "server", price: 59_999, is_software: true, ..LICENCE },
    Plan { offer: "isv", window: 72 * HOUR, is_refunded_in_full: true, ..MONTHLY_ISV },
    MONTHLY_ISV,
];

const MONTHLY_ISV: Plan = Plan {
    offer: "isv-billed-monthly",
    billed_every: 1,
    price: 4_990,
    window: 72 * HOUR,
    is_refunded_in_full: true,
    ..LICENCE
};

/// How a while passes.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// The worker answers every alarm at its instant.
    Punctual,
    /// The worker was away, and answers all of them at the end.
    Late,
    /// The worker stays away.
    Unattended,
}

/// Some histories on one clock, and what they should be.
struct World {
    house: House,
    runner: TestRunner,
    clock: ClockId,
    customer: CustomerId,
    now: i64,
    lives: Vec<Life>,
}

/// One history.
struct Life {
    id: SubscriptionId,
    expected: Reference,
    /// What was done, for whoever has to find out what went wrong.
    acts: Vec<(i64, Act)>,
}

#[rstest]
#[case::sqlite(Backend::Sqlite, 1_000)]
#[case::postgres(Backend::Postgres, 1_000)]
#[tokio::test(flavor = "multi_thread")]
async fn bil_8_random_years_agree_with_a_reference(#[case] backend: Backend, #[case] usual: usize) {
    for seed in 0..histories(usual).div_ceil(TOGETHER) {
        World::on(backend, seed).await.live().await;
    }
}

/// `TENURE_TEST_HISTORIES` asks for a longer run.
#[expect(clippy::disallowed_methods, reason = "a test has no configuration file")]
fn histories(usual: usize) -> usize {
    let wanted = std::env::var("TENURE_TEST_HISTORIES").ok();
    wanted.map_or(usual, |wanted| wanted.parse().expect("TENURE_TEST_HISTORIES is a number"))
}

impl World {
    async fn on(backend: Backend, seed: usize) -> Self {
        let house = House::on(backend).await;
        for plan in PLANS {
            house.sell(&price_list(&offer(plan))).await;
        }
        let clock = ClockId(Uuid::from_u128(0xc10c));
        let now = noon().as_millisecond();
        house.set_test_clock(clock, noon()).await;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let runner = TestRunner::new_with_rng(Config::default(), rng);
        let customer = CustomerId(Uuid::from_u128(0xcafe));
        Self { house, runner, clock, customer, now, lives: vec![] }
    }

    fn pick<T>(&mut self, from: impl Strategy<Value = T>) -> T {
        from.new_tree(&mut self.runner).unwrap().current()
    }

    async fn live(mut self) {
        for _ in 0..ROUNDS {
            self.let_time_pass().await;
            while self.lives.len() < TOGETHER && self.pick(0..6) != 0 {
                self.buy().await;
            }
            for index in 0..self.lives.len() {
                self.act(index).await;
            }
        }
        self.pass(self.now, Pace::Late).await;
        for life in &self.lives {
            self.compare(life).await;
        }
    }

    async fn let_time_pass(&mut self) {
        let until = self.somewhen();
        let pace = self.pick(prop_oneof![
            2 => Just(Pace::Punctual),
            5 => Just(Pace::Late),
            3 => Just(Pace::Unattended),
        ]);
        self.pass(until, pace).await;
    }

    async fn pass(&mut self, until: i64, pace: Pace) {
        let (clock, at) = (self.clock, instant(until));
        let woke_at = match pace {
            Pace::Punctual => Some(self.now),
            Pace::Late => Some(until),
            Pace::Unattended => None,
        };
        match pace {
            Pace::Punctual => {
                self.ring_all().await;
                self.house.advance(clock, at).await;
            }
            Pace::Late => {
                self.now = until;
                self.house.set_test_clock(clock, at).await;
                self.ring_all().await;
            }
            Pace::Unattended => self.house.set_test_clock(clock, at).await,
        }
        for life in &mut self.lives {
            life.expected.live_through(until, woke_at);
        }
        self.now = until;
    }

    /// Answers everything that is due. A call that was refused lets go of its row a moment later,
    /// and the worker passes by what is locked: it comes again.
    async fn ring_all(&self) {
        let clock = Some(self.clock);
        while self.house.next_alarm(clock).await.is_some_and(|due| due <= instant(self.now)) {
            self.house.ring(clock).await;
        }
    }

    /// An instant at which somebody's window or term is just open, just over, or any other.
    fn somewhen(&mut self) -> i64 {
        let ends = self.lives.iter().map(|life| &life.expected).flat_map(|expected| {
            let over = expected.term.1.midnight + DAY;
            let windows = expected.batches.iter().filter_map(|batch| batch.until);
            windows.chain(expected.cancel_until).chain([over - 1, over + HOUR, over + 2 * DAY])
        });
        let ends: Vec<i64> = ends.filter(|end| self.now < *end).collect();
        let any = (1..60 * DAY).prop_map(|passed| (passed, 0));
        let (passed, end) = if ends.is_empty() {
            self.pick(any)
        } else {
            let edge = (prop::sample::select(ends), 0_i64..2).prop_map(|(end, after)| (after, end));
            self.pick(prop_oneof![any, edge])
        };
        passed + if end == 0 { self.now } else { end }
    }

    async fn buy(&mut self) {
        let plan = self.pick(prop::sample::select(PLANS.to_vec()));
        let quantity = self.pick(1_i64..40);
        let purchase = Purchase {
            customer: self.customer,
            clock: Some(self.clock),
            ordered_at: instant(self.now),
            ..self.house.line(&priced(plan, self.now), quantity)
        };
        let id = purchase.id;
        let order = StartOrder {
            message: MessageId(self.house.uuid()),
            customer: self.customer,
            order: OrderId(self.house.uuid()),
            lines: vec![purchase],
            brought_in_at: None,
        };
        self.house.app.start(vec![order]).await.unwrap();
        let expected = Reference::buy(plan, quantity, self.now);
        self.lives.push(Life { id, expected, acts: vec![] });
    }

    async fn act(&mut self, index: usize) {
        let act = self.pick(an_act());
        let now = self.now;
        let life = &mut self.lives[index];
        let expected = life.expected.act(act, now);
        life.acts.push((now, act));
        let (house, id) = (&self.house, life.id);
        let sub = house.load(id).await;
        let done = match act {
            Act::Nothing => Ok(()),
            Act::Resize(total) => house.change_quantity(&ada(), &sub, total).await.map(drop),
            Act::Suspend => house.suspend(&ada(), &sub).await.map(drop),
            Act::Resume => house.resume(&ada(), &sub).await.map(drop),
            Act::AutoRenew(is_on) => house.set_auto_renew(&ada(), &sub, is_on).await.map(drop),
            Act::Schedule(total) => house.schedule(&ada(), &sub, total).await.map(drop),
            Act::Cancel => house.cancel(&ada(), &house.cancelling(&sub)).await.map(drop),
        };
        let is_done = match &done {
            Ok(()) => true,
            Err(Error::Rejected(_)) => false,
            Err(fault) => panic!("{fault:?}"),
        };
        assert_eq!(is_done, expected, "{done:?} after {:?}: {:#?}", life.acts, life.expected);
    }

    async fn compare(&self, life: &Life) {
        let expected = &life.expected;
        let sub = self.house.load(life.id).await;
        let lines = self.house.lines(&sub).await;
        let ledger: Vec<String> = lines.iter().map(|line| told_charge(&line.charge)).collect();
        assert_eq!(ledger, expected.ledger, "{:?} did {:?}", expected.plan, life.acts);
        let history = self.house.history(&sub).await;
        let story = history.iter().map(|entry| {
            let at = entry.effective_at.as_millisecond();
            format!("{} {at} {}->{}", entry.kind, entry.quantity_before, entry.quantity_after)
        });
        let story: Vec<String> = story.collect();
        assert_eq!(story, expected.story, "{:?} did {:?}", expected.plan, life.acts);
        let found = told(&sub, self.now);
        assert_eq!(
            found,
            told_reference(expected, self.now),
            "{:?} did {:?}",
            expected.plan,
            life.acts
        );
    }
}

fn an_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Nothing),
        6 => (1_i64..60).prop_map(Act::Resize),
        1 => (250_i64..320).prop_map(Act::Resize),
        1 => Just(Act::Suspend),
        2 => Just(Act::Resume),
        2 => any::<bool>().prop_map(Act::AutoRenew),
        1 => (1_i64..60).prop_map(Act::Schedule),
        1 => Just(Act::Cancel),
    ]
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

/// What the price list says of a plan in 2026.
fn offer(plan: Plan) -> Offer {
    let sample = month_to_month();
    let kind = match (plan.is_software, plan.is_refunded_in_full) {
        (true, _) => ProductKind::SoftwareSubscription,
        (false, true) => ProductKind::IsvSaasLicense,
        (false, false) => ProductKind::LicenseBased,
    };
    let term = [TermLength::OneMonth, TermLength::OneYear, TermLength::ThreeYears]
        .into_iter()
        .find(|term| term.months() == plan.months);
    let billing = [BillingCycle::Monthly, BillingCycle::Annual, BillingCycle::Triennial]
        .into_iter()
        .find(|billing| billing.months() == Some(plan.billed_every));
    Offer {
        id: OfferId(plan.offer.to_owned()),
        kind,
        term,
        billing: billing.unwrap(),
        price: Money::of_minor(plan.price, sample.price.currency),
        ..sample
    }
}

/// The offer as order would send it: at the price in force.
fn priced(plan: Plan, now: i64) -> Offer {
    let [cheap, dear] = price_list(&offer(plan));
    if instant(now) < dear.effective_at { cheap.offer } else { dear.offer }
}

fn told_charge(charge: &Charge) -> String {
    let is_credit = matches!(charge.kind, ChargeKind::RemoveSeats | ChargeKind::Cancel);
    let days = (!is_credit).then_some((charge.period_start, charge.period_end));
    let each = charge.effective_unit_price.minor;
    let due = charge.effective_at.as_millisecond();
    assert_eq!(charge.amount.minor, each * charge.quantity);
    line(charge.kind.as_str(), charge.quantity, each, days, due)
}

fn told(sub: &Subscription, now: i64) -> String {
    let ms = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let is_over = !sub.is_live();
    let batches = sub.batches.iter().map(|batch| (batch.quantity, ms(batch.deadline)));
    let batches: Vec<_> = batches.filter(|_| !is_over).collect();
    let status = match sub.status {
        Status::Pending | Status::Active => State::Active,
        Status::Suspended => State::Suspended,
        Status::Expired => State::Expired,
        Status::Cancelled => State::Cancelled,
        Status::Deleted => State::Deleted,
    };
    let term = sub.term.map(|term| format!("{}..{}", term.start, term.end)).unwrap();
    let scheduled = sub.scheduled.as_ref().and_then(|set| set.quantity);
    let reducible = reducible(sub, instant(now)).total;
    let (seats, until) = (sub.quantity, ms(sub.cancellable_until));
    format!(
        "{status:?} {seats} {} {scheduled:?} {term} {until:?} {batches:?} {reducible}",
        sub.auto_renew
    )
}

fn told_reference(life: &Reference, now: i64) -> String {
    let is_over = !matches!(life.state, State::Active | State::Suspended);
    let batches = life.batches.iter().map(|batch| (batch.seats, batch.until));
    let batches: Vec<_> = batches.filter(|_| !is_over).collect();
    let term = format!("{}..{}", life.term.0, life.term.1);
    let reducible = life.reducible(now);
    format!(
        "{:?} {} {} {:?} {term} {:?} {batches:?} {reducible}",
        life.state, life.seats, life.auto_renew, life.scheduled, life.cancel_until
    )
}
