//! Whether an audit log is the one that was written, judged without a line of the code that wrote it.
//!
//! What an entry's leaf is made of, what a signed head says, and how a log is exported is written down
//! in `docs/audit-log.md`; this crate knows nothing else of the service. It reads a database or an
//! exported file ([`database`], [`mod@file`]), rebuilds the tree, and names the first entry that is bad
//! ([`Check`]); it also verifies single proofs ([`proof`]). It never writes, and asks nobody.

pub mod check;
pub mod database;
pub mod file;
pub mod hash;
pub mod head;
pub mod proof;
pub mod row;

pub use check::{Check, Report, Stored};
pub use hash::Hash;
pub use head::{Head, Key};
pub use row::{Found, Row};
