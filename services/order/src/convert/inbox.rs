//! What other services tell this one.

use std::collections::BTreeMap;

use mailbox::{Backlog, Outcome};
use proto::common as pbc;
use proto::order as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{CustomerId, MessageId, OrderLineId, PartnerId};

use super::line::read_failure;
use crate::domain::{Customer, Fulfilment, LineOutcome, Reading};

/// Reads what became of orders. A service that sends what cannot be read is broken, so nothing of it
/// is taken.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn fulfilments(request: &pb::RecordFulfilmentsRequest) -> Result<Vec<Fulfilment>, Violations> {
    let mut fields = Fields::default();
    let read: Vec<Option<Fulfilment>> = request
        .fulfilments
        .iter()
        .enumerate()
        .map(|(index, one)| fulfilment(&mut fields, &format!("fulfilments[{index}]"), one))
        .collect();
    fields.finish(read.into_iter().collect())
}

/// Reads what test clocks show.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn readings(request: &pbc::RecordClockReadingsRequest) -> Result<Vec<Reading>, Violations> {
    let mut fields = Fields::default();
    let read: Vec<Option<Reading>> = request
        .readings
        .iter()
        .enumerate()
        .map(|(index, one)| reading(&mut fields, &format!("readings[{index}]"), one))
        .collect();
    fields.finish(read.into_iter().collect())
}

/// Writes what became of messages.
pub fn report<'a>(
    outcomes: impl IntoIterator<Item = (MessageId, &'a Outcome)>,
) -> pbc::DeliveryReport {
    let delivery = |(id, outcome): (MessageId, &Outcome)| pbc::Delivery {
        message_id: id.to_string(),
        refusal: match outcome {
            Outcome::Taken => String::new(),
            Outcome::Refused(why) => why.clone(),
        },
    };
    pbc::DeliveryReport { deliveries: outcomes.into_iter().map(delivery).collect() }
}

/// Writes where the mailbox stands.
pub const fn backlog(backlog: Backlog) -> pbc::Backlog {
    pbc::Backlog { waiting_count: backlog.waiting_count, taken_count: backlog.taken_count }
}

/// Reads who is asked about: a customer and a partner.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn check_relationship(
    request: &pb::CheckRelationshipRequest,
) -> Result<(CustomerId, PartnerId), Violations> {
    let mut fields = Fields::default();
    let customer = fields.parse::<name::Customer>("customer", &request.customer);
    let partner = fields.parse::<name::Partner>("partner", &request.partner);
    fields.finish(customer.zip(partner).map(|(customer, partner)| (customer.0, partner.0)))
}

/// Writes whether there is a relationship, and with whom.
pub fn checked_relationship(found: Option<&Customer>) -> pb::CheckRelationshipResponse {
    let clock = found.and_then(|customer| customer.facts.test_clock);
    pb::CheckRelationshipResponse {
        related: found.is_some(),
        test_clock: clock.map(|clock| name::TestClock(clock).to_string()).unwrap_or_default(),
    }
}

fn fulfilment(fields: &mut Fields, at: &str, one: &pb::Fulfilment) -> Option<Fulfilment> {
    let message = message_id(fields, at, one.header.as_ref());
    let order = fields.parse(&format!("{at}.order"), &one.order);
    let lines: Vec<Option<(OrderLineId, LineOutcome)>> = one
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let at = format!("{at}.lines[{index}]");
            let id = fields.parse(&format!("{at}.line"), &line.line);
            id.zip(fields.keep(&at, outcome(line)))
        })
        .collect();
    let lines = lines.into_iter().collect::<Option<BTreeMap<_, _>>>();
    let (message, (name::Order(customer, order), lines)) = message.zip(order.zip(lines))?;
    Some(Fulfilment { message, customer, order, lines })
}

fn outcome(line: &pb::LineOutcome) -> Result<LineOutcome, &'static str> {
    match &line.refusal {
        _ if line.cancelled => Ok(LineOutcome::Cancelled),
        Some(refusal) => Ok(LineOutcome::Refused(read_failure(refusal))),
        None if !line.subscription.is_empty() => Ok(LineOutcome::Started),
        None => Err("says neither that it runs, nor that it was refused or cancelled"),
    }
}

fn reading(fields: &mut Fields, at: &str, one: &pbc::ClockReading) -> Option<Reading> {
    let message = message_id(fields, at, one.header.as_ref());
    let clock = fields.parse(&format!("{at}.test_clock"), &one.test_clock);
    let now = fields.required(&format!("{at}.now"), one.now.as_ref());
    let now = now.and_then(|now| fields.keep(&format!("{at}.now"), wire::instant(now)));
    let (message, (name::TestClock(clock), now)) = message.zip(clock.zip(now))?;
    Some(Reading { message, clock, now })
}

fn message_id(
    fields: &mut Fields,
    at: &str,
    header: Option<&pbc::MessageHeader>,
) -> Option<MessageId> {
    let header = fields.required(&format!("{at}.header"), header)?;
    fields.parse(&format!("{at}.header.message_id"), &header.message_id)
}
