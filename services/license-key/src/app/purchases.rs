//! Whose purchase it is, and what became of it: asked by every verb that hands something over.

use access::Caller;
use clock::ClockError;
use db::Tx;
use jiff::Timestamp;
use vocab::{ClockId, CustomerId, SubscriptionId};

use super::App;
use crate::domain::{Live, Purchase};
use crate::error::{Error, Sought};
use crate::store;

/// A purchase by its name.
pub type Of = (CustomerId, SubscriptionId);

impl App {
    /// Returns a purchase within the caller's reach.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub(super) async fn own_purchase(&self, caller: &Caller, of: Of) -> Result<Purchase, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        own_purchase_in(&mut tx, caller, of).await
    }

    /// Asks lifecycle what became of a purchase at this instant.
    ///
    /// # Errors
    ///
    /// [`Error::CannotAsk`]; [`Error::NotFound`] if it knows none within the caller's reach.
    pub(super) async fn live(&self, caller: &Caller, of: Of) -> Result<Live, Error> {
        let live = self.peers.check_purchase(of.0, of.1).await.map_err(Error::CannotAsk)?;
        live.filter(|live| caller.reach.admits(live.partner, of.0)).ok_or_else(|| not_found(of))
    }

    /// Returns the present instant of whoever lives on a clock. Before a test clock's first reading has
    /// arrived it is the real one.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub(super) async fn now_of(
        &self,
        tx: &mut Tx,
        clock: Option<ClockId>,
    ) -> Result<Timestamp, Error> {
        match self.clocks.now(tx, clock).await {
            Ok(now) => Ok(now),
            Err(ClockError::Unknown(_)) => Ok(self.clocks.real_now()),
            Err(ClockError::Db(error)) => Err(error.into()),
        }
    }
}

/// Returns a purchase within the caller's reach, in a transaction that goes on.
///
/// # Errors
///
/// [`Error::NotFound`] (PAR-14).
pub(super) async fn own_purchase_in(
    tx: &mut Tx,
    caller: &Caller,
    of: Of,
) -> Result<Purchase, Error> {
    let found = store::purchases::load(tx, of).await?;
    found
        .filter(|purchase| caller.reach.admits(purchase.partner, purchase.customer))
        .ok_or_else(|| not_found(of))
}

pub(super) fn not_found(of: Of) -> Error {
    Error::NotFound { what: Sought::Purchase(of.0, of.1) }
}
