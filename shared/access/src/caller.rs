//! The verified caller, and whose rows a call of theirs reaches.

use std::collections::BTreeSet;

use db::Sight;
use proto::common::Role;
use vocab::{CustomerId, PartnerId};

use crate::AccessError;

/// The verified caller of a method, as the layer leaves it in the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is, in the words of whoever issued the token.
    pub subject: String,
    /// The partner that the caller acts for.
    pub partner: Option<PartnerId>,
    /// The customer that the caller acts for.
    pub customer: Option<CustomerId>,
    /// All roles of the token, those that this method does not ask for included.
    pub roles: BTreeSet<Role>,
    /// Whose rows this call reaches.
    pub reach: Reach,
}

/// Whose rows a call reaches; all others do not exist for it.
///
/// Source: PAR-14 in `docs/rules.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's.
    All,
    /// Those of one partner.
    Partner(PartnerId),
    /// Those of one customer, whoever sold them.
    Customer(CustomerId),
}

impl Caller {
    /// Returns the caller of `request`.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoCaller`] if the request did not come through the layer: a fault of ours.
    pub fn of<T>(request: &tonic::Request<T>) -> Result<&Self, AccessError> {
        request.extensions().get().ok_or(AccessError::NoCaller)
    }

    /// Tells whether the caller's token has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Tells whether the caller is an Admin agent, which software asks for (CAN-7, KEY-3).
    pub fn is_admin_agent(&self) -> bool {
        self.has(Role::AdminAgent)
    }

    /// Returns the namespace of the caller's request ids, so that no two of them collide (D-28).
    ///
    /// Colleagues of one partner share it, and so do operators: another person may retry.
    pub fn key(&self) -> String {
        match self.reach {
            Reach::Partner(partner) => format!("partner:{partner}"),
            Reach::Customer(customer) => format!("customer:{customer}"),
            Reach::All => self.key_of_all(),
        }
    }

    fn key_of_all(&self) -> String {
        match (self.partner, self.customer) {
            _ if self.has(Role::Service) => format!("service:{}", self.subject),
            _ if self.has(Role::Operator) => "operator".to_owned(),
            (Some(partner), _) => format!("partner:{partner}"),
            (None, Some(customer)) => format!("customer:{customer}"),
            (None, None) => format!("subject:{}", self.subject),
        }
    }
}

impl Reach {
    /// Returns what a transaction on behalf of the call is to see, below all checks.
    pub fn sight(self) -> Sight {
        match self {
            Self::All => Sight::All,
            Self::Partner(own) => Sight::Partner(own.0),
            Self::Customer(own) => Sight::Customer(own.0),
        }
    }

    /// Tells whether a row of this partner and customer is within reach.
    pub fn admits(self, partner: PartnerId, customer: CustomerId) -> bool {
        match self {
            Self::All => true,
            Self::Partner(own) => own == partner,
            Self::Customer(own) => own == customer,
        }
    }
}
