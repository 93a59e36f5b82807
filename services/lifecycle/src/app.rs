//! The verbs: one file each, one transaction each. They load, ask the domain, save what it answered.

mod act;
mod assign_reseller;
mod cancel;
mod cancel_purchases;
mod change_billing;
mod change_quantity;
mod changes;
mod complete_transfer;
mod explain;
pub mod export;
mod family;
mod feed;
mod forget;
mod held;
mod judge;
mod letters;
mod list;
mod list_add_ons;
mod prices;
mod read;
mod record_usage;
mod rename;
mod renewal_settings;
mod ring;
mod settle_support;
mod signals;
mod start;
mod suspend;
mod test_clock;
mod timers;
mod transfers;
mod transition;
mod ways;

pub use act::Target;
pub use feed::{Follower, Look};
pub use ring::Rung;
pub use signals::Signals;
pub use start::StartOrder;
pub use timers::timer_key;

pub use crate::store::subscriptions::AlarmPlace;
pub use crate::store::timers::Backlog;

use std::sync::Arc;
use std::time::Duration;

use access::Table;
use clock::Clocks;
use db::Db;
use rpc::{Previews, Seal};
use tokio::sync::Semaphore;
use vocab::IdGen;

use crate::domain::{NOTHING_HELD, Occasion, Policy};
use crate::peers::Peers;

/// Everything that the verbs work with.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// What time it is, for whom.
    pub clocks: Clocks,
    /// Where ids come from.
    pub ids: IdGen,
    /// The knobs of the rules.
    pub policy: Policy,
    /// Holds calls to what was previewed.
    pub previews: Previews,
    /// Which roles may call what.
    pub contract: Table,
    /// Marks page tokens as ours.
    pub seal: Seal,
    /// Lets letters leave, followers see and timers ring at once.
    pub nudge: Signals,
    /// Turns of exports.
    pub exports: Semaphore,
    /// The other services.
    pub peers: Arc<Peers>,
    /// Whether test clocks are allowed here.
    pub has_test_clocks: bool,
    /// How long the others may take to settle when a test clock moves.
    pub settle_timeout: Duration,
}

impl App {
    fn occasion(&self, now: jiff::Timestamp) -> Occasion<'_> {
        Occasion {
            now,
            policy: &self.policy,
            held: &NOTHING_HELD,
            cycle_charge: None,
            ids: &self.ids,
        }
    }
}
