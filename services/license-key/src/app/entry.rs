//! What license-key puts on record. No entry holds a key (DWN-6, TRP-53).

use std::collections::BTreeMap;

use access::Caller;
use jiff::Timestamp;
use journal::{Entry, Outcome};
use mailbox::Letter;
use vocab::{CustomerId, MessageId, PartnerId};

use super::App;
use super::purchases::Of;
use crate::domain::Purchase;
use crate::error::Error;
use db::Tx;

/// Who did what to whose, before it is known how it ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Deed {
    pub(super) actor: String,
    pub(super) partner: Option<PartnerId>,
    pub(super) customer: Option<CustomerId>,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) test_clock_at: Option<Timestamp>,
    pub(super) details: BTreeMap<String, String>,
}

impl Deed {
    /// What a caller does with a purchase, whatever is behind its name: the caller's partner, and the
    /// name that was given. Nothing is looked up for it, so that nobody's log tells of others'
    /// purchases.
    pub(super) fn at(caller: &Caller, (customer, purchase): Of, action: &str) -> Self {
        Self {
            actor: caller.subject.clone(),
            partner: caller.partner,
            customer: Some(customer),
            action: action.to_owned(),
            resource: rpc::name::Subscription(customer, purchase).to_string(),
            ..Self::default()
        }
    }

    /// Adds what KEY-5 asks for: which customer, product and order.
    pub(super) fn on(self, purchase: &Purchase) -> Self {
        let order = rpc::name::Order(purchase.customer, purchase.order);
        let mut details = self.details;
        for (name, value) in [
            ("order", order.to_string()),
            ("product", format!("products/{}", purchase.sku.product)),
            ("sku", purchase.sku.to_string()),
        ] {
            details.insert(name.to_owned(), value);
        }
        Self { partner: Some(purchase.partner), customer: Some(purchase.customer), details, ..self }
    }
}

impl App {
    /// Returns the entry of a deed that was done, or refused for a reason.
    pub(super) fn entry(&self, deed: Deed, refused: Option<&str>) -> Entry {
        Entry {
            id: MessageId(self.ids.uuid()),
            occurred_at: self.clocks.real_now(),
            test_clock_at: deed.test_clock_at,
            service: "license-key".to_owned(),
            actor: deed.actor,
            partner: deed.partner,
            customer: deed.customer,
            action: deed.action,
            resource: deed.resource,
            outcome: refused.map_or(Outcome::Done, |_| Outcome::Refused),
            reason: refused.unwrap_or_default().to_owned(),
            details: deed.details,
        }
    }

    /// Writes an entry in the transaction of what it tells of; nudge after the commit.
    pub(super) async fn write(&self, tx: &mut Tx, entry: &Entry) -> Result<(), Error> {
        let letter: Letter = entry.letter();
        Ok(mailbox::send(tx, &[letter], entry.occurred_at).await?)
    }
}
