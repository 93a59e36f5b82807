//! A cart: what is to be bought, for seven days.

use jiff::{SignedDuration, Timestamp};
use vocab::{CartId, CustomerId, OrderId, PartnerId};

use super::{Item, Rejection, Resellers};

/// How long a cart lives, to the millisecond, its last one included. Source: ORD-12.
pub const CART_LIFETIME: SignedDuration = SignedDuration::from_hours(168);

/// A cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    /// Its id.
    pub id: CartId,
    /// For whom it is.
    pub customer: CustomerId,
    /// Whose it is.
    pub partner: PartnerId,
    /// What is in it.
    pub lines: Vec<Item>,
    /// Who resells it.
    pub resellers: Resellers,
    /// When it was made, by the customer's clock.
    pub created_at: Timestamp,
    /// What it became.
    pub order: Option<OrderId>,
    /// Counts its changes, from 1.
    pub version: i64,
}

impl Cart {
    /// Returns the last instant at which it can be used.
    pub fn expires_at(&self) -> Timestamp {
        self.created_at.saturating_add(CART_LIFETIME).unwrap_or(Timestamp::MAX)
    }

    /// Lets a cart pass that can be changed at `now`.
    ///
    /// # Errors
    ///
    /// [`Rejection::CartOrdered`], [`Rejection::CartExpired`] (ORD-12).
    pub fn check_open(&self, now: Timestamp) -> Result<(), Rejection> {
        self.check_unordered()?;
        self.check_fresh(now)
    }

    /// Lets a cart pass that was not ordered.
    ///
    /// # Errors
    ///
    /// [`Rejection::CartOrdered`] (ORD-12).
    pub fn check_unordered(&self) -> Result<(), Rejection> {
        match self.order {
            Some(order) => Err(Rejection::CartOrdered { customer: self.customer, order }),
            None => Ok(()),
        }
    }

    /// Returns what changes with every change of the cart.
    pub fn etag(&self) -> String {
        format!("v{}", self.version)
    }

    /// Lets a cart pass that can be checked out at `now`, as far as the cart alone is concerned.
    ///
    /// # Errors
    ///
    /// [`Rejection::CartOrdered`], [`Rejection::CartExpired`] (ORD-12), [`Rejection::CartEmpty`].
    pub fn check_ready(&self, now: Timestamp) -> Result<(), Rejection> {
        self.check_open(now)?;
        if self.lines.is_empty() {
            return Err(Rejection::CartEmpty { customer: self.customer, cart: self.id });
        }
        Ok(())
    }

    fn check_fresh(&self, now: Timestamp) -> Result<(), Rejection> {
        let expired_at = self.expires_at();
        if expired_at < now { Err(Rejection::CartExpired { expired_at }) } else { Ok(()) }
    }

    /// Returns the cart with other lines and resellers.
    pub fn refilled(&self, lines: Vec<Item>, resellers: Resellers) -> Self {
        Self { lines, resellers, version: self.version + 1, ..self.clone() }
    }

    /// Returns the cart that became `order`.
    pub fn ordered_as(&self, order: OrderId) -> Self {
        Self { order: Some(order), version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
