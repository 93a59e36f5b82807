//! What lifecycle says in advance of orders that might be placed.

use proto::common as pb_common;
use proto::lifecycle as pb;
use proto::order as pb_order;
use rpc::{Fields, Violations, name, wire};

use super::line::{self, aligned, read_failure};
use crate::domain::{
    CoTermChoice, Forecast, JudgeOffers, Proposal, ProposedLine, Rejection, TermFigures,
};

/// Writes orders that might be placed.
pub fn proposal(proposal: &Proposal) -> pb::JudgePurchasesRequest {
    let line = |line: &ProposedLine| {
        let (align_with, end_date) = aligned(line.alignment, proposal.customer);
        pb::ProposedLine {
            offer: Some(price_list::wire::offer(&line.offer)),
            quantity: line.quantity,
            promotion: line.promotion.as_ref().map(price_list::wire::promotion),
            align_with,
            end_date,
        }
    };
    let order =
        |lines: &Vec<ProposedLine>| pb::ProposedOrder { lines: lines.iter().map(line).collect() };
    let test_clock = proposal.clock.map(|id| name::TestClock(id).to_string());
    pb::JudgePurchasesRequest {
        customer: name::Customer(proposal.customer).to_string(),
        partner: name::Partner(proposal.partner).to_string(),
        test_clock: test_clock.unwrap_or_default(),
        orders: proposal.orders.iter().map(order).collect(),
        without_choices: !proposal.wants_choices,
    }
}

/// Reads what lifecycle says. Reasons that are not known here are read as well: they are passed on.
///
/// # Errors
///
/// [`Violations`] for figures and dates that are none.
pub fn judged(answer: &pb::JudgePurchasesResponse) -> Result<Vec<Vec<Forecast>>, Violations> {
    let mut fields = Fields::default();
    let mut order = |order: &pb::JudgedOrder| -> Vec<Forecast> {
        order.lines.iter().map(|line| forecast(&mut fields, line)).collect()
    };
    let orders = answer.orders.iter().map(&mut order).collect();
    fields.finish(Some(orders))
}

fn forecast(fields: &mut Fields, line: &pb::JudgedLine) -> Forecast {
    let first_charge = line.first_charge.as_ref();
    let first_charge = first_charge.and_then(|it| fields.keep("first_charge", wire::amount(it)));
    let term_total = line.term_total.as_ref();
    let term_total = term_total.and_then(|it| fields.keep("term_total", wire::amount(it)));
    let figures = first_charge.zip(term_total);
    let choices = line.co_term_choices.iter().filter_map(|one| choice(fields, one));
    Forecast {
        refusals: line.refusals.iter().map(read_failure).collect(),
        figures: figures.map(|(first_charge, term_total)| TermFigures { first_charge, term_total }),
        choices: choices.collect(),
    }
}

fn choice(fields: &mut Fields, choice: &pb_common::CoTermChoice) -> Option<CoTermChoice> {
    let with: Option<name::Subscription> =
        fields.parse_unless_empty("co_term_choices.align_with", &choice.align_with);
    let end = fields.required("co_term_choices.end_date", choice.end_date.as_ref())?;
    Some(CoTermChoice {
        ends_on: fields.keep("co_term_choices.end_date", wire::civil(end))?,
        with: with.map(|name| name.1),
        refusal: choice.refusal.as_ref().map(read_failure),
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
