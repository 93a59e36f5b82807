//! The verbs: each loads, asks the domain, saves, in one transaction. Importing takes one for each
//! batch; revealing closes its own before it asks another service.

mod backlog;
mod entry;
mod forget;
mod import;
mod list_software;
mod pools;
mod record_clock_readings;
mod record_purchases;
mod record_refusal;
mod reveal;
mod unlock;

use clock::Clocks;
use db::Db;
use mailbox::Nudge;
use vocab::IdGen;

use crate::cipher::Cipher;
use crate::domain::KeyFormat;
use crate::peers::Peers;

pub use import::ImportOutcome;
pub use record_refusal::Refusals;
pub use reveal::Ask;
pub use unlock::unlock;

/// What every verb may use.
#[derive(Debug)]
pub struct App {
    /// Purchases, pools and sealed keys.
    pub db: Db,
    /// The real clock, and the test clocks.
    pub clocks: Clocks,
    /// Where ids come from.
    pub ids: IdGen,
    /// Encrypts and decrypts product keys.
    pub cipher: Cipher,
    /// What a product key looks like.
    pub format: KeyFormat,
    /// The other services.
    pub peers: Peers,
    /// Wakes the post.
    pub nudge: Nudge,
}
