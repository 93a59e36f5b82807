//! Wakes callers who wait for an order once there is news of it. Only within this process: news that
//! another process took is found by looking.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use vocab::OrderId;

/// One bell for each order that somebody waits for.
#[derive(Debug, Default)]
pub struct Bells(Mutex<BTreeMap<OrderId, watch::Sender<()>>>);

impl Bells {
    /// Returns what is woken by every [`ring`](Self::ring) for `order` from now on.
    pub fn listen(&self, order: OrderId) -> watch::Receiver<()> {
        let mut bells = self.bells();
        // Bells that nobody hears any more go here, so that there are never more than waiters.
        bells.retain(|_, bell| !bell.is_closed());
        bells.entry(order).or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    /// Wakes whoever waits for `order`.
    pub fn ring(&self, order: OrderId) {
        if let Some(bell) = self.bells().get(&order) {
            bell.send_replace(());
        }
    }

    fn bells(&self) -> MutexGuard<'_, BTreeMap<OrderId, watch::Sender<()>>> {
        // Each bell is right by itself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
