//! What wakes others in this process once something was committed.

use std::sync::Arc;

use mailbox::Nudge;
use tokio::sync::{Notify, watch};

use crate::domain::Position;

/// Wakes the mailbox, the feed, the timers and whoever completes transfers.
#[derive(Debug)]
pub struct Signals {
    letters: Nudge,
    /// Something may have been added to the feed.
    pub feed: Arc<Notify>,
    /// An alarm was set to now.
    pub timers: Arc<Notify>,
    /// A transfer was submitted.
    pub transfers: Arc<Notify>,
    /// Up to where the feed is settled, as far as this process has looked.
    pub(super) head: watch::Sender<Position>,
}

impl Signals {
    /// Signals beside those of the mailbox.
    pub fn new(letters: Nudge) -> Self {
        Self {
            letters,
            feed: Arc::default(),
            timers: Arc::default(),
            transfers: Arc::default(),
            head: watch::Sender::new(Position::START),
        }
    }

    /// Says that something was committed. Harmless in vain.
    pub fn notify(&self) {
        self.letters.notify();
        self.feed.notify_one();
    }
}
