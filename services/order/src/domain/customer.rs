//! Who uses software: customers, and to whom they can be registered.

use jiff::Timestamp;
use uuid::Uuid;
use vocab::{ClockId, Cloud, CustomerId, Market, Segment};

use super::{Partner, Rejection};

/// An organisation that uses software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// What it is like.
    pub facts: CustomerDraft,
    /// When it was registered, by its own clock.
    pub created_at: Timestamp,
}

/// What a partner says of its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerDraft {
    /// For people; not unique.
    pub display_name: String,
    /// The tenant's GUID; nobody else has it.
    pub tenant_id: Uuid,
    /// The domain name, in lower case; nobody else has it.
    pub domain: String,
    /// The country, and so the market (TRP-43).
    pub market: Market,
    /// The segment.
    pub segment: Segment,
    /// The cloud (PAR-13).
    pub cloud: Cloud,
    /// The test clock on which the customer lives; `None` for real time.
    pub test_clock: Option<ClockId>,
}

impl CustomerDraft {
    /// Lets `partner` register the customer.
    ///
    /// # Errors
    ///
    /// [`Rejection::ContactIndirectProvider`] (PAR-1), [`Rejection::CloudMismatch`] (PAR-13).
    pub fn check_seller(&self, partner: &Partner) -> Result<(), Rejection> {
        partner.check_transacts()?;
        if self.cloud != partner.facts.cloud {
            return Err(Rejection::CloudMismatch {
                found: self.cloud,
                expected: partner.facts.cloud,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
