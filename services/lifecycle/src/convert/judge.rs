//! Orders that might be placed, and what limits say of them.

use proto::lifecycle as pb;
use rpc::{Fields, Violations, name};
use vocab::Offer;

use super::purchase::refusal;
use crate::domain::{Limit, OfferTerms, Product, Proposal, Refusal, Rejection};

/// Reads orders that might be placed.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn proposal(request: &pb::JudgePurchasesRequest) -> Result<Proposal, Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse::<name::Customer>("customer", &request.customer);
    let partner = fields.parse::<name::Partner>("partner", &request.partner);
    let clock = fields.parse_unless_empty::<name::TestClock>("test_clock", &request.test_clock);
    let orders: Option<Vec<_>> = request
        .orders
        .iter()
        .map(|order| {
            let lines: Vec<_> = order.lines.iter().map(|line| read(line, &mut fields)).collect();
            lines.into_iter().collect()
        })
        .collect();
    let read = customer.zip(partner).zip(orders).map(|((customer, partner), orders)| Proposal {
        customer: customer.0,
        partner: partner.0,
        clock: clock.map(|name| name.0),
        orders,
    });
    fields.finish(read)
}

fn read(line: &pb::ProposedLine, fields: &mut Fields) -> Option<(Product, i64)> {
    let offer = fields.required("orders.lines.offer", line.offer.as_ref())?;
    let read = price_list::wire::read_offer(offer);
    let offer: Offer = fields.keep("orders.lines.offer", read)?;
    Some((OfferTerms::from(&offer).product, line.quantity))
}

/// Writes what limits say of orders.
pub fn judged(orders: &[Vec<Vec<Limit>>]) -> pb::JudgePurchasesResponse {
    let lines = |order: &Vec<Vec<Limit>>| order.iter().map(|line| judged_line(line)).collect();
    let orders = orders.iter().map(|order| pb::JudgedOrder { lines: lines(order) });
    pb::JudgePurchasesResponse { orders: orders.collect() }
}

fn judged_line(limits: &[Limit]) -> pb::JudgedLine {
    let told = limits.iter().map(|limit| Refusal::from(&Rejection::from(limit.clone())));
    pb::JudgedLine { refusals: told.map(|told| refusal(&told)).collect(), ..Default::default() }
}
