//! The rules of the log: what an entry is, how its hash is made, what the tree proves, and how a
//! changed log is found out. Values in, values out; no database, no clock, no wire.

mod activity;
mod append;
mod canonical;
mod checkpoint;
mod entry;
pub mod erasure;
mod export;
mod feed;
mod head;
mod keyring;
pub mod proof;
mod readers;
mod rejection;
mod secret;
mod tree;
mod verify;

pub use activity::{Activity, Choice, Cursor, DateRange};
pub use append::{Appended, Receipt, Salts, Submitted, append};
pub use checkpoint::{Checkpoint, Signer, SignerError};
pub use entry::{ERASED, Entry, Logged, Outcome, Salt};
pub use erasure::{Erased, ITSELF};
pub use export::Exported;
pub use feed::{FeedStart, Stretch};
pub use head::check_head;
pub use keyring::{Keyring, VerifyingKey};
pub use proof::{Consistency, Inclusion, Nodes, Proven};
pub use readers::{READERS, Readers};
pub use rejection::Rejection;
pub use tree::{Frontier, Hash, Node};
pub use verify::{Check, Finding, Found, Report};
