//! The house: lifecycle on a real database, at noon, without its neighbours.

mod calls;
mod check;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use boot::{IdentityConfig, Process, ServerConfig};
use db::{Json, Tx, sql};
use jiff::{SignedDuration, Timestamp};
use proto::catalog::WatchCatalogResponse;
use replay::Answer;
use rpc::name;
use serde_json::Value;
use testkit::{Backend, IdGen, ManualClock, TestDb, noon};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vocab::{
    ClockId, MessageId, Offer, OfferVersion, OrderId, OrderLineId, PromotionVersion, SubscriptionId,
};

use super::given::{
    CUSTOMER, PARTNER, billed_monthly, month_to_month, perpetual, price_list, server, yearly,
};
use crate::app::{App, StartOrder};
use crate::domain::{Entry, Invoice, Line, OfferTerms, Purchase, Subscription};
use crate::{Config, PeersConfig, store};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Alarms of one transaction.
const BATCH: i64 = 100;

pub struct House {
    pub app: Arc<App>,
    pub clock: Arc<ManualClock>,
    process: Process,
    config: Config,
    has_broken_rows: AtomicBool,
    _place: TestDb,
}

impl House {
    /// Lifecycle on a fresh database, with a price list that dates from this year and the next.
    pub async fn on(backend: Backend) -> Self {
        Self::beside(backend, None).await
    }

    /// As [`on`](Self::on), with an order service that listens there.
    pub async fn beside(backend: Backend, order: Option<SocketAddr>) -> Self {
        let place = TestDb::fresh(backend, store::MIGRATIONS).await;
        let peers = PeersConfig {
            catalog: NOWHERE.to_owned(),
            order: order.map_or(NOWHERE.to_owned(), |address| format!("http://{address}")),
            license_key: NOWHERE.to_owned(),
            audit: NOWHERE.to_owned(),
        };
        let config = Config {
            db_url: place.url.clone(),
            identity: IdentityConfig {
                private_key: access::generate_key_pair().unwrap().private_pem,
            },
            peers,
            test_clocks: true,
            settle_timeout: SignedDuration::ZERO,
            ..Config::default()
        };
        let clock = Arc::new(ManualClock::new(noon()));
        let mut process = process(&config, clock.clone());
        process.ids = IdGen::counted();
        let (app, _) = crate::build(&config, &process).await.unwrap();
        let has_broken_rows = AtomicBool::new(false);
        let house = Self { app, clock, process, config, has_broken_rows, _place: place };
        for offer in [yearly(), billed_monthly(), month_to_month(), server(), perpetual()] {
            house.sell(&price_list(&offer)).await;
        }
        house
    }

    /// Returns another process on the same database, whose clock shows `at`.
    pub async fn neighbour(&self, at: Timestamp) -> Arc<App> {
        let mut process = self.process.clone();
        process.clock = Arc::new(ManualClock::new(at));
        crate::build(&self.config, &process).await.unwrap().0
    }

