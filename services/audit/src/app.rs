//! The verbs of the log, one file each.

mod append;
mod backlog;
mod checkpoint;
mod list_activity;
mod verify;

pub use list_activity::Query;

use std::sync::Arc;

use clock::Clock;
use db::Db;

use crate::domain::Signer;

/// What every verb needs.
#[derive(Debug)]
pub struct App {
    /// The log.
    pub db: Db,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Signs checkpoints.
    pub signer: Signer,
}
