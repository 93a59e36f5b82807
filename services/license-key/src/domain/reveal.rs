//! Who may see a key. Whether it is the caller's purchase at all was decided before, by `Reach`.

use jiff::Timestamp;
use vocab::PartnerId;

use super::{KeyKind, Purchase, PurchaseState, Rejection, may_import};

/// What lifecycle says of a purchase at this instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// What became of it.
    pub state: PurchaseState,
    /// Who sold it.
    pub partner: PartnerId,
    /// The customer's now.
    pub now: Timestamp,
}

impl Live {
    /// Returns what became of the purchase: being over is for good, so that the copy is enough to say
    /// so; whether a purchase runs only lifecycle knows.
    pub const fn with(&self, copy: &Purchase) -> PurchaseState {
        if copy.state.is_over() { copy.state } else { self.state }
    }
}

/// Decides what can be decided without asking lifecycle: a kind that is issued, a product that has
/// keys.
///
/// # Errors
///
/// [`Rejection::KmsNotOffered`] (KEY-1), [`Rejection::NoKeyForProduct`] (KEY-4, CAT-13).
pub fn may_ask(purchase: &Purchase, kind: KeyKind) -> Result<(), Rejection> {
    may_import(kind)?;
    if purchase.fulfilment.product_key {
        Ok(())
    } else {
        Err(Rejection::NoKeyForProduct { product: purchase.sku.product.clone() })
    }
}

/// Decides whether the key may be shown, by the copy and by what lifecycle says.
///
/// # Errors
///
/// [`Rejection::KeyUnavailable`] (KEY-4, PCX-1).
pub fn may_show(copy: &Purchase, live: &Live) -> Result<(), Rejection> {
    match live.with(copy) {
        PurchaseState::Active => Ok(()),
        state @ (PurchaseState::Pending
        | PurchaseState::Suspended
        | PurchaseState::Expired
        | PurchaseState::Cancelled
        | PurchaseState::Deleted) => Err(Rejection::KeyUnavailable { state }),
    }
}
