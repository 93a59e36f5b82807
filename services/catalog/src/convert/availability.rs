//! Whether customers can have offers: what is asked, what order is asked, and what it says.

use access::{Caller, Reach};
use proto::catalog as pb;
use proto::common::Refusal;
use proto::order as pb_order;
use rpc::{Fields, Violations, name};

use crate::domain::availability::{Obstacle, Question};
use crate::domain::query::Viewer;

/// Reads who looks at offers.
pub fn viewer(caller: &Caller) -> Viewer {
    match (caller.reach, caller.partner) {
        (Reach::Partner(partner), _) | (_, Some(partner)) => Viewer::Partner(partner),
        (Reach::All, None) if caller.customer.is_none() => Viewer::Everything,
        (Reach::All | Reach::Customer(_), None) => Viewer::Nobody,
    }
}

/// Reads whether which offers can be had by whom.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn check_availability(
    request: &pb::CheckAvailabilityRequest,
    caller: &Caller,
) -> Result<Question, Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse::<name::Customer>("customer", &request.customer);
    let offers: Vec<Option<name::Offer>> = request
        .offers
        .iter()
        .enumerate()
        .map(|(index, offer)| fields.parse(&format!("offers[{index}]"), offer))
        .collect();
    let offers: Option<Vec<_>> = offers.into_iter().collect();
    let partner = match caller.reach {
        Reach::Partner(partner) => Some(partner),
        Reach::All | Reach::Customer(_) => caller.partner,
    };
    let read = customer.zip(offers).map(|(name::Customer(customer), offers)| Question {
        customer,
        partner,
        offers: offers.into_iter().map(|name::Offer(id)| id).collect(),
    });
    fields.finish(read)
}

/// Writes what order is asked.
pub fn judge_offers(asked: &Question) -> pb_order::JudgeOffersRequest {
    let partner = asked.partner.map(|partner| name::Partner(partner).to_string());
    pb_order::JudgeOffersRequest {
        customer: name::Customer(asked.customer).to_string(),
        partner: partner.unwrap_or_default(),
        offers: asked.offers.iter().map(|id| name::Offer(id.clone()).to_string()).collect(),
    }
}

/// Reads what order says: for each offer why it cannot be had.
pub fn reasons(answer: pb_order::JudgeOffersResponse) -> Vec<Option<Obstacle>> {
    let read = |refusal: Refusal| Obstacle {
        reason: refusal.reason,
        rule: refusal.rule,
        message: refusal.message,
        metadata: refusal.metadata.into_iter().collect(),
    };
    answer.offers.into_iter().map(|offer| offer.refusal.map(read)).collect()
}

/// Writes which offers can be had.
pub fn availability(asked: &Question, found: &[Option<Obstacle>]) -> pb::CheckAvailabilityResponse {
    let offers = asked.offers.iter().zip(found).map(|(offer, why)| pb::Availability {
        offer: name::Offer(offer.clone()).to_string(),
        available: why.is_none(),
        refusal: why.as_ref().map(|why| Refusal {
            reason: why.reason.clone(),
            rule: why.rule.clone(),
            message: why.message.clone(),
            metadata: why.metadata.clone().into_iter().collect(),
        }),
    });
    pb::CheckAvailabilityResponse { offers: offers.collect() }
}
