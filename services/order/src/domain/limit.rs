//! What lifecycle says in advance against a purchase, because of what else the customer has. It
//! decides for good when the order starts.

use std::collections::BTreeMap;

use vocab::{ClockId, CustomerId, Offer, OfferId, PartnerId};

vocab::text_enum! {
    /// The reasons of limits that span what a customer has.
    LimitReason {
        /// The customer has it, and may have it once (CAT-6).
        AlreadyOwnedSingle = "ALREADY_OWNED_SINGLE",
        /// The customer has it suspended, and may have it once (CAT-6, TRP-42).
        ExistingSuspended = "EXISTING_SUSPENDED",
        /// The tenant takes no further subscription (ENT-1).
        TenantSubscriptionLimit = "TENANT_SUBSCRIPTION_LIMIT",
        /// Something is needed first (CAT-16).
        PrerequisiteRequired = "PREREQUISITE_REQUIRED",
        /// An add-on has nothing that it adds to (ADD-2).
        BaseRequired = "BASE_REQUIRED",
        /// The customer would have too many seats in all (CAT-9).
        SeatLimit = "SEAT_LIMIT",
        /// Too few add-on seats for the base seats (QTY-1).
        MinAddonSeats = "MIN_ADDON_SEATS",
        /// Too many add-on seats for the base seats (QTY-2).
        BaseSeatsNotMet = "BASE_SEATS_NOT_MET",
    }
}

/// The values that such a refusal may carry.
const VALUES: [&str; 8] =
    ["sku", "subscription", "limit", "any_of", "capped_as", "quantity", "minimum", "room"];

/// A limit that is reached, in lifecycle's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Limit {
    /// Which one.
    pub reason: LimitReason,
    /// What is wrong, and what to do instead.
    pub message: String,
    /// Every value of the message.
    pub values: BTreeMap<String, String>,
}

/// Orders that might be placed for a customer, each by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// For whom.
    pub customer: CustomerId,
    /// Who would sell it.
    pub partner: PartnerId,
    /// The test clock on which the customer lives.
    pub clock: Option<ClockId>,
    /// The orders: offers and seats.
    pub orders: Vec<Vec<(Offer, i64)>>,
}

/// Asks of offers whether a customer can have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgeOffers {
    /// Who.
    pub customer: CustomerId,
    /// Who would sell them; `None` for an operator, who sells nothing.
    pub partner: Option<PartnerId>,
    /// The offers.
    pub offers: Vec<OfferId>,
}

/// What limits say of an order, line by line.
pub type LimitsOfLines = Vec<Vec<Limit>>;

/// Whether what else the customer has matters for a purchase of `offer`.
pub fn is_limited(offer: &Offer) -> bool {
    offer.kind.is_licence_based() || offer.restrictions.look_at_holdings()
}

impl LimitReason {
    /// Returns the id of the rule that says no.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::AlreadyOwnedSingle | Self::ExistingSuspended => "CAT-6",
            Self::TenantSubscriptionLimit => "ENT-1",
            Self::PrerequisiteRequired => "CAT-16",
            Self::BaseRequired => "ADD-2",
            Self::SeatLimit => "CAT-9",
            Self::MinAddonSeats => "QTY-1",
            Self::BaseSeatsNotMet => "QTY-2",
        }
    }

    /// Whether another number of seats would do, so that the offer itself is available.
    pub const fn is_too_few(self) -> bool {
        matches!(self, Self::MinAddonSeats)
    }
}

impl Limit {
    /// Returns every value of the message by its name on the wire.
    pub fn metadata(&self) -> Vec<(&'static str, String)> {
        let value = |name: &'static str| Some((name, self.values.get(name)?.clone()));
        VALUES.into_iter().filter_map(value).collect()
    }
}
