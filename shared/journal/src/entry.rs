//! What an entry says, and how it waits in the outbox.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mailbox::Letter;
use serde::{Deserialize, Serialize};
use vocab::{CustomerId, MessageId, PartnerId};

/// Where letters with entries go.
pub const TO: &str = "audit";

/// What letters with entries are.
pub const KIND: &str = "audit.entry";

vocab::text_enum! {
    /// How an attempt ended.
    Outcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Refused = "refused",
    }
}

/// One entry of the audit log. It never holds a key, a token or a link.
///
/// Source: AUD-4, DWN-6, TRP-53.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The entry, appended once, however often it is sent.
    pub id: MessageId,
    /// When it happened, by the service's real clock.
    pub occurred_at: Timestamp,
    /// When it happened by the customer's test clock, if there is one.
    pub test_clock_at: Option<Timestamp>,
    /// The service that did it.
    pub service: String,
    /// Who: the caller's subject, or the service itself.
    pub actor: String,
    /// The partner it concerns.
    pub partner: Option<PartnerId>,
    /// The customer it concerns.
    pub customer: Option<CustomerId>,
    /// What: `RevealProductKey`.
    pub action: String,
    /// The resource's name.
    pub resource: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused, as on the wire; empty if it was done.
    pub reason: String,
    /// More, by name: product, order, amount.
    pub details: BTreeMap<String, String>,
}

impl Entry {
    /// Returns the letter that carries the entry.
    pub fn letter(&self) -> Letter {
        // An entry has text alone, which is always JSON: the macro cannot fail.
        let body = serde_json::json!(self).to_string();
        Letter { id: self.id, to: TO, kind: KIND, body }
    }
}
