//! The log on a real database, at noon.

mod activity;
mod append;
mod append_only;
mod attacks;
mod checkpoint;
mod config;
mod erase;
mod export;
mod feed;
mod keys;
mod proofs;
mod readers;
mod refusals;
mod start;
mod walls;
mod wire;

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use db::Tx;
use jiff::SignedDuration;
use testkit::{Backend, IdGen, ManualClock, TestDb, noon};
use tokio::sync::watch as signal;
use uuid::Uuid;
use vocab::{CustomerId, MessageId, PartnerId};

use crate::{
    app::App,
    domain::{
        Checkpoint, Entry, Keyring, Outcome, READERS, Readers, Receipt, Report, Signer, Submitted,
    },
    store,
};

const PARTNER: PartnerId = PartnerId(Uuid::from_u128(0xaaaa));
const ORIGIN: &str = "log.example";
const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0xcccc));

/// Returns a key to sign checkpoints with.
pub(crate) fn a_key() -> String {
    access::generate_key_pair().unwrap().private_pem
}

/// Returns what signs the log of the tests.
fn a_signer() -> Signer {
    Signer::from_pem(&a_key(), ORIGIN).unwrap()
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
        let keyring = Keyring { signer: a_signer(), retired: vec![] };
        let app = App {
            db: place.db.clone(),
            clock: clock.clone(),
            ids: IdGen::counted(),
            keyring,
            readers: Readers::new(&READERS.map(ToOwned::to_owned)).unwrap(),
            appended: signal::Sender::new(0),
        };
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

    /// Returns what the check elsewhere says, which shares no code with this service.
    async fn verify_elsewhere(&self, kept: Option<&Checkpoint>) -> audit_verify::Report {
        let keys = self.app.keyring.keys();
        let keys = keys.map(|key| audit_verify::Key::of_bytes(key.public_key()).unwrap()).collect();
        let kept = kept.map(|kept| audit_verify::Head {
            text: kept.text(ORIGIN),
            signature: STANDARD.encode(&kept.signature),
        });
        audit_verify::database::check(&self.place.url, ORIGIN, keys, kept.as_ref()).await.unwrap()
    }

    async fn verify(&self) -> Report {
        self.app.verify(None).await.unwrap()
    }

    async fn tx(&self) -> Tx {
        self.place.db.begin().await.unwrap()
    }
}

fn submitted(entries: impl IntoIterator<Item = Entry>) -> Vec<Submitted> {
    entries.into_iter().map(Submitted::from).collect()
}
