//! What lifecycle is told about an order, as the outbox keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::{
    ClockId, CustomerId, Offer, OrderId, OrderLineId, PartnerId, Promotion, Segment, SubscriptionId,
};

use super::{Alignment, Customer, Order, OrderLine};

/// An order whose subscriptions shall start, together or not at all (ORD-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartOrder {
    /// The order.
    pub order: OrderId,
    /// For whom.
    pub customer: CustomerId,
    /// Who sold it.
    pub partner: PartnerId,
    /// The test clock on which the customer lives.
    pub test_clock: Option<ClockId>,
    /// When it took effect: start, window, policy and price date from it (D-38).
    pub effective_at: Timestamp,
    /// Its lines.
    pub lines: Vec<StartLine>,
    /// When it was brought in; `None` when it was placed here.
    #[serde(default)]
    pub brought_in_at: Option<Timestamp>,
    /// The customer's segment, which a promotion may ask for at a renewal (PRO-2); `None` in letters
    /// from before it was told.
    #[serde(default)]
    pub segment: Option<Segment>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartLine {
    /// The line.
    pub line: OrderLineId,
    /// The id that the subscription shall have.
    pub subscription: SubscriptionId,
    /// The offer, with the price as it was at the effective instant.
    pub offer: Offer,
    /// Seats.
    pub quantity: i64,
    /// The label; empty for the product's title.
    pub friendly_name: String,
    /// The reseller that is to own and manage it (PAR-10).
    #[serde(default)]
    pub reseller: Option<PartnerId>,
    /// The promotion that lowers the price of the first term (PRO-1).
    #[serde(default)]
    pub promotion: Option<Promotion>,
    /// With what the first term ends (TRM-8).
    #[serde(default)]
    pub alignment: Option<Alignment>,
}

impl StartOrder {
    /// Returns what lifecycle is told about `order`.
    pub fn of(order: &Order, customer: &Customer) -> Self {
        Self {
            order: order.id,
            customer: order.customer,
            partner: order.partner,
            test_clock: customer.facts.test_clock,
            effective_at: order.created_at,
            lines: order.lines.iter().map(|line| StartLine::of(line, order)).collect(),
            brought_in_at: order.brought_in.as_ref().map(|from| from.at),
            segment: Some(customer.facts.segment),
        }
    }
}

impl StartLine {
    fn of(line: &OrderLine, order: &Order) -> Self {
        Self {
            line: line.id,
            subscription: line.subscription,
            offer: line.offer.clone(),
            quantity: line.quantity,
            friendly_name: line.friendly_name.clone(),
            reseller: order.resellers.first,
            promotion: line.promotion.clone(),
            alignment: line.alignment,
        }
    }
}
