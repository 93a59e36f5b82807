//! Partners and customers.

use proto::order as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{ClockId, CustomerId, PartnerId, PartnerType};

use crate::domain::{Customer, CustomerDraft, Partner, PartnerDraft, UpdatePartner};

/// Reads what is said of a new partner.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn create_partner(request: &pb::CreatePartnerRequest) -> Result<PartnerDraft, Violations> {
    let mut fields = Fields::of(request);
    let empty = pb::Partner::default();
    let said = request.partner.as_ref().unwrap_or(&empty);
    let kind = fields.keep("partner.type", partner_type(said.r#type()));
    let market = fields.parse("partner.market", &said.market);
    let cloud = fields.keep("partner.cloud", wire::read_cloud(said.cloud));
    let provider: Option<name::Partner> =
        fields.parse_unless_empty("partner.provider", &said.provider);
    let read = kind.zip(market).zip(cloud).map(|((kind, market), cloud)| PartnerDraft {
        display_name: said.display_name.clone(),
        kind,
        market,
        cloud,
        provider: provider.map(|name::Partner(id)| id),
        has_signed_agreement: said.agreement_signed,
    });
    fields.finish(read)
}

/// Reads the name of a partner.
///
/// # Errors
///
/// [`Violations`].
pub fn partner_name(request: &pb::GetPartnerRequest) -> Result<PartnerId, Violations> {
    let mut fields = Fields::of(request);
    let read = fields.parse("name", &request.name).map(|name::Partner(id)| id);
    fields.finish(read)
}

/// Reads what is changed of a partner.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn update_partner(request: &pb::UpdatePartnerRequest) -> Result<UpdatePartner, Violations> {
    let mut fields = Fields::of(request);
    let (name, signed) = (&request.display_name, request.agreement_signed);
    let read = fields.parse("name", &request.name).map(|name::Partner(partner)| UpdatePartner {
        partner,
        display_name: (!name.is_empty()).then(|| name.clone()),
        has_signed_agreement: signed,
    });
    fields.finish(read)
}

/// Writes a partner.
pub fn partner(partner: &Partner) -> pb::Partner {
    let Partner { id, facts, created_at, .. } = partner;
    let kind = match facts.kind {
        PartnerType::DirectBill => pb::PartnerType::DirectBill,
        PartnerType::IndirectProvider => pb::PartnerType::IndirectProvider,
        PartnerType::IndirectReseller => pb::PartnerType::IndirectReseller,
    };
    pb::Partner {
        name: name::Partner(*id).to_string(),
        display_name: facts.display_name.clone(),
        r#type: kind.into(),
        market: facts.market.to_string(),
        cloud: wire::cloud(facts.cloud).into(),
        provider: facts.provider.map_or_else(String::new, |id| name::Partner(id).to_string()),
        create_time: Some(wire::timestamp(*created_at)),
        agreement_signed: facts.has_signed_agreement,
        etag: partner.etag(),
    }
}

/// Reads what is said of a new customer.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn create_customer(request: &pb::CreateCustomerRequest) -> Result<CustomerDraft, Violations> {
    let mut fields = Fields::of(request);
    let empty = pb::Customer::default();
    let said = request.customer.as_ref().unwrap_or(&empty);
    let tenant_id = fields.parse("customer.tenant_id", &said.tenant_id);
    let market = fields.parse("customer.market", &said.market);
    let segment = fields.keep("customer.segment", wire::read_segment(said.segment));
    let cloud = fields.keep("customer.cloud", wire::read_cloud(said.cloud));
    let test_clock: Option<ClockId> = fields
        .parse_unless_empty("customer.test_clock", &said.test_clock)
        .map(|name::TestClock(id)| id);
    let read = tenant_id.zip(market).zip(segment.zip(cloud)).map(
        |((tenant_id, market), (segment, cloud))| CustomerDraft {
            display_name: said.display_name.clone(),
            tenant_id,
            domain: said.domain.clone(),
            market,
            segment,
            cloud,
            test_clock,
        },
    );
    fields.finish(read)
}

/// Reads the name of a customer.
///
/// # Errors
///
/// [`Violations`].
pub fn customer_name(request: &pb::GetCustomerRequest) -> Result<CustomerId, Violations> {
    let mut fields = Fields::of(request);
    let read = fields.parse("name", &request.name).map(|name::Customer(id)| id);
    fields.finish(read)
}

/// Writes a customer.
pub fn customer(customer: &Customer) -> pb::Customer {
    let Customer { id, facts, created_at } = customer;
    let test_clock = facts.test_clock.map(|id| name::TestClock(id).to_string());
    pb::Customer {
        name: name::Customer(*id).to_string(),
        display_name: facts.display_name.clone(),
        tenant_id: facts.tenant_id.to_string(),
        domain: facts.domain.clone(),
        market: facts.market.to_string(),
        segment: wire::segment(facts.segment).into(),
        cloud: wire::cloud(facts.cloud).into(),
        test_clock: test_clock.unwrap_or_default(),
        create_time: Some(wire::timestamp(*created_at)),
    }
}

fn partner_type(value: pb::PartnerType) -> Result<PartnerType, wire::Unspecified> {
    match value {
        pb::PartnerType::DirectBill => Ok(PartnerType::DirectBill),
        pb::PartnerType::IndirectProvider => Ok(PartnerType::IndirectProvider),
        pb::PartnerType::IndirectReseller => Ok(PartnerType::IndirectReseller),
        pb::PartnerType::Unspecified => Err(wire::Unspecified),
    }
}
