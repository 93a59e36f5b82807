//! On how many devices a multiple-activation key is in use.

use jiff::Timestamp;
use vocab::{ActivationId, CustomerId, SubscriptionId};

use super::{KeyState, Purchase, PurchaseState, Rejection, SkuName};

/// A key that is in use on a device, which is known by a hash alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Which.
    pub id: ActivationId,
    /// Whose.
    pub customer: CustomerId,
    /// Of which purchase.
    pub purchase: SubscriptionId,
    /// What people call the device.
    pub device_label: String,
    /// When it was activated.
    pub activated_at: Timestamp,
    /// When it was revoked; until then it counts.
    pub revoked_at: Option<Timestamp>,
}

/// How many devices a key is in use on, and how many it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivationCount {
    /// Devices that count.
    pub count: i64,
    /// Devices that can.
    pub limit: i64,
}

impl ActivationCount {
    /// Returns the count of a purchase's key: its own limit, or else the purchase's quantity.
    ///
    /// Source: KEY-1.
    pub fn of(purchase: &Purchase, limit: Option<i64>, count: i64) -> Self {
        Self { count, limit: limit.unwrap_or(purchase.quantity) }
    }
}

/// What is known of a key that somebody has in hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Where it stands.
    pub state: KeyState,
    /// What it activates.
    pub sku: SkuName,
    /// Whose it is.
    pub purchase: Purchase,
    /// On how many devices it is.
    pub activations: ActivationCount,
}

/// Decides whether a key can be activated on one more device.
///
/// # Errors
///
/// [`Rejection::KeyUnavailable`] (KEY-4, PCX-1), [`Rejection::ActivationLimit`] (KEY-1).
pub fn may_activate(checked: &Checked, live: PurchaseState) -> Result<(), Rejection> {
    let ActivationCount { count, limit } = checked.activations;
    match live {
        PurchaseState::Active if checked.state == KeyState::Assigned => {
            if count < limit {
                Ok(())
            } else {
                Err(Rejection::ActivationLimit { activation_count: count, activation_limit: limit })
            }
        }
        PurchaseState::Active
        | PurchaseState::Pending
        | PurchaseState::Suspended
        | PurchaseState::Expired
        | PurchaseState::Cancelled
        | PurchaseState::Deleted => {
            Err(Rejection::KeyUnavailable { state: checked.purchase.state })
        }
    }
}
