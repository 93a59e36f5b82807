//! The wire and the domain: nothing else names both.

mod activity;
mod checkpoint;
mod csv;
mod entry;
mod erase;
mod export;
mod proof;
mod watch;

pub use activity::{activity_page, export_activity, list_activity};
pub use checkpoint::{checkpoint, report, verify};
pub use csv::{csv_head, csv_lines};
pub use entry::{receipts, submitted};
pub use erase::{erase, erased};
pub use export::{exported, signing_keys};
pub use proof::{consistency_proof, get_consistency_proof, get_inclusion_proof, inclusion_proof};
pub use watch::{stretch, watch};
