//! What lifecycle is told and asked.

use jiff::Timestamp;
use proto::common::MessageHeader;
use proto::lifecycle as pb;
use rpc::{name, wire};
use vocab::{CustomerId, MoneyError};

use super::line::aligned;
use crate::domain::{CancelPurchases, Cancellation, StartLine, StartOrder};

/// Writes an order whose subscriptions shall start.
pub fn start_order(order: &StartOrder, header: MessageHeader) -> pb::StartOrder {
    let test_clock = order.test_clock.map(|id| name::TestClock(id).to_string());
    pb::StartOrder {
        header: Some(header),
        order: name::Order(order.customer, order.order).to_string(),
        partner: name::Partner(order.partner).to_string(),
        test_clock: test_clock.unwrap_or_default(),
        effective_time: Some(wire::timestamp(order.effective_at)),
        lines: order.lines.iter().map(|line| start_line(line, order.customer)).collect(),
        customer_segment: order.segment.map_or(0, |segment| wire::segment(segment).into()),
        brought_in_time: order.brought_in_at.map(wire::timestamp),
    }
}

fn start_line(line: &StartLine, customer: CustomerId) -> pb::StartLine {
    let (align_with, end_date) = aligned(line.alignment, customer);
    pb::StartLine {
        line: line.line.to_string(),
        subscription: line.subscription.to_string(),
        offer: Some(price_list::wire::offer(&line.offer)),
        quantity: line.quantity,
        friendly_name: line.friendly_name.clone(),
        reseller: line.reseller.map_or_else(String::new, |id| name::Partner(id).to_string()),
        promotion: line.promotion.as_ref().map(price_list::wire::promotion),
        align_with,
        end_date,
    }
}

/// Writes a cancellation of purchases.
pub fn cancel_purchases(request: &CancelPurchases) -> pb::CancelPurchasesRequest {
    pb::CancelPurchasesRequest {
        request_id: request.request.to_string(),
        validate_only: request.validate_only,
        order: name::Order(request.customer, request.order).to_string(),
        partner: name::Partner(request.partner).to_string(),
        lines: request.lines.iter().map(ToString::to_string).collect(),
        acknowledged: request.is_acknowledged,
        actor: request.actor.clone(),
        admin_agent: request.is_admin_agent,
    }
}

/// Reads what lifecycle says of a cancellation.
///
/// # Errors
///
/// [`MoneyError`] for an amount that is none.
pub fn cancellation(answer: &pb::CancelPurchasesResponse) -> Result<Cancellation, MoneyError> {
    // The lines of one order were bought at one instant, so they have one window.
    let subscriptions = answer.receipts.iter().filter_map(|receipt| receipt.subscription.as_ref());
    let mut windows = subscriptions.filter_map(|sub| sub.cancellation.as_ref()).filter_map(window);
    let mut obligations = answer.receipts.iter().map(|receipt| receipt.obligations.as_str());
    Ok(Cancellation {
        credit: answer.credit.as_ref().map(wire::amount).transpose()?,
        obligations: obligations.find(|text| !text.is_empty()).unwrap_or_default().into(),
        window: windows.next(),
    })
}

/// Reads until when something could be cancelled, and how many days are left.
fn window(said: &pb::Cancellation) -> Option<(Timestamp, i64)> {
    let allowed_until = wire::instant(said.allowed_until.as_ref()?).ok()?;
    Some((allowed_until, said.days_left))
}
