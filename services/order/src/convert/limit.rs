//! What limits say of orders that might be placed.

use proto::common::Refusal;
use proto::lifecycle as pb;
use proto::order as pb_order;
use rpc::{Fields, Violations, name};

use super::line;
use crate::domain::{JudgeOffers, Limit, LimitsOfLines, Proposal, Rejection};

/// Writes orders that might be placed.
pub fn proposal(proposal: &Proposal) -> pb::JudgePurchasesRequest {
    let order = |lines: &Vec<(vocab::Offer, i64)>| {
        let lines = lines.iter().map(|(offer, quantity)| pb::ProposedLine {
            offer: Some(price_list::wire::offer(offer)),
            quantity: *quantity,
            ..Default::default()
        });
        pb::ProposedOrder { lines: lines.collect() }
    };
    let test_clock = proposal.clock.map(|id| name::TestClock(id).to_string());
    pb::JudgePurchasesRequest {
        customer: name::Customer(proposal.customer).to_string(),
        partner: name::Partner(proposal.partner).to_string(),
        test_clock: test_clock.unwrap_or_default(),
        orders: proposal.orders.iter().map(order).collect(),
    }
}

/// Reads what limits say. A reason that is not known here is told when the order starts.
pub fn judged(answer: &pb::JudgePurchasesResponse) -> Vec<LimitsOfLines> {
    let line =
        |line: &pb::JudgedLine| line.refusals.iter().filter_map(limit).collect::<Vec<Limit>>();
    answer.orders.iter().map(|order| order.lines.iter().map(line).collect()).collect()
}

fn limit(refusal: &Refusal) -> Option<Limit> {
    Some(Limit {
        reason: refusal.reason.parse().ok()?,
        message: refusal.message.clone(),
        values: refusal.metadata.clone().into_iter().collect(),
    })
}

/// Reads of which offers the catalog asks whether a customer can have them.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn judge_offers(request: &pb_order::JudgeOffersRequest) -> Result<JudgeOffers, Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse::<name::Customer>("customer", &request.customer);
    let partner = fields.parse_unless_empty::<name::Partner>("partner", &request.partner);
    let offers = request.offers.iter().map(|offer| fields.parse::<name::Offer>("offers", offer));
    let offers: Option<Vec<_>> = offers.collect();
    let read = customer.zip(offers).map(|(name::Customer(customer), offers)| JudgeOffers {
        customer,
        partner: partner.map(|name::Partner(id)| id),
        offers: offers.into_iter().map(|name::Offer(id)| id).collect(),
    });
    fields.finish(read)
}

/// Writes why offers cannot be had.
pub fn judged_offers(reasons: &[Option<Rejection>]) -> pb_order::JudgeOffersResponse {
    let judged = |why: &Option<Rejection>| pb_order::JudgedOffer {
        refusal: why.as_ref().map(line::refusal),
    };
    pb_order::JudgeOffersResponse { offers: reasons.iter().map(judged).collect() }
}
