//! What other services are told, as it lies in the outbox.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::{ClockId, CustomerId, OrderId, OrderLineId, PartnerId, SubscriptionId};

use super::{Product, Rejection, Status, Subscription};

/// What became of an order, or of some of its lines; for order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderOutcome {
    /// Whose.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// Its lines.
    pub lines: Vec<LineOutcome>,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineOutcome {
    /// The line.
    pub line: OrderLineId,
    /// What it started.
    pub subscription: Option<SubscriptionId>,
    /// Why it started nothing.
    pub refusal: Option<Refusal>,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
}

/// Why something was refused, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The reason on the wire.
    pub reason: String,
    /// The rule's ID.
    pub rule: String,
    /// For people.
    pub message: String,
    /// Every value of the message.
    pub metadata: Vec<(String, String)>,
}

/// A purchase as it now is; for license-key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseState {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose.
    pub customer: CustomerId,
    /// Who sold it.
    pub partner: PartnerId,
    /// The customer's test clock.
    pub clock: Option<ClockId>,
    /// The order; nil when it came by a transfer.
    pub order: OrderId,
    /// When it was bought.
    pub ordered_at: Timestamp,
    /// What was bought.
    pub product: Product,
    /// How many.
    pub quantity: i64,
    /// Where it stands.
    pub status: Status,
    /// Whose keys and links it takes over (TRF-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<SubscriptionId>,
    /// What takes over its keys and links (TRF-7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<SubscriptionId>,
    /// Counts its changes.
    pub version: i64,
}

/// What a test clock shows; for those who have customers on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// Which clock.
    pub clock: ClockId,
    /// What it shows.
    pub now: Timestamp,
}

impl From<&Rejection> for Refusal {
    fn from(rejection: &Rejection) -> Self {
        let metadata =
            rejection.metadata().into_iter().map(|(name, value)| (name.to_owned(), value));
        Self {
            reason: rejection.reason().to_owned(),
            rule: rejection.rule().to_owned(),
            message: rejection.to_string(),
            metadata: metadata.collect(),
        }
    }
}

impl From<&Subscription> for PurchaseState {
    fn from(sub: &Subscription) -> Self {
        Self {
            id: sub.id,
            customer: sub.customer,
            partner: sub.partner,
            clock: sub.clock,
            order: sub.order,
            ordered_at: sub.ordered_at,
            product: sub.product.clone(),
            quantity: sub.quantity,
            status: sub.status,
            moved_from: sub.moved_from.map(|moved| moved.subscription),
            moved_to: sub.moved_to.map(|moved| moved.subscription),
            version: sub.version,
        }
    }
}
