//! The wire and the domain: nothing else names both.

mod activity;
mod checkpoint;
mod entry;

pub use activity::{activity_page, list_activity};
pub use checkpoint::{checkpoint, report, verify};
pub use entry::{receipts, submitted};
