//! What lifecycle is asked about requests for support.

use proto::lifecycle as pb;
use rpc::{Fields, Violations, name, wire};

use crate::domain::{PurchaseStanding, SettleSupport};

/// Asks after a purchase.
pub fn check_purchase(purchase: name::Subscription) -> pb::CheckPurchaseRequest {
    pb::CheckPurchaseRequest { subscription: purchase.to_string() }
}

/// Reads how a purchase stands.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn standing(answer: &pb::CheckPurchaseResponse) -> Result<PurchaseStanding, Violations> {
    let mut fields = Fields::default();
    let partner: Option<name::Partner> = fields.parse("partner", &answer.partner);
    let now = fields.required("now", answer.now.as_ref());
    let now = now.and_then(|now| fields.keep("now", wire::instant(now)));
    let end = answer.term_end_date.as_ref();
    let ends_on = end.and_then(|end| fields.keep("term_end_date", wire::civil(end)));
    fields.finish(partner.zip(now).map(|(name::Partner(partner), now)| PurchaseStanding {
        partner,
        ends_on,
        now,
    }))
}

/// Writes a decision that is to be carried out.
pub fn settle_support(decision: &SettleSupport) -> pb::SettleSupportDecisionRequest {
    pb::SettleSupportDecisionRequest {
        request_id: decision.request.to_string(),
        validate_only: decision.validate_only,
        subscription: name::Subscription(decision.customer, decision.subscription).to_string(),
        partner: name::Partner(decision.partner).to_string(),
        cancel: decision.cancels,
        credit: decision.credit.map(wire::money),
        actor: decision.actor.clone(),
    }
}
