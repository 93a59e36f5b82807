//! The log on a real database, at noon.

mod activity;
mod append;
mod append_only;
mod attacks;
mod checkpoint;
mod config;
mod start;
mod wire;

use std::sync::Arc;

use db::Tx;
use jiff::SignedDuration;
use testkit::{Backend, ManualClock, TestDb, noon};
use uuid::Uuid;
use vocab::{CustomerId, MessageId, PartnerId};

use crate::{
    app::App,
    domain::{Entry, Outcome, Receipt, Report, Signer, Submitted},
    store,
};

const PARTNER: PartnerId = PartnerId(Uuid::from_u128(0xaaaa));
const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0xcccc));

/// Returns a key to sign checkpoints with.
pub(crate) fn a_key() -> String {
    access::generate_key_pair().unwrap().private_pem
}

/// Returns an entry; the number makes its id, and the minute after noon at which it occurred.
pub(crate) fn an_entry(number: u32) -> Entry {
    Entry {
        id: MessageId(Uuid::from_u128(number.into())),
        occurred_at: noon() + SignedDuration::from_mins(number.into()),
        test_clock_at: None,
        service: "license-key".to_owned(),
        actor: "ada@partner.example".to_owned(),
        partner: Some(PARTNER),
        customer: Some(CUSTOMER),
        action: "RevealProductKey".to_owned(),
        resource: format!("{CUSTOMER}/keys/{number}"),
        outcome: Outcome::Done,
        reason: String::new(),
        details: [("order".to_owned(), "orders/1".to_owned())].into(),
    }
}

/// The log, and what a test needs around it.
struct House {
    app: Arc<App>,
    clock: Arc<ManualClock>,
    place: TestDb,
}

impl House {
    async fn on(backend: Backend) -> Self {
        let place = TestDb::fresh(backend, store::MIGRATIONS).await;
        let clock = Arc::new(ManualClock::new(noon()));
        let signer = Signer::from_pem(&a_key(), "log.example").unwrap();
        let app = App { db: place.db.clone(), clock: clock.clone(), signer };
        Self { app: Arc::new(app), clock, place }
    }

    /// Returns a house whose log holds `count` entries, with the ids 1 to `count`.
    async fn with(backend: Backend, count: u32) -> Self {
        let house = Self::on(backend).await;
        house.append((1..=count).map(an_entry)).await;
        house
    }

    async fn append(&self, entries: impl IntoIterator<Item = Entry>) -> Vec<Receipt> {
        self.app.append(submitted(entries)).await.unwrap()
    }

    async fn verify(&self) -> Report {
        self.app.verify(None).await.unwrap()
    }

    async fn tx(&self) -> Tx {
        self.place.db.begin().await.unwrap()
    }
}

fn submitted(entries: impl IntoIterator<Item = Entry>) -> Vec<Submitted> {
    let one = |entry: Entry| Submitted { id: entry.id.to_string(), entry: Ok(entry) };
    entries.into_iter().map(one).collect()
}
