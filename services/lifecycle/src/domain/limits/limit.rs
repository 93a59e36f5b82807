//! What limits say no to, and how. What rests on other partners' subscriptions names no partner,
//! subscription or number (QTY-6): such values are then absent.

use std::collections::BTreeSet;

use vocab::{SkuId, SubscriptionId};

/// A limit that spans a customer's subscriptions, and is reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// The customer has it, and may have it once.
    #[error("a customer can have {sku} only once, and has it{}; add seats to that subscription instead", named(*.own))]
    OwnedAlready {
        /// What.
        sku: SkuId,
        /// The subscription, if the asking partner sold it.
        own: Option<SubscriptionId>,
    },
    /// The customer has it suspended, and may have it once.
    #[error("a customer can have {sku} only once, and has it suspended{}; resume it instead", named(*.own))]
    SuspendedExists {
        /// What.
        sku: SkuId,
        /// The subscription, if the asking partner sold it.
        own: Option<SubscriptionId>,
    },
    /// The tenant takes no further subscription.
    #[error(
        "the customer has all {limit} subscriptions that it may have; add seats to those, or call SupportService/CreateSupportRequest to consolidate them"
    )]
    Tenant {
        /// The most.
        limit: i64,
    },
    /// Something is needed first.
    #[error("{sku} needs one of {} in use; buy it first, or in the same order", list(.any_of))]
    PrerequisiteMissing {
        /// What is bought.
        sku: SkuId,
        /// What would do.
        any_of: BTreeSet<SkuId>,
    },
    /// An add-on has nothing that it adds to.
    #[error("{sku} extends one of {}, none of which is in use; buy one first, or in the same order", list(.any_of))]
    BaseMissing {
        /// The add-on.
        sku: SkuId,
        /// What would do.
        any_of: BTreeSet<SkuId>,
    },
    /// More seats than the customer can have.
    #[error("{quantity} seats take the customer over the {limit} of {name} that it can have in all; ask for {}fewer", or(*.room))]
    CustomerSeats {
        /// What is counted together.
        name: String,
        /// What was asked for.
        quantity: i64,
        /// The most.
        limit: i64,
        /// How many would do.
        room: Option<i64>,
    },
    /// Fewer add-on seats than the bases ask for.
    #[error("{quantity} seats of {sku} are fewer than five in a hundred of the customer's base seats; ask for {}more", or(*.minimum))]
    TooFewAddOns {
        /// The add-on.
        sku: SkuId,
        /// What was asked for.
        quantity: i64,
        /// How many would do.
        minimum: Option<i64>,
    },
    /// More add-on seats than base seats.
    #[error("{quantity} seats of {sku} are more than the customer's base seats have room for; ask for {}fewer, or buy base seats first", or(*.room))]
    TooManyAddOns {
        /// The add-on.
        sku: SkuId,
        /// What was asked for.
        quantity: i64,
        /// How many would do.
        room: Option<i64>,
    },
}

impl Limit {
    /// Returns the reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::OwnedAlready { .. } => "ALREADY_OWNED_SINGLE",
            Self::SuspendedExists { .. } => "EXISTING_SUSPENDED",
            Self::Tenant { .. } => "TENANT_SUBSCRIPTION_LIMIT",
            Self::PrerequisiteMissing { .. } => "PREREQUISITE_REQUIRED",
            Self::BaseMissing { .. } => "BASE_REQUIRED",
            Self::CustomerSeats { .. } => "SEAT_LIMIT",
            Self::TooFewAddOns { .. } => "MIN_ADDON_SEATS",
            Self::TooManyAddOns { .. } => "BASE_SEATS_NOT_MET",
        }
    }

    /// Returns the id of the rule that says no, as `docs/rules.md` lists it.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::OwnedAlready { .. } | Self::SuspendedExists { .. } => "CAT-6",
            Self::Tenant { .. } => "ENT-1",
            Self::PrerequisiteMissing { .. } => "CAT-16",
            Self::BaseMissing { .. } => "ADD-2",
            Self::CustomerSeats { .. } => "CAT-9",
            Self::TooFewAddOns { .. } => "QTY-1",
            Self::TooManyAddOns { .. } => "QTY-2",
        }
    }

    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::OwnedAlready { sku, own } | Self::SuspendedExists { sku, own } => {
                with("subscription", own.map(|id| id.to_string()), vec![("sku", sku.to_string())])
            }
            Self::Tenant { limit } => vec![("limit", limit.to_string())],
            Self::PrerequisiteMissing { sku, any_of } | Self::BaseMissing { sku, any_of } => {
                vec![("sku", sku.to_string()), ("any_of", list(any_of))]
            }
            Self::CustomerSeats { name, quantity, limit, room } => {
                let values = vec![
                    ("capped_as", name.clone()),
                    ("quantity", quantity.to_string()),
                    ("limit", limit.to_string()),
                ];
                with("room", room.map(|room| room.to_string()), values)
            }
            Self::TooFewAddOns { sku, quantity, minimum } => {
                let values = vec![("sku", sku.to_string()), ("quantity", quantity.to_string())];
                with("minimum", minimum.map(|minimum| minimum.to_string()), values)
            }
            Self::TooManyAddOns { sku, quantity, room } => {
                let values = vec![("sku", sku.to_string()), ("quantity", quantity.to_string())];
                with("room", room.map(|room| room.to_string()), values)
            }
        }
    }
}

fn with(
    name: &'static str,
    value: Option<String>,
    mut values: Vec<(&'static str, String)>,
) -> Vec<(&'static str, String)> {
    values.extend(value.map(|value| (name, value)));
    values
}

fn named(own: Option<SubscriptionId>) -> String {
    own.map_or_else(String::new, |id| format!(" as subscription {id}"))
}

fn list(skus: &BTreeSet<SkuId>) -> String {
    skus.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn or(number: Option<i64>) -> String {
    number.map_or_else(String::new, |number| format!("{number} or "))
}
