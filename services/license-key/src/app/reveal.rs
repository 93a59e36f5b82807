//! Shows a product key: the only verb that does.

use std::sync::Arc;

use access::Caller;
use tracing::Instrument as _;
use vocab::{CustomerId, KeyId, SubscriptionId};

use super::App;
use super::entry::Deed;
use super::purchases::{Of, not_found};
use crate::domain::{self, KeyKind, KeyState, Live, ProductKey, Purchase, Rejection};
use crate::error::Error;
use crate::store;

const ACTION: &str = "RevealProductKey";

/// Which key is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Whose.
    pub customer: CustomerId,
    /// Of which purchase.
    pub purchase: SubscriptionId,
    /// Of which kind.
    pub kind: KeyKind,
}

impl Ask {
    fn of(self) -> Of {
        (self.customer, self.purchase)
    }
}

/// A key in clear, and where the read is on record.
#[derive(Debug)]
pub struct Revealed {
    /// The key.
    pub key: ProductKey,
    /// The place of the entry in the audit log, from 0.
    pub entry_index: i64,
}

impl App {
    /// Shows a purchase's key, and gives it one first if it has none.
    ///
    /// The read is in the audit log before the key is decrypted. Every refusal is on record before the
    /// caller learns of it, and so is that of a caller who does not wait for the answer. Asking again
    /// shows the same key and puts another read on record; the answer itself is not kept anywhere.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Rejected`] (KEY-1, KEY-4, PCX-1, SUS-1; an empty pool),
    /// [`Error::CannotAsk`], [`Error::NotRecorded`] (AUD-4).
    ///
    /// Source: KEY-1..5, AUD-4, TRP-53 in `docs/rules.md`.
    pub async fn reveal(self: &Arc<Self>, caller: Caller, ask: Ask) -> Result<Revealed, Error> {
        let app = self.clone();
        // A task of its own: hanging up does not cut it off.
        let attempt = async move { app.attempt(&caller, ask).await };
        tokio::spawn(attempt.in_current_span()).await?
    }

    async fn attempt(&self, caller: &Caller, ask: Ask) -> Result<Revealed, Error> {
        let (found, outcome) = match self.own_purchase(caller, ask.of()).await {
            Ok(purchase) => {
                let outcome = self.show(caller, ask, &purchase).await;
                (Some(purchase), outcome)
            }
            Err(error) => (None, Err(error)),
        };
        if let Err(error) = &outcome {
            let deed = Deed::at(caller, ask.of(), ACTION);
            self.record_refusal_of(deed, found.as_ref(), rpc::Classify::reason(error)).await?;
        }
        outcome
    }

    async fn show(&self, caller: &Caller, ask: Ask, found: &Purchase) -> Result<Revealed, Error> {
        domain::may_ask(found, ask.kind)?;
        let live = self.live(caller, ask.of()).await?;
        let key = self.assign(caller, ask, &live).await?;

        let test_clock_at = found.test_clock.map(|_| live.now);
        let deed = Deed { test_clock_at, ..Deed::at(caller, ask.of(), ACTION).on(found) };
        let receipt = self.peers.record_now(&self.entry(deed, None)).await;
        let entry_index = receipt.map_err(Error::NotRecorded)?.index;

        Ok(Revealed { key: self.decrypt(caller, ask, (&live, key)).await?, entry_index })
    }

    /// Returns the purchase's key. The first time, the oldest of the pool becomes it, for ever.
    async fn assign(&self, caller: &Caller, ask: Ask, live: &Live) -> Result<KeyId, Error> {
        let now = self.clocks.real_now();
        let of = ask.of();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        // Two callers at once get the same key, and a cancellation comes before or after.
        let purchase = store::purchases::lock(&mut tx, of).await?.ok_or_else(|| not_found(of))?;
        domain::may_show(&purchase, live)?;
        match store::keys::of_purchase(&mut tx, &purchase).await? {
            Some((key, KeyState::Available | KeyState::Assigned)) => return Ok(key),
            Some((_, KeyState::Revoked)) => {
                return Err(Rejection::KeyUnavailable { state: purchase.state }.into());
            }
            None => {}
        }
        let key = store::keys::assign(&mut tx, &purchase.sku, of, now).await?;
        let key = key.ok_or_else(|| Rejection::KeyPoolEmpty { sku: purchase.sku.clone() })?;
        let left = store::keys::left(&mut tx, &purchase.sku, self.key_pool_low_water + 1).await?;
        tx.commit().await?;
        self.warn_if_low(&purchase.sku, left);
        Ok(key)
    }

    /// Decrypts the key, unless it was revoked while the read was put on record (TRP-50).
    async fn decrypt(
        &self,
        caller: &Caller,
        ask: Ask,
        (live, key): (&Live, KeyId),
    ) -> Result<ProductKey, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let purchase = store::purchases::load(&mut tx, ask.of()).await?;
        let purchase = purchase.ok_or_else(|| not_found(ask.of()))?;
        domain::may_show(&purchase, live)?;
        let sealed = store::keys::sealed(&mut tx, key).await?;
        let sealed = sealed.ok_or(Rejection::KeyUnavailable { state: purchase.state })?;
        tx.commit().await?;
        Ok(self.cipher.reveal(&sealed)?)
    }
}
