//! What order wants carried out of a support request.

use proto::lifecycle as pb;
use rpc::{Fields, Violations, name, wire};

use crate::domain::{SupportDecision, SupportSettlement};

/// Reads a decision: an end, a credit, or both.
pub fn settle_support(
    request: &pb::SettleSupportDecisionRequest,
) -> Result<SupportSettlement, Violations> {
    let mut fields = Fields::of(request);
    let subscription = fields.parse::<name::Subscription>("subscription", &request.subscription);
    let partner = fields.parse::<name::Partner>("partner", &request.partner);
    let credit = request.credit.as_ref();
    let credit = credit.and_then(|credit| fields.keep("credit", wire::amount(credit)));
    if !request.cancel && request.credit.is_none() {
        fields.wrong("credit", "is required where nothing is cancelled");
    }
    let names = subscription.zip(partner);
    fields.finish(names.map(|(subscription, partner)| SupportSettlement {
        customer: subscription.0,
        subscription: subscription.1,
        partner: partner.0,
        decision: SupportDecision { cancels: request.cancel, credit },
        actor: request.actor.clone(),
    }))
}
