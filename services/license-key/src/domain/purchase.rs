//! What license-key knows of a purchase: what was bought, by whom, how it is handed over, and what
//! became of it. lifecycle is where the fact lives; this is a copy that may lag behind.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vocab::{ClockId, CustomerId, Fulfilment, OrderId, PartnerId, ProductKind, SubscriptionId};

use super::SkuName;

vocab::text_enum! {
    /// What became of a purchase.
    PurchaseState {
        /// Bought, not yet started.
        Pending = "PENDING",
        /// Running.
        Active = "ACTIVE",
        /// Blocked by the partner (SUS-1).
        Suspended = "SUSPENDED",
        /// Ended with its term.
        Expired = "EXPIRED",
        /// Cancelled.
        Cancelled = "CANCELLED",
        /// Its data is gone.
        Deleted = "DELETED",
    }
}

/// What one purchase has goes to another of the same customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// Whose.
    pub customer: CustomerId,
    /// The purchase that had it.
    pub from: SubscriptionId,
    /// The purchase that has it from then on.
    pub to: SubscriptionId,
}

impl PurchaseState {
    /// Whether it is over for good, so that its key is revoked (PCX-1).
    pub const fn is_over(self) -> bool {
        match self {
            Self::Pending | Self::Active | Self::Suspended => false,
            Self::Expired | Self::Cancelled | Self::Deleted => true,
        }
    }
}

/// Whether a purchase's key can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAvailability {
    /// It can.
    Available,
    /// The product is a plain licence (CAT-13).
    NotNeeded,
    /// The purchase is over, or does not run for the moment (PCX-3).
    Unavailable,
}

/// Where a purchase's keys and links come from, or go, when another partner gets it (TRF-1). It is told
/// with the purchase, and not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moves {
    /// Whose it takes over.
    pub from: Option<SubscriptionId>,
    /// What takes over its own.
    pub to: Option<SubscriptionId>,
}

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Who uses it.
    pub customer: CustomerId,
    /// The purchase.
    pub id: SubscriptionId,
    /// Who sold it.
    pub partner: PartnerId,
    /// The order that it is a line of; nil when it came from another partner.
    pub order: OrderId,
    /// The clock on which its customer lives; the real one when `None`.
    pub test_clock: Option<ClockId>,
    /// What was bought.
    pub sku: SkuName,
    /// For people.
    pub title: String,
    /// The product's kind.
    pub kind: ProductKind,
    /// How many.
    pub quantity: i64,
    /// What became of it.
    pub state: PurchaseState,
    /// How it is handed over (CAT-13).
    pub fulfilment: Fulfilment,
    /// When it was bought.
    pub purchased_at: Timestamp,
    /// What it shares with another partner's purchase.
    pub moves: Moves,
    /// Counts its changes.
    pub version: i64,
}

impl Purchase {
    /// Whether it belongs on the customer's list of software: it is software, or there is something to
    /// install it with. Cancelled ones do (PCX-3, TRP-51).
    pub fn is_software(&self) -> bool {
        let Fulfilment { product_key, download, instructions_uri, setup_uri: _ } = &self.fulfilment;
        self.kind.is_software() || *product_key || *download || instructions_uri.is_some()
    }

    /// Whether its keys and links end with it: it is over, and nothing takes them over.
    pub const fn ends_its_keys(&self) -> bool {
        self.state.is_over() && self.moves.to.is_none()
    }

    /// Returns whose keys and links go where: those that it takes over before its own.
    pub fn handovers(&self) -> impl Iterator<Item = Handover> {
        let (customer, id) = (self.customer, self.id);
        let taken = self.moves.from.map(|from| Handover { customer, from, to: id });
        let given = self.moves.to.map(|to| Handover { customer, from: id, to });
        taken.into_iter().chain(given)
    }

    /// Returns whether its key can be read.
    pub const fn key(&self) -> KeyAvailability {
        match self.state {
            _ if !self.fulfilment.product_key => KeyAvailability::NotNeeded,
            PurchaseState::Active => KeyAvailability::Available,
            PurchaseState::Pending
            | PurchaseState::Suspended
            | PurchaseState::Expired
            | PurchaseState::Cancelled
            | PurchaseState::Deleted => KeyAvailability::Unavailable,
        }
    }
}

/// Leaves the highest version of each purchase, in the order of their ids.
pub fn newest_of_each(purchases: impl IntoIterator<Item = Purchase>) -> Vec<Purchase> {
    let mut newest = BTreeMap::<_, Purchase>::new();
    for purchase in purchases {
        let known =
            newest.entry((purchase.customer, purchase.id)).or_insert_with(|| purchase.clone());
        if known.version < purchase.version {
            *known = purchase;
        }
    }
    newest.into_values().collect()
}
