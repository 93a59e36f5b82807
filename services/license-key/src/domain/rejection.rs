//! Why a rule says no: what is wrong, and what to do instead. How a refusal travels to its caller is in
//! `error`.

use vocab::ProductId;

use super::{PurchaseState, SkuName};

/// A well-formed request that a rule forbids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Keys for a key management server are never issued.
    #[error(
        "keys for a key management server are not issued, not even on request; ask for kind MAK"
    )]
    KmsNotOffered,
    /// A plain licence.
    #[error(
        "the product {product} is a plain licence without a key; there is nothing to activate it with"
    )]
    NoKeyForProduct {
        /// The product.
        product: ProductId,
    },
    /// The purchase is over, or does not run for the moment.
    #[error("the purchase is {state}, so its key is unavailable; {}", way_out(*.state))]
    KeyUnavailable {
        /// What became of it.
        state: PurchaseState,
    },
    /// Nothing is left to hand out.
    #[error("the pool of {sku} has no key left; ask an operator to import keys, then try again")]
    KeyPoolEmpty {
        /// The SKU.
        sku: SkuName,
    },
}

impl Rejection {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::KmsNotOffered => "KMS_NOT_OFFERED",
            Self::NoKeyForProduct { .. } => "NO_KEY_FOR_PRODUCT",
            Self::KeyUnavailable { .. } => "KEY_UNAVAILABLE",
            Self::KeyPoolEmpty { .. } => "KEY_POOL_EMPTY",
        }
    }

    /// Returns the ID of the rule, as `docs/rules.md` lists it and as callers match on it.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::KmsNotOffered => "KEY-1",
            Self::KeyUnavailable { state: PurchaseState::Suspended } => "SUS-1",
            Self::KeyUnavailable { state } if state.is_over() => "PCX-1",
            Self::NoKeyForProduct { .. } | Self::KeyUnavailable { .. } => "KEY-4",
            Self::KeyPoolEmpty { .. } => "KEY-2",
        }
    }

    /// Returns every value of the message, by name.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::KmsNotOffered => vec![("kind", "KMS".to_owned())],
            Self::NoKeyForProduct { product } => vec![("product", product.to_string())],
            Self::KeyUnavailable { state } => vec![("state", state.to_string())],
            Self::KeyPoolEmpty { sku } => vec![("sku", sku.to_string())],
        }
    }
}

const fn way_out(state: PurchaseState) -> &'static str {
    match state {
        PurchaseState::Pending => "try again once it is active",
        PurchaseState::Suspended => "resume it first",
        PurchaseState::Active
        | PurchaseState::Expired
        | PurchaseState::Cancelled
        | PurchaseState::Deleted => "buy again to get another key",
    }
}
