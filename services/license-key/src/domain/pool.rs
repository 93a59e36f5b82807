//! The stock of keys of one SKU.

use std::fmt;

use vocab::{ProductId, SkuId};

use super::Rejection;

vocab::text_enum! {
    /// How a key activates (KEY-1).
    KeyKind {
        /// A multiple-activation key: what purchases get.
        Mak = "MAK",
        /// A key for a key management server: never issued, so never stored.
        Kms = "KMS",
    }
}

vocab::text_enum! {
    /// Where a key stands. It moves down this list and never back up.
    KeyState {
        /// It waits in its pool.
        Available = "AVAILABLE",
        /// It belongs to a purchase, for ever.
        Assigned = "ASSIGNED",
        /// Its purchase is over; nobody gets it any more (PCX-1).
        Revoked = "REVOKED",
    }
}

/// A SKU by its full name; a product's SKU ids need not differ from another product's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkuName {
    /// The product.
    pub product: ProductId,
    /// The SKU of that product.
    pub sku: SkuId,
}

impl fmt::Display for SkuName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "products/{}/skus/{}", self.product, self.sku)
    }
}

impl SkuName {
    /// Returns the name of the pool of its keys: no two products have a SKU id in common.
    pub fn pool(&self) -> String {
        format!("keyPools/{}", self.sku)
    }
}

/// How many keys a SKU has, by where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Whose keys.
    pub sku: SkuName,
    /// Keys that can still be handed out.
    pub available_count: i64,
    /// Keys that belong to a purchase.
    pub assigned_count: i64,
    /// Keys of purchases that are over.
    pub revoked_count: i64,
}

impl Pool {
    /// A pool that has never had a key.
    pub const fn empty(sku: SkuName) -> Self {
        Self { sku, available_count: 0, assigned_count: 0, revoked_count: 0 }
    }
}

/// Decides whether keys of this kind may enter a pool.
///
/// # Errors
///
/// [`Rejection::KmsNotOffered`] (KEY-1).
pub fn may_import(kind: KeyKind) -> Result<(), Rejection> {
    match kind {
        KeyKind::Mak => Ok(()),
        KeyKind::Kms => Err(Rejection::KmsNotOffered),
    }
}
