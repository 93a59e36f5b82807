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
/// Being over is for good, so that either is enough to refuse; whether a purchase runs only lifecycle
/// knows.
///
/// # Errors
///
/// [`Rejection::KeyUnavailable`] (KEY-4, PCX-1).
pub fn may_show(copy: &Purchase, live: &Live) -> Result<(), Rejection> {
    let state = if copy.state.is_over() { copy.state } else { live.state };
    match state {
        PurchaseState::Active => Ok(()),
        PurchaseState::Pending
        | PurchaseState::Suspended
        | PurchaseState::Expired
        | PurchaseState::Cancelled
        | PurchaseState::Deleted => Err(Rejection::KeyUnavailable { state }),
    }
}
