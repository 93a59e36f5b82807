//! The verbs of the log, one file each.

mod append;
mod backlog;
mod checkpoint;
mod erase;
mod export;
mod forget;
mod list_activity;
mod prove;
mod readers;
mod refuse;
mod verify;
mod watch;

pub use list_activity::Query;
pub use refuse::Refusals;

use std::sync::Arc;

use clock::Clock;
use db::Db;

use tokio::sync::watch as signal;
use vocab::IdGen;

use crate::domain::{Keyring, Readers};

/// What every verb needs.
#[derive(Debug)]
pub struct App {
    /// The log.
    pub db: Db,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: IdGen,
    /// Signs checkpoints, and knows whose signatures count.
    pub keyring: Keyring,
    /// Who of a partner's people may read.
    pub readers: Readers,
    /// Changes whenever this process appends.
    pub appended: signal::Sender<i64>,
}
