//! What the catalog can be asked to do, one file a verb, each in one transaction.

mod availability;
mod browse;
mod hybrid;
mod import;
mod promotions;
mod publish;
mod read;
mod suites;
mod upgrades;
mod watch;

use std::sync::Arc;

use clock::Clock;
use db::Db;
use jiff::Timestamp;
use mailbox::Nudge;
use tokio::sync::watch as signal;
use vocab::IdGen;

use crate::peers::Orders;

pub use crate::domain::revision::Progress;
pub use import::{Import, Importer};

/// The catalog.
#[derive(Debug)]
pub struct App {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: IdGen,
    nudge: Nudge,
    /// The last place in the feed that this process wrote.
    written: signal::Sender<i64>,
    orders: Orders,
}

impl App {
    /// A catalog on an open database; `nudge` wakes the post, `orders` tells what can be sold to whom.
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: IdGen, nudge: Nudge, orders: Orders) -> Self {
        Self { db, clock, ids, nudge, written: signal::Sender::new(0), orders }
    }

    /// Returns the instant that a caller asks about: now, unless it names one.
    fn at(&self, at: Option<Timestamp>) -> Timestamp {
        at.unwrap_or_else(|| self.clock.now())
    }
}
