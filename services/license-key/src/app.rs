//! The verbs: each loads, asks the domain, saves, in one transaction. Importing takes one for each
//! batch; what asks another service closes its own before.

mod activations;
mod backlog;
mod create_download_link;
mod download;
mod download_links;
mod download_options;
mod entry;
mod forget;
mod import;
mod list_software;
mod migrations;
mod pools;
mod purchases;
mod record_clock_readings;
mod record_purchases;
mod record_refusal;
mod reveal;
mod ring;
mod rotate;
mod unlock;

use access::Seldom;
use clock::Clocks;
use db::Db;
use mailbox::Nudge;
use vocab::IdGen;

use crate::cipher::{Cipher, MasterKeys};
use crate::domain::{KeyFormat, LinkPolicy};
use crate::peers::Peers;

pub use activations::{Activate, Device};
pub use create_download_link::LinkAsk;
pub use download::{Opened, sent_in};
pub use import::ImportAsk;
#[cfg(test)]
pub use import::ImportOutcome;
pub use migrations::CreateMigration;
pub use reveal::Ask;
pub use unlock::unlock;

/// How download links are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// By which row new ones end.
    pub policy: LinkPolicy,
    /// What they begin with, without a slash at the end.
    pub base_url: String,
}

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
    /// Where master keys come from.
    pub master_keys: MasterKeys,
    /// How download links are made.
    pub links: Links,
    /// At how few keys left a pool is low.
    pub key_pool_low_water: i64,
    /// What a product key looks like.
    pub format: KeyFormat,
    /// The other services.
    pub peers: Peers,
    /// Wakes the post.
    pub nudge: Nudge,
    /// Says of links that do not open that somebody tried.
    pub dead_links: Seldom,
}
