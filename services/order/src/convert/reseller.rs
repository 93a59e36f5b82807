//! Resellers of a purchase.

use proto::order as pb;
use rpc::{Fields, Violations, name};
use vocab::{CustomerId, PartnerId};

use super::line::refusal;
use crate::domain::{Place, ResellerJudgement, Resellers};

/// Reads the resellers of a request; what is wrong with them is recorded in `fields`.
pub fn resellers(fields: &mut Fields, said: Option<&pb::Resellers>) -> Option<Resellers> {
    let Some(said) = said else { return Some(Resellers::default()) };
    let first: Option<PartnerId> = if said.first.is_empty() {
        None
    } else {
        let name::Partner(id) = fields.parse("resellers.first", &said.first)?;
        Some(id)
    };
    let mut additional = Vec::new();
    for (place, text) in said.additional.iter().enumerate() {
        let name::Partner(id) = fields.parse(&format!("resellers.additional[{place}]"), text)?;
        additional.push(id);
    }
    Some(Resellers { first, additional })
}

/// Writes resellers; nothing when there is none.
pub fn resellers_if_any(resellers: &Resellers) -> Option<pb::Resellers> {
    if resellers.is_empty() {
        return None;
    }
    let named = |id: &PartnerId| name::Partner(*id).to_string();
    Some(pb::Resellers {
        first: resellers.first.as_ref().map(named).unwrap_or_default(),
        additional: resellers.additional.iter().map(named).collect(),
    })
}

/// Reads which resellers are to be validated, and for a transaction where.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn validate_resellers(
    request: &pb::ValidateResellersRequest,
) -> Result<(Resellers, Place), Violations> {
    let mut fields = Fields::of(request);
    let resellers = resellers(&mut fields, request.resellers.as_ref());
    let place = match (request.customer.is_empty(), request.market.is_empty()) {
        (false, true) => {
            let read = fields.parse("customer", &request.customer);
            read.map(|name::Customer(id)| Place::Customer(id))
        }
        (true, false) => fields.parse("market", &request.market).map(Place::Market),
        (true, true) | (false, false) => {
            fields.wrong("customer", "or the market is given, exactly one of the two");
            None
        }
    };
    fields.finish(resellers.zip(place))
}

/// Reads who is to own what was sold to whom, by whom.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn check_reseller(
    request: &pb::CheckResellerRequest,
) -> Result<(CustomerId, PartnerId, PartnerId), Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse::<name::Customer>("customer", &request.customer);
    let partner = fields.parse::<name::Partner>("partner", &request.partner);
    let reseller = fields.parse::<name::Partner>("reseller", &request.reseller);
    let all = customer.zip(partner).zip(reseller);
    fields.finish(all.map(|((customer, partner), reseller)| (customer.0, partner.0, reseller.0)))
}

/// Writes what speaks against resellers.
pub fn validated(judgements: &[ResellerJudgement]) -> pb::ValidateResellersResponse {
    let check = |one: &ResellerJudgement| pb::ResellerCheck {
        reseller: name::Partner(one.reseller).to_string(),
        valid: one.refusals.is_empty(),
        refusals: one.refusals.iter().map(refusal).collect(),
    };
    let resellers: Vec<_> = judgements.iter().map(check).collect();
    pb::ValidateResellersResponse { valid: resellers.iter().all(|one| one.valid), resellers }
}
