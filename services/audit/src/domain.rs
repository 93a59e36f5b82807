//! The rules of the log: what an entry is, how its hash is made, what the tree proves, and how a
//! changed log is found out. Values in, values out; no database, no clock, no wire.

mod activity;
mod append;
mod canonical;
mod checkpoint;
mod entry;
mod head;
mod rejection;
mod secret;
mod tree;
mod verify;

pub use activity::{Activity, Choice, Cursor, DateRange};
pub use append::{Receipt, Salts, Submitted, append};
pub use checkpoint::{Checkpoint, Signer, SignerError};
pub use entry::{Entry, Logged, Outcome, Salt};
pub use head::check_head;
pub use rejection::Rejection;
pub use tree::{Frontier, Hash};
pub use verify::{Check, Finding, Found, Report};
