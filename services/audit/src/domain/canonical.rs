//! The one way to write an entry as bytes: what is hashed into its leaf, for ever.
//!
//! A sequence of fields, each as its length (32 bits, big-endian) and its bytes, so that no two
//! entries have the same bytes:
//!
//! | field | bytes |
//! |---|---|
//! | version | `tenure.audit.entry/1` |
//! | index | 64 bits, big-endian |
//! | `appended_at` | microseconds since 1970, 64 bits, big-endian, two's complement |
//! | id | the 16 bytes of the UUID |
//! | `occurred_at` | as `appended_at` |
//! | `test_clock_at` | as `appended_at`; empty when there is none |
//! | service | UTF-8 |
//! | `actor_hash` | SHA-256 of the 16 bytes of salt and the actor in UTF-8 |
//! | partner, customer | the 16 bytes of the UUID; empty when there is none |
//! | action, resource | UTF-8 |
//! | outcome | `DONE` or `REFUSED` |
//! | reason | UTF-8 |
//! | details | name and value of each, UTF-8, in the order of the names' bytes |
//!
//! The index is part of it: two entries that change places are found by their own hashes. Another
//! way to write entries gets another version; this one stays, for what it has hashed.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Entry, Hash};

const VERSION: &str = "tenure.audit.entry/1";

/// Returns the bytes that the leaf of an entry is made of.
pub(super) fn encode(
    index: i64,
    appended_at: Timestamp,
    actor_hash: Hash,
    entry: &Entry,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    let mut field = |content: &[u8]| {
        // No field comes near 4 GiB: a message between services has a few megabytes at most.
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(content);
    };
    field(VERSION.as_bytes());
    field(&index.to_be_bytes());
    field(&instant(appended_at));
    field(entry.id.0.as_bytes());
    field(&instant(entry.occurred_at));
    field(entry.test_clock_at.map(instant).as_ref().map_or(&[], |bytes| &bytes[..]));
    field(entry.service.as_bytes());
    field(&actor_hash.0);
    field(id_bytes(entry.partner.as_ref().map(|partner| &partner.0)));
    field(id_bytes(entry.customer.as_ref().map(|customer| &customer.0)));
    field(entry.action.as_bytes());
    field(entry.resource.as_bytes());
    field(entry.outcome.as_str().as_bytes());
    field(entry.reason.as_bytes());
    for (name, value) in &entry.details {
        field(name.as_bytes());
        field(value.as_bytes());
    }
    bytes
}

/// Microseconds, because that is what both databases keep: nothing in a row is left unproven.
fn instant(at: Timestamp) -> [u8; 8] {
    at.as_microsecond().to_be_bytes()
}

fn id_bytes(id: Option<&Uuid>) -> &[u8] {
    id.map_or(&[], |id| id.as_bytes())
}

#[cfg(test)]
mod tests;
