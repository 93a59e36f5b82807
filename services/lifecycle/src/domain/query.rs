//! What a caller wants of the subscriptions that it may see.

use jiff::Timestamp;
use vocab::{CustomerId, ProductId, ProductKind, SkuId};

use super::Status;

/// Conditions that must all hold; `None` lets all pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionQuery {
    /// Of one customer.
    pub customer: Option<CustomerId>,
    /// In one state.
    pub status: Option<Status>,
    /// Of one product.
    pub product: Option<ProductId>,
    /// Of one SKU.
    pub sku: Option<SkuId>,
    /// Of one kind.
    pub kind: Option<ProductKind>,
    /// With auto-renew on, or off.
    pub auto_renew: Option<bool>,
    /// Renewing then or later.
    pub renews_from: Option<Timestamp>,
    /// Renewing before that.
    pub renews_before: Option<Timestamp>,
}

impl SubscriptionQuery {
    /// Whether it asks for a time of renewal.
    pub const fn is_about_renewal(&self) -> bool {
        self.renews_from.is_some() || self.renews_before.is_some()
    }
}
