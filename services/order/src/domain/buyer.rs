//! What the caller may buy. Roles themselves are read at the door.

use vocab::ProductKind;

use super::Rejection;

/// What a caller's roles are good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    /// Whether the caller may buy what is no software.
    pub may_buy: bool,
    /// Whether the caller may buy software.
    pub may_buy_software: bool,
}

/// A purchase that takes certain roles. Source: PAR-12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// To buy what is no software.
    Buy,
    /// To buy software.
    BuySoftware,
}

impl Duty {
    /// Returns what it takes to buy something of this kind.
    pub const fn of(kind: ProductKind) -> Self {
        if kind.is_software() { Self::BuySoftware } else { Self::Buy }
    }

    /// Returns the roles, any of which is enough, separated by commas.
    pub const fn roles(self) -> &'static str {
        match self {
            Self::Buy => "ADMIN_AGENT, SALES_AGENT, BILLING_ADMIN, HELPDESK_AGENT",
            Self::BuySoftware => "ADMIN_AGENT, GLOBAL_ADMIN",
        }
    }

    pub(super) const fn phrase(self) -> &'static str {
        match self {
            Self::Buy => "buying this product",
            Self::BuySoftware => "buying software",
        }
    }
}

impl Buyer {
    /// Lets the buyer buy something of this kind.
    ///
    /// # Errors
    ///
    /// [`Rejection::RoleRequired`] (PAR-12).
    pub(super) const fn check(self, kind: ProductKind) -> Result<(), Rejection> {
        let duty = Duty::of(kind);
        let may = match duty {
            Duty::Buy => self.may_buy,
            Duty::BuySoftware => self.may_buy_software,
        };
        if may { Ok(()) } else { Err(Rejection::RoleRequired { duty }) }
    }
}
