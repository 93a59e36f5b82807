//! Sends each message at least once, takes each at most once.
//!
//! A letter is written in the transaction of the change that causes it ([`send`]), so that it leaves
//! exactly if the change is saved. [`Post`] carries it after that until its destination has taken it;
//! a crash anywhere makes it arrive twice, never not at all. The taker notes its id in the transaction
//! of its effect ([`take`]), so that twice is once. No broker, and no order to rely on: letters go
//! first come, first served for each destination, but one that was refused, or whose carrier died,
//! comes late. Takers must do with any order.
//!
//! Not here: what letters say, and how they are called over the wire (each service's [`Courier`]).

mod backlog;
mod batch;
mod courier;
mod inbox;
mod letter;
mod meters;
mod outbox;
mod post;
mod round;
mod route;
mod trace;
mod wire;

pub use backlog::{Backlog, backlog};
pub use courier::{CarryError, Courier};
pub use inbox::{forget, take};
pub use letter::{Envelope, Letter, Outcome};
pub use outbox::send;
pub use post::{DeliveryError, Nudge, Post};
pub use trace::{span, traceparent};
pub use wire::{delivered, outcomes};

/// The tables of the mailbox, for the migrations of each service that has one.
///
/// `leased_until` keeps two carriers off one letter; `due_at` is NULL once a letter is parked;
/// `position` orders letters of one instant.
pub const TABLES: &str = "CREATE TABLE outbox (
    destination {text} NOT NULL,
    message_id {uuid} NOT NULL,
    kind {text} NOT NULL,
    body {text} NOT NULL,
    traceparent {text} NOT NULL,
    sent_at {ts} NOT NULL,
    position {int} NOT NULL,
    due_at {ts},
    leased_until {ts},
    attempt_count {int} NOT NULL,
    last_error {text},
    PRIMARY KEY (destination, message_id)
) {strict};
CREATE INDEX outbox_by_due ON outbox (destination, due_at, position);
CREATE TABLE inbox (
    message_id {uuid} PRIMARY KEY,
    taken_at {ts} NOT NULL
) {strict};
CREATE INDEX inbox_by_taken ON inbox (taken_at);
";

#[cfg(test)]
mod tests;
