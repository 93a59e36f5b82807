//! Cancelling by order: which lines can be, and what the order then is. Windows and credits are
//! lifecycle's to decide.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vocab::{CustomerId, Money, OrderId, OrderLineId, PartnerId, ProductId, RequestId};

use super::{LineState, Order, OrderLine, OrderState, Rejection};

/// What lifecycle is asked to cancel: all of the lines, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelPurchases {
    /// Derived from the caller's, so that a repetition repeats nothing.
    pub request: RequestId,
    /// Whether nothing is to be changed.
    pub validate_only: bool,
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// The partner that sold it.
    pub partner: PartnerId,
    /// The lines, at least one.
    pub lines: Vec<OrderLineId>,
    /// "Yes, cancel" (CAN-5).
    pub is_acknowledged: bool,
    /// The caller's subject.
    pub actor: String,
    /// Whether the caller is an Admin agent (CAN-7).
    pub is_admin_agent: bool,
}

/// What lifecycle says of a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// What is credited in all (PCX-4); `None` when lifecycle names no amount.
    pub credit: Option<Money>,
    /// What partner and customer must do now (PCX-2).
    pub obligations: String,
    /// Until when it was possible, and how many whole days were left (CAN-3).
    pub window: Option<(Timestamp, i64)>,
}

/// What was cancelled, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    /// The order as it now is, or would be.
    pub order: Order,
    /// What lifecycle says of money and duties.
    pub cancellation: Cancellation,
}

/// Returns the lines that a cancellation of `named` lines (of all, when none is named) is about.
///
/// A line that is cancelled already is left out of "all"; named, it is lifecycle's to refuse.
///
/// # Errors
///
/// [`Rejection::CancelSubscription`] for a line that is not bought once (CAN-14),
/// [`Rejection::NothingToCancel`] when no line runs (CAN-12).
pub fn cancellable_lines(
    order: &Order,
    named: &[OrderLineId],
) -> Result<Vec<OrderLineId>, Rejection> {
    let state = order.state();
    let is_meant = |line: &&OrderLine| {
        if named.is_empty() { line.state != LineState::Cancelled } else { named.contains(&line.id) }
    };
    let meant: Vec<_> = order.lines.iter().filter(is_meant).collect();
    if meant.is_empty() || matches!(state, OrderState::Processing | OrderState::Failed) {
        return Err(Rejection::NothingToCancel { state });
    }
    match meant.iter().find(|line| !line.offer.kind.is_perpetual()) {
        Some(line) => Err(Rejection::CancelSubscription {
            customer: order.customer,
            line: line.id,
            subscription: line.subscription,
        }),
        None => Ok(meant.iter().map(|line| line.id).collect()),
    }
}

/// Returns the lines of a product that were bought once and run: what is cancelled when a product is
/// named instead of an order.
///
/// Source: D-6, CAN-14.
pub fn lines_of_product(order: &Order, product: &ProductId) -> Vec<OrderLineId> {
    let is_meant = |line: &&OrderLine| {
        line.state == LineState::Fulfilled
            && line.offer.kind.is_perpetual()
            && line.offer.product == *product
    };
    order.lines.iter().filter(is_meant).map(|line| line.id).collect()
}

/// Returns the order with these lines cancelled.
///
/// Source: CAN-11.
pub fn mark_cancelled(order: &Order, lines: &BTreeSet<OrderLineId>) -> Order {
    order.with_lines(|line| if lines.contains(&line.id) { line.cancelled() } else { line.clone() })
}

#[cfg(test)]
mod tests;
