//! What callers ask for, read from the wire and not yet judged.

use vocab::{CartId, CustomerId, OrderId, OrderLineId};

use super::{Confirmation, Item};

/// A cart to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCart {
    /// For whom.
    pub customer: CustomerId,
    /// What is in it.
    pub lines: Vec<Item>,
}

/// A cart to be filled anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateCart {
    /// For whom.
    pub customer: CustomerId,
    /// The cart.
    pub cart: CartId,
    /// The lines from now on.
    pub lines: Vec<Item>,
}

/// An order without a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOrder {
    /// For whom.
    pub customer: CustomerId,
    /// What to buy.
    pub lines: Vec<Item>,
    /// The buyer's confirmation.
    pub confirmation: Option<Confirmation>,
}

/// A cart to be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutCart {
    /// For whom.
    pub customer: CustomerId,
    /// The cart.
    pub cart: CartId,
    /// The buyer's confirmation.
    pub confirmation: Option<Confirmation>,
}

/// A cancellation by order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelOrder {
    /// Whose order.
    pub customer: CustomerId,
    /// The order.
    pub order: OrderId,
    /// Which lines; all when none is named.
    pub lines: Vec<OrderLineId>,
    /// "Yes, cancel" (CAN-5).
    pub is_acknowledged: bool,
}
