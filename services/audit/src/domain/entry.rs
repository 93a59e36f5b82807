//! An entry as its sender wrote it, and as the log keeps it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vocab::{CustomerId, MessageId, PartnerId};

use super::{Hash, canonical};

vocab::text_enum! {
    /// How an attempt ended.
    Outcome {
        /// It was done.
        Done = "DONE",
        /// It was refused.
        Refused = "REFUSED",
    }
}

/// Who did what to what, and how it ended.
///
/// Source: AUD-1, AUD-4, KEY-5, TRP-53.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, given by its sender; the log keeps each id once.
    pub id: MessageId,
    /// When it happened, by the real clock of the service that did it.
    pub occurred_at: Timestamp,
    /// When it happened by the customer's test clock.
    pub test_clock_at: Option<Timestamp>,
    /// The service that did it.
    pub service: String,
    /// Who: the subject of a caller, or a service; [`ERASED`] once the name was erased. The one field
    /// that may name a person.
    pub actor: String,
    /// The partner it concerns, who alone may read it.
    pub partner: Option<PartnerId>,
    /// The customer it concerns.
    pub customer: Option<CustomerId>,
    /// What was done or tried: `RevealProductKey`.
    pub action: String,
    /// The name of what it was done to.
    pub resource: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused; empty if it was not.
    pub reason: String,
    /// More, by name.
    pub details: BTreeMap<String, String>,
}

/// What stands for a name that was erased.
pub const ERASED: &str = "erased";

/// Random bytes that keep an actor's name from being guessed by its hash.
pub type Salt = [u8; 16];

/// An entry in its place, with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its place, from 0.
    pub index: i64,
    /// When it was appended, by the log's own clock.
    pub appended_at: Timestamp,
    /// The entry.
    pub entry: Entry,
    /// What the actor is hashed with; `None` once the two were erased.
    pub actor_salt: Option<Salt>,
    /// The hash of salt and actor. The leaf is made of it in the actor's stead, so that the two can be
    /// erased and the leaf still be proven.
    pub actor_hash: Hash,
    /// The hash of the leaf.
    pub leaf_hash: Hash,
}

impl Logged {
    /// Puts an entry in its place.
    pub fn new(index: i64, appended_at: Timestamp, entry: Entry, actor_salt: Salt) -> Self {
        let actor_hash = actor_hash(actor_salt, &entry.actor);
        let leaf_hash = leaf_hash(index, appended_at, actor_hash, &entry);
        let actor_salt = Some(actor_salt);
        Self { index, appended_at, entry, actor_salt, actor_hash, leaf_hash }
    }

    /// Whether the actor's name was erased.
    pub fn is_erased(&self) -> bool {
        self.actor_salt.is_none()
    }

    /// Returns what is wrong between the entry and its own hashes; `None` if it is as it was appended,
    /// or was changed together with them.
    pub fn fault(&self) -> Option<&'static str> {
        let actor_hash = match self.actor_salt {
            Some(salt) => actor_hash(salt, &self.entry.actor),
            None => self.actor_hash,
        };
        let leaf_hash = leaf_hash(self.index, self.appended_at, actor_hash, &self.entry);
        if actor_hash != self.actor_hash {
            Some("its actor does not match the actor's hash")
        } else if leaf_hash != self.leaf_hash {
            Some("its content does not match its hash")
        } else {
            None
        }
    }
}

/// The salt has a fixed length, so the two cannot run into each other.
fn actor_hash(salt: Salt, actor: &str) -> Hash {
    Hash::of(&[&salt, actor.as_bytes()])
}

fn leaf_hash(index: i64, appended_at: Timestamp, actor_hash: Hash, entry: &Entry) -> Hash {
    Hash::of_leaf(&canonical::encode(index, appended_at, actor_hash, entry))
}
