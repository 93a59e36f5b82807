//! What callers ask for, read from the wire and not yet judged.

use vocab::{CartId, CustomerId, OrderId, OrderLineId, ProductId};

use super::{Confirmation, Item, Resellers};

/// A cart to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCart {
    /// For whom.
    pub customer: CustomerId,
    /// What is in it.
    pub lines: Vec<Item>,
    /// Who resells it.
    pub resellers: Resellers,
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
    /// Who resells it from now on.
    pub resellers: Resellers,
}

/// An order without a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOrder {
    /// For whom.
    pub customer: CustomerId,
    /// What to buy.
    pub lines: Vec<Item>,
    /// Who resells it.
    pub resellers: Resellers,
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
    /// What of it.
    pub target: CancelTarget,
    /// "Yes, cancel" (CAN-5).
    pub is_acknowledged: bool,
}

/// What is to be cancelled. Source: D-6, CAN-14.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelTarget {
    /// An order, or some of it.
    Order {
        /// The order.
        order: OrderId,
        /// Which lines; all when none is named.
        lines: Vec<OrderLineId>,
    },
    /// A product, in the one order that can be cancelled for it.
    Product(ProductId),
}

impl CancelTarget {
    /// Returns the order, if it is named.
    pub const fn order(&self) -> Option<OrderId> {
        match self {
            Self::Order { order, .. } => Some(*order),
            Self::Product(_) => None,
        }
    }
}