    /// Lets the price list say so.
    pub async fn sell(&self, versions: &[OfferVersion]) {
        let offers = versions.iter().map(price_list::wire::version).collect();
        let piece = WatchCatalogResponse { offers, ..WatchCatalogResponse::default() };
        let mut tx = self.tx().await;
        price_list::apply(&mut tx, &piece).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets the price list say of promotions.
    pub async fn promote(&self, versions: &[PromotionVersion]) {
        let promotions = versions.iter().map(price_list::wire::promotion_version).collect();
        let piece = WatchCatalogResponse { promotions, ..WatchCatalogResponse::default() };
        let mut tx = self.tx().await;
        price_list::apply(&mut tx, &piece).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Cancelled when the process stops.
    pub fn stop(&self) -> CancellationToken {
        self.process.stop.clone()
    }

    pub async fn tx(&self) -> Tx {
        self.app.db.begin().await.unwrap()
    }

    pub fn now(&self) -> Timestamp {
        self.app.clocks.real_now()
    }

    pub fn uuid(&self) -> Uuid {
        self.app.ids.uuid()
    }

    /// A line of an order of this instant.
    pub fn line(&self, offer: &Offer, quantity: i64) -> Purchase {
        Purchase {
            id: SubscriptionId(self.uuid()),
            customer: CUSTOMER,
            partner: PARTNER,
            clock: None,
            order: OrderId(self.uuid()),
            order_line: OrderLineId(self.uuid()),
            ordered_at: self.now(),
            friendly_name: String::new(),
            offer: OfferTerms::from(offer),
            quantity,
            promotion: None,
            segment: None,
            co_term: None,
            reseller: None,
        }
    }

    /// An order of these lines, as order sends it.
    pub fn order(&self, lines: Vec<Purchase>) -> StartOrder {
        let order = OrderId(self.uuid());
        let lines = lines.into_iter().map(|line| Purchase { order, ..line }).collect();
        let message = MessageId(self.uuid());
        StartOrder { message, customer: CUSTOMER, order, lines, brought_in_at: None }
    }

    /// Buys one thing, as an order of its own.
    pub async fn given(&self, purchase: Purchase) -> Subscription {
        let id = purchase.id;
        self.app.start(vec![self.order(vec![purchase])]).await.unwrap();
        self.load(id).await
    }

    pub async fn buy(&self, offer: &Offer, quantity: i64) -> Subscription {
        self.given(self.line(offer, quantity)).await
    }

    /// Lets time pass: every alarm on the way is answered at its instant, in order.
    pub async fn sleep(&self, duration: SignedDuration) {
        self.sleep_until(self.now() + duration).await;
    }

    pub async fn sleep_until(&self, until: Timestamp) {
        while let Some(due_at) = self.next_alarm(None).await.filter(|due_at| *due_at <= until) {
            self.clock.set(due_at.max(self.now()));
            self.ring(None).await;
        }
        self.clock.set(until);
    }

    /// Moves a test clock as `AdvanceTestClock` does.
    pub async fn advance(&self, clock: ClockId, until: Timestamp) {
        while let Some(due_at) = self.next_alarm(Some(clock)).await.filter(|it| *it <= until) {
            self.set_test_clock(clock, due_at).await;
            self.ring(Some(clock)).await;
        }
        self.set_test_clock(clock, until).await;
    }

    pub async fn set_test_clock(&self, clock: ClockId, at: Timestamp) {
        let mut tx = self.tx().await;
        self.app.clocks.set(&mut tx, clock, at).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn next_alarm(&self, clock: Option<ClockId>) -> Option<Timestamp> {
        self.app.next_alarm(clock).await.unwrap()
    }

    /// Answers everything that is due now.
    pub async fn ring(&self, clock: Option<ClockId>) {
        while !self.app.ring_due(clock, BATCH).await.unwrap().is_idle() {}
    }

    pub async fn load(&self, id: SubscriptionId) -> Subscription {
        let mut tx = self.tx().await;
        store::subscriptions::load(&mut tx, &[id]).await.unwrap().pop().unwrap()
    }

    /// Returns all that is live or was, in the order in which it was bought.
    pub async fn all(&self) -> Vec<Subscription> {
        let rows = sql!("SELECT body FROM subscriptions ORDER BY subscription_id");
        let mut tx = self.tx().await;
        let rows = rows.fetch_all(&mut tx).await.unwrap();
        let bodies = rows.iter().map(|row| row.get::<Json>(0).unwrap().0);
        bodies.filter_map(|body| serde_json::from_str(&body).ok()).collect()
    }

    /// Returns a subscription's lines of money, in the order in which they were made.
    pub async fn lines(&self, sub: &Subscription) -> Vec<Line> {
        self.lines_of(store::charges::Of::Subscription(sub.id)).await
    }

    pub async fn lines_on(&self, invoice: &Invoice) -> Vec<Line> {
        self.lines_of(store::charges::Of::Invoice(invoice.id)).await
    }

    async fn lines_of(&self, of: store::charges::Of) -> Vec<Line> {
        let mut tx = self.tx().await;
        store::charges::list(&mut tx, of, None, None, 10_000).await.unwrap()
    }

    pub async fn history(&self, sub: &Subscription) -> Vec<Entry> {
        let mut tx = self.tx().await;
        store::changes::list(&mut tx, sub.id, None, 10_000).await.unwrap()
    }

    /// Returns the partner's invoices, the oldest month first.
    pub async fn invoices(&self) -> Vec<Invoice> {
        let mut tx = self.tx().await;
        let mut found = store::invoices::list(&mut tx, PARTNER, None, 1_000).await.unwrap();
        found.reverse();
        found
    }

    /// Returns the letters that wait for a service: what they are about, and what they say.
    pub async fn letters(&self, to: &str) -> Vec<(String, Value)> {
        let rows = sql!("SELECT kind, body FROM outbox WHERE destination = $1 ORDER BY position");
        let mut tx = self.tx().await;
        let rows = rows.bind(to).fetch_all(&mut tx).await.unwrap();
        rows.iter()
            .map(|row| {
                let body: String = row.get(1).unwrap();
                (row.get(0).unwrap(), serde_json::from_str(&body).unwrap())
            })
            .collect()
    }

    /// Returns everything that is stored, as text: equal texts, nothing changed.
    pub async fn everything(&self) -> Vec<String> {
        let mut tx = self.tx().await;
        let rows = sql!(
            "SELECT subscription_id, version, alarm_at, attempts, body FROM subscriptions
             ORDER BY subscription_id"
        );
        let mut shown = vec![];
        for row in rows.fetch_all(&mut tx).await.unwrap() {
            let id: Uuid = row.get(0).unwrap();
            let alarm: Option<Timestamp> = row.get(2).unwrap();
            let (version, attempts): (i64, i64) = (row.get(1).unwrap(), row.get(3).unwrap());
            let Json(body) = row.get(4).unwrap();
            shown.push(format!("{id} {version} {alarm:?} {attempts} {body}"));
        }
        for counted in [
            sql!("SELECT count(*) FROM changes"),
            sql!("SELECT count(*) FROM charges"),
            sql!("SELECT count(*) FROM invoices"),
            sql!("SELECT count(*) FROM invoices WHERE closed_at IS NOT NULL"),
            sql!("SELECT count(*) FROM outbox"),
            sql!("SELECT count(*) FROM inbox"),
            sql!("SELECT count(*) FROM replays"),
        ] {
            let count: i64 = counted.fetch_one(&mut tx).await.unwrap().get(0).unwrap();
            shown.push(format!("{} {count}", counted.lite));
        }
        shown
    }

    /// Makes the state of a subscription unreadable.
    pub async fn spoil(&self, sub: &Subscription) {
        self.has_broken_rows.store(true, Ordering::Relaxed);
        let mut tx = self.tx().await;
        let spoilt = sql!("UPDATE subscriptions SET body = $2 WHERE subscription_id = $1");
        spoilt.bind(sub.id.0).bind(Json("{}".to_owned())).execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            tokio::task::block_in_place(|| Handle::current().block_on(self.check()));
        }
    }
}

pub fn name_of(sub: &Subscription) -> String {
    name::Subscription(sub.customer, sub.id).to_string()
}

/// The outcome that was made just now.
pub fn fresh<T>(answer: Answer<T>) -> T {
    match answer {
        Answer::Fresh(outcome) => outcome,
        Answer::Replayed(_) => panic!("the answer is not a new one"),
    }
}

fn process(config: &Config, clock: Arc<ManualClock>) -> Process {
    let server = ServerConfig::default();
    Process::new("lifecycle", &server, &config.identity, &config.auth, clock).unwrap()
}
