//! Finding customers, and relationships with them.

use proto::order as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{CustomerId, RelationshipId};

use crate::domain::{CustomerKey, Introduced, RequestRelationship, Wanted};

/// Reads which customers are wanted: by exactly one of name, tenant id and domain.
///
/// # Errors
///
/// [`Violations`], all of them.
///
/// Source: PAR-3.
pub fn find_customers(request: &pb::FindCustomersRequest) -> Result<Wanted, Violations> {
    let mut fields = Fields::of(request);
    let (name, tenant, domain) = (&request.display_name, &request.tenant_id, &request.domain);
    let read = match (name.is_empty(), tenant.is_empty(), domain.is_empty()) {
        (false, true, true) => Some(Wanted::Name(name.clone())),
        (true, _, _) if tenant.is_empty() != domain.is_empty() => {
            key(&mut fields, tenant, domain).map(Wanted::Key)
        }
        _ => {
            fields.wrong("display_name", "or tenant_id or domain is given, exactly one of them");
            None
        }
    };
    fields.finish(read)
}

/// Reads whom a partner asks for a relationship.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn request_relationship(
    request: &pb::RequestRelationshipRequest,
) -> Result<RequestRelationship, Violations> {
    let mut fields = Fields::of(request);
    let (tenant, domain) = (&request.tenant_id, &request.domain);
    let key = if tenant.is_empty() == domain.is_empty() {
        fields.wrong("tenant_id", "or domain is given, exactly one of the two");
        None
    } else {
        key(&mut fields, tenant, domain)
    };
    let test_clock =
        fields.parse_unless_empty("test_clock", &request.test_clock).map(|name::TestClock(id)| id);
    fields.finish(key.map(|key| RequestRelationship { key, test_clock }))
}

/// Reads the one key that is not empty.
fn key(fields: &mut Fields, tenant: &str, domain: &str) -> Option<CustomerKey> {
    if tenant.is_empty() {
        return Some(CustomerKey::Domain(domain.to_lowercase()));
    }
    fields.parse("tenant_id", tenant).map(CustomerKey::TenantId)
}

/// Reads the name of a relationship.
///
/// # Errors
///
/// [`Violations`].
pub fn relationship_name(
    request: &pb::AcceptRelationshipRequest,
) -> Result<RelationshipId, Violations> {
    let mut fields = Fields::of(request);
    let read = fields.parse("name", &request.name).map(|name::Relationship(id)| id);
    fields.finish(read)
}

/// Reads whose relationships are listed.
///
/// # Errors
///
/// [`Violations`].
pub fn list_relationships(
    request: &pb::ListRelationshipsRequest,
) -> Result<CustomerId, Violations> {
    let mut fields = Fields::of(request);
    let read = fields.parse("parent", &request.parent).map(|name::Customer(id)| id);
    fields.finish(read)
}

/// Writes a relationship.
pub fn relationship(introduced: &Introduced) -> pb::Relationship {
    let Introduced { relationship, partner_name } = introduced;
    let accepted = relationship.accepted;
    let state = match accepted {
        Some(_) => pb::RelationshipState::Active,
        None => pb::RelationshipState::Pending,
    };
    let test_clock = relationship.test_clock.map(|id| name::TestClock(id).to_string());
    let customer = accepted.map(|one| name::Customer(one.customer).to_string());
    pb::Relationship {
        name: name::Relationship(relationship.id).to_string(),
        partner: name::Partner(relationship.partner).to_string(),
        partner_display_name: partner_name.clone(),
        tenant_id: relationship.tenant_id.map(|id| id.to_string()).unwrap_or_default(),
        domain: relationship.domain.clone().unwrap_or_default(),
        test_clock: test_clock.unwrap_or_default(),
        state: state.into(),
        customer: customer.unwrap_or_default(),
        request_time: Some(wire::timestamp(relationship.requested_at)),
        accept_time: accepted.map(|one| wire::timestamp(one.at)),
    }
}
