//! Two databases and what goes between them: letters from the outbox of one into the inbox of the other.

mod delivery;
mod refusal;
mod running;
mod standing;
mod taking;
mod traces;

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use clock::Clock as _;
use db::{Db, Migration, sql};
use testkit::{Backend, ManualClock, TestDb, noon};
use tokio::sync::Notify;
use uuid::Uuid;
use vocab::MessageId;
use worker::Progress;

use crate::{
    Backlog, CarryError, Courier, DeliveryError, Envelope, Letter, Outcome, Post, TABLES, backlog,
    send, take, traceparent,
};

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "mailbox", sql: TABLES },
    Migration { version: 2, name: "effects", sql: "CREATE TABLE effects (message_id {uuid})" },
];

const DESTINATIONS: &[&str] = &["taker", "dead"];

/// What befalls one call; after the last one all goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Down,
    Fails,
    TakesAndIsCutOff,
    TakesAndNeverAnswers,
}

/// Takes what it carries into the other database, in the transaction of its effect.
#[derive(Debug, Clone)]
struct Carrier {
    taker: Db,
    state: Arc<Mutex<State>>,
    /// Told after each call, and when one does not answer.
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    faults: VecDeque<Fault>,
    /// These are refused.
    refused: BTreeSet<MessageId>,
    /// The call fails at these.
    broken: BTreeSet<MessageId>,
    /// What was carried, call by call: the kind, the ids, the trace.
    calls: Vec<(String, Vec<MessageId>, String)>,
}

impl Carrier {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carried(&self) -> Vec<Vec<MessageId>> {
        self.state().calls.iter().map(|(_, ids, _)| ids.clone()).collect()
    }

    async fn take(&self, batch: &[Envelope]) -> Vec<Outcome> {
        let refused = self.state().refused.clone();
        let outcome = |letter: &Envelope| {
            if refused.contains(&letter.id) {
                Outcome::Refused("the customer is not known".to_owned())
            } else {
                Outcome::Taken
            }
        };
        let ids: Vec<_> = batch.iter().map(|it| it.id).filter(|id| !refused.contains(id)).collect();
        let mut tx = self.taker.begin().await.unwrap();
        let is_new = take(&mut tx, &ids, noon()).await.unwrap();
        for (id, _) in ids.iter().zip(is_new).filter(|(_, is_new)| *is_new) {
            let effect = sql!("INSERT INTO effects (message_id) VALUES ($1)");
            effect.bind(id.0).execute(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        batch.iter().map(outcome).collect()
    }

    async fn answer(&self, to: &str, batch: &[Envelope]) -> Result<Vec<Outcome>, CarryError> {
        let fault = self.state().faults.pop_front();
        let is_broken = batch.iter().any(|letter| self.state().broken.contains(&letter.id));
        match fault {
            Some(Fault::Down) => return Err(unreachable()),
            _ if to == "dead" => return Err(unreachable()),
            Some(Fault::Fails) => return Err(failed()),
            _ if is_broken => return Err(failed()),
            None | Some(Fault::TakesAndIsCutOff | Fault::TakesAndNeverAnswers) => {}
        }
        let outcomes = self.take(batch).await;
        match fault {
            Some(Fault::TakesAndIsCutOff) => Err(unreachable()),
            Some(Fault::TakesAndNeverAnswers) => {
                self.changed.notify_one();
                std::future::pending().await
            }
            None | Some(Fault::Down | Fault::Fails) => Ok(outcomes),
        }
    }
}

fn unreachable() -> CarryError {
    CarryError::Unreachable("connection refused".to_owned())
}

fn failed() -> CarryError {
    CarryError::Failed("internal error".to_owned())
}

impl Courier for Carrier {
    async fn carry(
        &self,
        to: &str,
        kind: &str,
        batch: &[Envelope],
    ) -> Result<Vec<Outcome>, CarryError> {
        let ids = batch.iter().map(|letter| letter.id).collect();
        self.state().calls.push((kind.to_owned(), ids, traceparent()));
        let answer = self.answer(to, batch).await;
        self.changed.notify_one();
        answer
    }
}

struct Town {
    sender: TestDb,
    taker: TestDb,
    clock: Arc<ManualClock>,
    carrier: Carrier,
}

impl Town {
    async fn on(backend: Backend) -> Self {
        let sender = TestDb::fresh(backend, MIGRATIONS).await;
        let taker = TestDb::fresh(backend, MIGRATIONS).await;
        let carrier =
            Carrier { taker: taker.db.clone(), state: Arc::default(), changed: Arc::default() };
        Self { sender, taker, clock: Arc::new(ManualClock::new(noon())), carrier }
    }

    /// Returns another process on the sender's database.
    fn post(&self) -> Post<Carrier> {
        let clock = Arc::clone(&self.clock);
        Post::new(self.sender.db.clone(), clock, self.carrier.clone(), DESTINATIONS)
    }

    async fn send(&self, letters: &[Letter]) {
        let mut tx = self.sender.db.begin().await.unwrap();
        send(&mut tx, letters, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Delivers to `taker` until nothing is left to do at this instant, whatever fails on the way.
    async fn settle(&self, post: &Post<Carrier>) -> Progress {
        loop {
            match post.deliver_once("taker").await {
                Ok(Progress::More) | Err(DeliveryError::Carry(_)) => {}
                Ok(rest @ (Progress::Idle | Progress::IdleFor(_))) => return rest,
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    /// Returns what had an effect, sorted: an id that had it twice is there twice.
    async fn effects(&self) -> Vec<MessageId> {
        let mut tx = self.taker.db.read().await.unwrap();
        let rows = sql!("SELECT message_id FROM effects").fetch_all(&mut tx).await.unwrap();
        let mut ids: Vec<_> = rows.iter().map(|row| MessageId(row.get(0).unwrap())).collect();
        ids.sort();
        ids
    }

    async fn waiting_count(&self) -> i64 {
        stand(&self.sender.db).await.waiting_count
    }
}

async fn stand(db: &Db) -> Backlog {
    let mut tx = db.read().await.unwrap();
    backlog(&mut tx).await.unwrap()
}

fn id(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(number))
}

fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<MessageId> {
    numbers.into_iter().map(id).collect()
}

fn letter(number: u128) -> Letter {
    Letter { id: id(number), to: "taker", kind: "note", body: format!("{{\"number\":{number}}}") }
}

fn letters(numbers: impl IntoIterator<Item = u128>) -> Vec<Letter> {
    numbers.into_iter().map(letter).collect()
}
