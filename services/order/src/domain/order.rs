//! An order: what was bought, and what became of it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::{
    CartId, CustomerId, Money, Offer, OfferId, OrderId, OrderLineId, PartnerId, Promotion,
    PromotionId, SubscriptionId,
};

use super::{Alignment, Attestation, BroughtIn, Failure, Resellers, quote};

/// What the caller wants of one offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The offer.
    pub offer: OfferId,
    /// Seats, or copies: 1 or more.
    pub quantity: i64,
    /// A label; empty for the product's title.
    pub friendly_name: String,
    /// The promotion that it shall have; the one that lowers the price the most when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<PromotionId>,
    /// With what its first term shall end; with its own length when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<Alignment>,
}

vocab::text_enum! {
    /// Whether an order is done. Source: HIS-1, CAN-11.
    OrderState {
        /// Its subscriptions are being started.
        Processing = "PROCESSING",
        /// Every subscription runs.
        Fulfilled = "FULFILLED",
        /// Refused: nothing was started and nothing charged (ORD-11).
        Failed = "FAILED",
        /// All lines were cancelled.
        Cancelled = "CANCELLED",
        /// Some lines were cancelled, the others run.
        Completed = "COMPLETED",
    }
}

vocab::text_enum! {
    /// Whether a line is done. Source: HIS-2.
    LineState {
        /// Being started.
        Processing = "PROCESSING",
        /// Runs.
        Fulfilled = "FULFILLED",
        /// Refused.
        Failed = "FAILED",
        /// Cancelled; its quantity is 0.
        Cancelled = "CANCELLED",
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// For whom.
    pub customer: CustomerId,
    /// Who sold it.
    pub partner: PartnerId,
    /// The cart that it was.
    pub cart: Option<CartId>,
    /// Its lines, in the order of the request.
    pub lines: Vec<OrderLine>,
    /// When it took effect, by the customer's clock (D-38).
    pub created_at: Timestamp,
    /// Who confirmed which text; `None` when it was placed elsewhere.
    pub attestation: Option<Attestation>,
    /// Who resells it (PAR-8, PAR-10).
    pub resellers: Resellers,
    /// How it came here; `None` when it was placed here.
    pub brought_in: Option<BroughtIn>,
    /// Counts its changes, from 1.
    pub version: i64,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Its id.
    pub id: OrderLineId,
    /// The id that its subscription has, or shall have.
    pub subscription: SubscriptionId,
    /// The offer as it was bought.
    pub offer: Offer,
    /// Seats, or copies; 0 once cancelled (CAN-11).
    pub quantity: i64,
    /// The label; empty for the product's title.
    pub friendly_name: String,
    /// Whether it is done.
    pub state: LineState,
    /// Why it was refused.
    pub failure: Option<Failure>,
    /// What the first charge is for all seats.
    pub first_charge: Money,
    /// The promotion that lowered the price (PRO-1).
    pub promotion: Option<Promotion>,
    /// With what the first term ends (TRM-8).
    pub alignment: Option<Alignment>,
}

/// An order, or what it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The order.
    pub order: Order,
    /// Holds the real call to the figures; only with a preview.
    pub preview_token: Option<String>,
}

impl Order {
    /// Returns where the order stands, by where its lines stand.
    ///
    /// Source: HIS-1, ORD-11, CAN-11.
    pub fn state(&self) -> OrderState {
        let any = |state| self.lines.iter().any(|line| line.state == state);
        let all = |state| self.lines.iter().all(|line| line.state == state);
        if any(LineState::Processing) {
            OrderState::Processing
        } else if any(LineState::Failed) {
            OrderState::Failed
        } else if all(LineState::Cancelled) {
            OrderState::Cancelled
        } else if any(LineState::Cancelled) {
            OrderState::Completed
        } else {
            OrderState::Fulfilled
        }
    }

    /// Returns what the first charges add up to, one for each currency in alphabetical order.
    pub fn totals(&self) -> Vec<Money> {
        let charges = self.lines.iter().map(|line| line.first_charge);
        // Judged when it was ordered: the sums can be kept.
        quote::totals(charges).unwrap_or_default()
    }

    /// Returns the order with its lines changed, and counts the change.
    pub(super) fn with_lines(&self, change: impl Fn(&OrderLine) -> OrderLine) -> Self {
        let lines: Vec<_> = self.lines.iter().map(change).collect();
        Self { lines, version: self.version + 1, ..self.clone() }
    }
}

impl OrderLine {
    /// Returns the last day of its free evaluation, where it was bought at `bought_at`.
    ///
    /// Source: ORD-8.
    pub fn evaluation_ends_on(&self, bought_at: Timestamp) -> Option<Date> {
        quote::evaluation_end(&self.offer, bought_at)
    }

    /// Returns the line cancelled.
    pub(super) fn cancelled(&self) -> Self {
        Self { state: LineState::Cancelled, quantity: 0, ..self.clone() }
    }
}
