//! The verbs of this service, one file each: one verb, one transaction. What the rules are is in
//! `domain`, what the wire looks like in `service`.

mod bells;
mod cancel_order;
mod carts;
mod check_relationship;
mod checkout;
mod choose_order;
mod customers;
mod decide_support;
mod find;
mod forecasts;
mod forget;
mod fulfil;
mod import_history;
mod journal;
mod judge_offers;
mod judgement;
mod orders;
mod partners;
mod preview;
mod prices;
mod relationships;
mod resellers;
mod review;
mod scope;
mod support;
mod update_partner;

pub use crate::domain::{Imported, Placed};
pub use orders::page_key;
pub use relationships::relationship_key;

use clock::Clocks;
use db::Db;
use mailbox::Nudge;
use rpc::{Previews, Seal};
use tokio_util::sync::CancellationToken;
use vocab::IdGen;

use crate::domain::{Buyer, Policy};
use crate::peers::Lifecycle;
use bells::Bells;

/// What every verb needs.
#[derive(Debug)]
pub struct App {
    db: Db,
    clocks: Clocks,
    ids: IdGen,
    post: Nudge,
    previews: Previews,
    lifecycle: Lifecycle,
    bells: Bells,
    policy: Policy,
    stop: CancellationToken,
}

/// What an [`App`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// What time it is, for everybody.
    pub clocks: Clocks,
    /// Where ids come from.
    pub ids: IdGen,
    /// Wakes the post.
    pub post: Nudge,
    /// Marks previews as ours.
    pub seal: Seal,
    /// The service that runs subscriptions.
    pub lifecycle: Lifecycle,
    /// What an operator has set of the rules.
    pub policy: Policy,
    /// Cancelled when the process shall stop.
    pub stop: CancellationToken,
}

/// Who asks, and what their roles are good for.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The verified caller.
    pub caller: &'a access::Caller,
    /// What they may buy.
    pub buyer: Buyer,
    /// Whether they may cancel software (CAN-7).
    pub is_admin_agent: bool,
}

impl App {
    /// Puts the verbs together.
    pub fn new(parts: Parts) -> Self {
        let Parts { db, clocks, ids, post, seal, lifecycle, policy, stop } = parts;
        let previews = Previews::new(seal);
        let bells = Bells::default();
        Self { db, clocks, ids, post, previews, lifecycle, bells, policy, stop }
    }
}
