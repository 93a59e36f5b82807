//! Why a rule says no: what is wrong, and what to do instead. How a refusal travels to its caller is in
//! `error`.

use vocab::{ProductId, RequestId};

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
    /// Nothing to download.
    #[error("the product {product} has nothing to download")]
    NoDownloadForProduct {
        /// The product.
        product: ProductId,
    },
    /// No such choice, or more than one that would do.
    #[error("not exactly one download of {sku} is what was asked for; name one of: {offered}")]
    DownloadNotOffered {
        /// The SKU.
        sku: SkuName,
        /// Its choices.
        offered: String,
    },
    /// The purchase is over, or does not run for the moment.
    #[error("the purchase is {state}, so it has no downloads; {}", way_out_of_download(*.state))]
    DownloadUnavailable {
        /// What became of it.
        state: PurchaseState,
    },
    /// Not a key at all.
    #[error("what was given does not look like a product key; copy it again")]
    KeyMalformed,
    /// No such key, or none within reach (PAR-14).
    #[error("there is no such product key within your reach; check it")]
    KeyUnknown,
    /// As many devices as the key can have.
    #[error(
        "the product key is in use on {activation_count} devices, and may be on {activation_limit}; \
         revoke an activation first"
    )]
    ActivationLimit {
        /// How many it is on.
        activation_count: i64,
        /// How many it may be on.
        activation_limit: i64,
    },
    /// Another file than the one that was begun.
    #[error(
        "the import {import} was begun with another file or SKU; send that one again, or take a new id"
    )]
    ImportMismatch {
        /// The import.
        import: RequestId,
    },
    /// More than there are.
    #[error(
        "the device group {device_group} has {device_count} devices, so not {deployed_count} of them \
         can be deployed"
    )]
    TooManyDevices {
        /// The group.
        device_group: String,
        /// How many it has.
        device_count: i64,
        /// How many were said.
        deployed_count: i64,
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
            Self::NoDownloadForProduct { .. } => "NO_DOWNLOAD_FOR_PRODUCT",
            Self::DownloadNotOffered { .. } => "DOWNLOAD_NOT_OFFERED",
            Self::DownloadUnavailable { .. } => "DOWNLOAD_UNAVAILABLE",
            Self::KeyMalformed => "KEY_MALFORMED",
            Self::KeyUnknown => "KEY_UNKNOWN",
            Self::ActivationLimit { .. } => "ACTIVATION_LIMIT",
            Self::ImportMismatch { .. } => "IMPORT_MISMATCH",
            Self::TooManyDevices { .. } => "TOO_MANY_DEVICES",
        }
    }

    /// Returns the ID of the rule, as `docs/rules.md` lists it and as callers match on it.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::KmsNotOffered | Self::ActivationLimit { .. } => "KEY-1",
            Self::KeyUnavailable { state: PurchaseState::Suspended }
            | Self::DownloadUnavailable { state: PurchaseState::Suspended } => "SUS-1",
            Self::KeyUnavailable { state } if state.is_over() => "PCX-1",
            Self::NoKeyForProduct { .. } | Self::KeyUnavailable { .. } => "KEY-4",
            Self::KeyPoolEmpty { .. } => "KEY-2",
            Self::NoDownloadForProduct { .. } => "CAT-13",
            Self::DownloadNotOffered { .. } => "CAT-12",
            Self::DownloadUnavailable { .. } => "DWN-5",
            Self::KeyMalformed => "D-24",
            Self::KeyUnknown => "PAR-14",
            Self::ImportMismatch { .. } => "D-28",
            Self::TooManyDevices { .. } => "VLC-2",
        }
    }

    /// Returns every value of the message, by name.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::KmsNotOffered => vec![("kind", "KMS".to_owned())],
            Self::NoKeyForProduct { product } | Self::NoDownloadForProduct { product } => {
                vec![("product", product.to_string())]
            }
            Self::KeyUnavailable { state } | Self::DownloadUnavailable { state } => {
                vec![("state", state.to_string())]
            }
            Self::DownloadNotOffered { sku, offered } => {
                vec![("sku", sku.to_string()), ("offered", offered.clone())]
            }
            Self::KeyMalformed | Self::KeyUnknown => vec![],
            Self::ActivationLimit { activation_count, activation_limit } => vec![
                ("activation_count", activation_count.to_string()),
                ("activation_limit", activation_limit.to_string()),
            ],
            Self::ImportMismatch { import } => vec![("import", import.to_string())],
            Self::TooManyDevices { device_group, device_count, deployed_count } => vec![
                ("device_group", device_group.clone()),
                ("device_count", device_count.to_string()),
                ("deployed_count", deployed_count.to_string()),
            ],
            Self::KeyPoolEmpty { sku } => vec![("sku", sku.to_string())],
        }
    }
}

const fn way_out_of_download(state: PurchaseState) -> &'static str {
    match state {
        PurchaseState::Pending => "try again once it is active",
        PurchaseState::Suspended => "resume it first",
        PurchaseState::Active
        | PurchaseState::Expired
        | PurchaseState::Cancelled
        | PurchaseState::Deleted => "buy again to download it",
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
