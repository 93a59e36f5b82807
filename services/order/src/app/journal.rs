//! Audit entries for what callers did here.

use std::collections::BTreeMap;

use access::Caller;
use jiff::Timestamp;
use journal::{Entry, Outcome};
use mailbox::Letter;
use vocab::{MessageId, PartnerId};

use super::App;
use crate::domain::Customer;

/// What this service is called in the log.
const SERVICE: &str = "order";

/// Something that a caller did.
pub struct Deed<'a> {
    /// The method's name.
    pub action: &'static str,
    /// The resource's name.
    pub resource: String,
    /// The partner that it concerns.
    pub partner: Option<PartnerId>,
    /// The customer that it concerns, and the customer's now.
    pub customer: Option<(&'a Customer, Timestamp)>,
    /// More, by name.
    pub details: BTreeMap<String, String>,
}

impl App {
    /// Returns the letter that tells the audit service of a deed.
    pub(super) fn entry(&self, caller: &Caller, deed: Deed<'_>) -> Letter {
        let Deed { action, resource, partner, customer, details } = deed;
        let on_test_clock = customer.filter(|(customer, _)| customer.facts.test_clock.is_some());
        let entry = Entry {
            id: MessageId(self.ids.uuid()),
            occurred_at: self.clocks.real_now(),
            test_clock_at: on_test_clock.map(|(_, now)| now),
            service: SERVICE.to_owned(),
            actor: caller.subject.clone(),
            partner,
            customer: customer.map(|(customer, _)| customer.id),
            action: action.to_owned(),
            resource,
            outcome: Outcome::Done,
            reason: String::new(),
            details,
        };
        entry.letter()
    }
}
