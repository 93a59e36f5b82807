//! Orders that might be placed, and what is said of them.

use proto::common as pb_common;
use proto::lifecycle as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{CustomerId, Offer};

use super::purchase::{co_term, read_promotion, refusal};
use crate::domain::{CoTermChoice, Judged, OfferTerms, Proposal, Proposed, Refusal, Rejection};

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
            let customer = customer.as_ref().map(|name| name.0);
            let lines = order.lines.iter();
            let lines: Vec<_> = lines.map(|line| read(line, customer, &mut fields)).collect();
            lines.into_iter().collect()
        })
        .collect();
    let read = customer.zip(partner).zip(orders).map(|((customer, partner), orders)| Proposal {
        customer: customer.0,
        partner: partner.0,
        clock: clock.map(|name| name.0),
        orders,
        wants_choices: !request.without_choices,
    });
    fields.finish(read)
}

fn read(
    line: &pb::ProposedLine,
    customer: Option<CustomerId>,
    fields: &mut Fields,
) -> Option<Proposed> {
    let promotion = line.promotion.as_ref();
    let promotion = promotion.map(|it| read_promotion(it, "orders.lines.promotion", fields));
    let end = (line.align_with.as_str(), line.end_date.as_ref());
    let co_term = co_term(end, customer, "orders.lines", fields);
    let offer = fields.required("orders.lines.offer", line.offer.as_ref())?;
    let read = price_list::wire::read_offer(offer);
    let offer: Offer = fields.keep("orders.lines.offer", read)?;
    Some(Proposed {
        offer: OfferTerms::from(&offer),
        quantity: line.quantity,
        promotion: promotion.unwrap_or_default(),
        co_term,
    })
}

/// Writes what is said of orders that might be placed by `customer`.
pub fn judged(customer: CustomerId, orders: &[Vec<Judged>]) -> pb::JudgePurchasesResponse {
    let line = |line: &Judged| judged_line(customer, line);
    let orders =
        orders.iter().map(|order| pb::JudgedOrder { lines: order.iter().map(line).collect() });
    pb::JudgePurchasesResponse { orders: orders.collect() }
}

fn judged_line(customer: CustomerId, judged: &Judged) -> pb::JudgedLine {
    let quote = judged.quote;
    pb::JudgedLine {
        refusals: judged.refusals.iter().map(told).collect(),
        first_charge: quote.map(|quote| wire::money(quote.first_charge)),
        term_total: quote.map(|quote| wire::money(quote.term_total)),
        co_term_choices: judged.choices.iter().map(|choice| written(customer, choice)).collect(),
        end_date: quote.and_then(|quote| quote.ends_on).map(wire::date),
    }
}

fn written(customer: CustomerId, choice: &CoTermChoice) -> pb_common::CoTermChoice {
    pb_common::CoTermChoice {
        end_date: Some(wire::date(choice.end)),
        align_with: choice
            .with
            .map(|id| name::Subscription(customer, id).to_string())
            .unwrap_or_default(),
        refusal: choice.refusal.clone().map(|no| told(&no.into())),
    }
}

fn told(rejection: &Rejection) -> pb_common::Refusal {
    refusal(&Refusal::from(rejection))
}
