//! Writes down who did what, for the audit service.
//!
//! An [`Entry`] leaves as a letter in the transaction of what it tells of, or, where nothing may be seen
//! before it is on record, at once and durably ([`append_now`]). Not here: what deserves an entry (each
//! service knows), and the log itself (the audit service).

mod entry;
mod refusals;
mod wire;

pub use entry::{Entry, KIND, Outcome, TO};
pub use refusals::Refusals;
pub use wire::{Receipt, append_now, carry};

#[cfg(test)]
mod tests;
