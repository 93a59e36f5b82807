//! Relationships: which partner may sell to which customer, and who is still waiting.

use jiff::Timestamp;
use uuid::Uuid;
use vocab::{ClockId, CustomerId, PartnerId, RelationshipId};

use super::{Customer, Partner, Rejection};

/// Names one customer of a world, if there is such. Source: PAR-3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerKey {
    /// The tenant's GUID.
    TenantId(Uuid),
    /// The domain name, in lower case.
    Domain(String),
}

/// What customers are looked for by. Source: PAR-3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The name, which several can have (TRP-67).
    Name(String),
    /// What one customer of a world has.
    Key(CustomerKey),
}

/// A relationship to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRelationship {
    /// Whom.
    pub key: CustomerKey,
    /// The test clock on which the customer lives; `None` for real time.
    pub test_clock: Option<ClockId>,
}

/// A relationship that was asked for; accepted or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// Its id.
    pub id: RelationshipId,
    /// Who asked.
    pub partner: PartnerId,
    /// The tenant that was asked.
    pub tenant_id: Option<Uuid>,
    /// The domain that was asked.
    pub domain: Option<String>,
    /// The test clock on which the customer lives; `None` for real time.
    pub test_clock: Option<ClockId>,
    /// When it was asked for, by that clock.
    pub requested_at: Timestamp,
    /// Who accepted it, and when.
    pub accepted: Option<Acceptance>,
}

/// Who accepted a relationship, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceptance {
    /// The customer.
    pub customer: CustomerId,
    /// When, by its clock.
    pub at: Timestamp,
}

/// A relationship with the partner's name, for whoever decides about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduced {
    /// The relationship.
    pub relationship: Relationship,
    /// The partner's name.
    pub partner_name: String,
}

impl Relationship {
    /// Returns a request that waits: the same whether or not there is such a customer.
    ///
    /// Source: PAR-14.
    pub fn requested(
        id: RelationshipId,
        partner: PartnerId,
        request: RequestRelationship,
        now: Timestamp,
    ) -> Self {
        let (tenant_id, domain) = match request.key {
            CustomerKey::TenantId(tenant) => (Some(tenant), None),
            CustomerKey::Domain(domain) => (None, Some(domain)),
        };
        let test_clock = request.test_clock;
        Self { id, partner, tenant_id, domain, test_clock, requested_at: now, accepted: None }
    }

    /// Returns the relationship, accepted; one that was accepted before is as it was.
    ///
    /// # Errors
    ///
    /// [`Rejection::CloudMismatch`] for a partner of another cloud (PAR-13).
    pub fn accepted_by(
        &self,
        customer: &Customer,
        partner: &Partner,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        let (found, expected) = (partner.facts.cloud, customer.facts.cloud);
        if found != expected {
            return Err(Rejection::PartnerOfOtherCloud { found, expected });
        }
        let acceptance = Acceptance { customer: customer.id, at: now };
        Ok(Self { accepted: self.accepted.or(Some(acceptance)), ..self.clone() })
    }
}

#[cfg(test)]
mod tests;
