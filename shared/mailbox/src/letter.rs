//! A message on its way: what the sender writes, what the courier carries, what became of it.

use jiff::Timestamp;
use vocab::MessageId;

/// A message as its sender writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The message, for ever: one id, sent twice to one destination, is one message.
    pub id: MessageId,
    /// The service that shall take it: `lifecycle`.
    pub to: &'static str,
    /// What it is, for the courier: `lifecycle.start`.
    pub kind: &'static str,
    /// What it says: JSON that the courier understands.
    pub body: String,
}

/// A message as its courier carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The message.
    pub id: MessageId,
    /// What it is.
    pub kind: String,
    /// What it says.
    pub body: String,
    /// W3C trace context of the call that caused it; empty if that was not traced.
    pub traceparent: String,
    /// When it was written, by its sender's clock.
    pub sent_at: Timestamp,
}

/// What became of a message that reached its destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken, be it this time or before.
    Taken,
    /// It cannot be taken, for this reason. It is tried again ever later, finally parked, and holds up
    /// no other.
    Refused(String),
}
