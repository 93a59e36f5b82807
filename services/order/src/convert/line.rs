//! What carts and orders have in common: lines, and refusals as data.

use proto::common::Refusal;
use proto::order as pb;
use rpc::{Fields, name, wire};
use vocab::{CustomerId, PromotionId};

use crate::domain::{Alignment, Confirmation, Failure, Item, Rejection};

/// Reads the lines of a request for `customer`; what is wrong with them is recorded in `fields`.
pub fn items(
    fields: &mut Fields,
    lines: &[pb::LineItem],
    customer: Option<CustomerId>,
) -> Option<Vec<Item>> {
    let read: Vec<Option<Item>> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let at = format!("lines[{index}]");
            let offer = fields.parse(&format!("{at}.offer"), &line.offer);
            let alignment = alignment(fields, &at, line, customer);
            let promotion = (!line.promotion.is_empty()).then(|| line.promotion.clone());
            offer.map(|name::Offer(offer)| Item {
                offer,
                quantity: line.quantity,
                friendly_name: line.friendly_name.clone(),
                promotion: promotion.map(PromotionId),
                alignment,
            })
        })
        .collect();
    read.into_iter().collect()
}

/// Reads with what a first term shall end. Source: TRM-8.
fn alignment(
    fields: &mut Fields,
    at: &str,
    line: &pb::LineItem,
    customer: Option<CustomerId>,
) -> Option<Alignment> {
    let (with_at, end_at) = (format!("{at}.align_with"), format!("{at}.end_date"));
    let with = fields.parse_unless_empty::<name::Subscription>(&with_at, &line.align_with);
    if with.as_ref().zip(customer).is_some_and(|(with, customer)| with.0 != customer) {
        fields.wrong(&with_at, "is another customer's");
    }
    let end = line.end_date.as_ref();
    let end = end.and_then(|end| fields.keep(&end_at, wire::civil(end)));
    if end.is_some_and(|end| end.last_of_month() != end) {
        fields.wrong(&end_at, "is not the last day of a calendar month");
    }
    if line.end_date.is_some() && !line.align_with.is_empty() {
        fields.wrong(&end_at, "cannot be chosen together with align_with");
    }
    with.map(|with| Alignment::With(with.1)).or(end.map(Alignment::EndsOn))
}

/// Writes a line of a cart.
pub fn item(item: &Item, customer: CustomerId) -> pb::LineItem {
    let (align_with, end_date) = aligned(item.alignment, customer);
    pb::LineItem {
        offer: name::Offer(item.offer.clone()).to_string(),
        quantity: item.quantity,
        friendly_name: item.friendly_name.clone(),
        promotion: item.promotion.as_ref().map(ToString::to_string).unwrap_or_default(),
        align_with,
        end_date,
    }
}

/// Writes with what a first term ends: the subscription's name, or else the day.
pub fn aligned(
    alignment: Option<Alignment>,
    customer: CustomerId,
) -> (String, Option<proto::Date>) {
    match alignment {
        Some(Alignment::With(id)) => (name::Subscription(customer, id).to_string(), None),
        Some(Alignment::EndsOn(end)) => (String::new(), Some(wire::date(end))),
        None => (String::new(), None),
    }
}

/// Reads the buyer's confirmation; one that says nothing is none.
pub fn confirmation(attestation: Option<&pb::Attestation>) -> Option<Confirmation> {
    attestation.map(|said| Confirmation { version: said.version.clone(), accepted: said.accepted })
}

/// Writes a refusal as data.
pub fn refusal(rejection: &Rejection) -> Refusal {
    let metadata = rejection.metadata().into_iter();
    Refusal {
        reason: rejection.reason().to_owned(),
        rule: rejection.rule().to_owned(),
        message: rejection.to_string(),
        metadata: metadata.map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

/// Reads what lifecycle said, to be passed on as it came.
pub fn read_failure(refusal: &Refusal) -> Failure {
    Failure {
        reason: refusal.reason.clone(),
        rule: refusal.rule.clone(),
        message: refusal.message.clone(),
        metadata: refusal.metadata.clone().into_iter().collect(),
    }
}

/// Writes what lifecycle said, as it said it.
pub fn failure(failure: &Failure) -> Refusal {
    Refusal {
        reason: failure.reason.clone(),
        rule: failure.rule.clone(),
        message: failure.message.clone(),
        metadata: failure.metadata.clone().into_iter().collect(),
    }
}
