//! Cancelling by order, or by product.

use proto::order as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::OrderLineId;

use super::order::order;
use crate::domain::{CancelOrder, CancelTarget, Cancelled};

/// Reads a cancellation: of an order by its name, or of a customer's product.
///
/// # Errors
///
/// [`Violations`], all of them.
///
/// Source: D-6, CAN-14.
pub fn cancel_order(request: &pb::CancelOrderRequest) -> Result<CancelOrder, Violations> {
    let mut fields = Fields::of(request);
    let read = if request.customer.is_empty() && request.product.is_empty() {
        by_order(&mut fields, request)
    } else {
        by_product(&mut fields, request)
    };
    fields.finish(read)
}

fn by_order(fields: &mut Fields, request: &pb::CancelOrderRequest) -> Option<CancelOrder> {
    if request.name.is_empty() {
        fields.wrong("name", "is required, unless customer and product are given");
        return None;
    }
    let named = fields.parse("name", &request.name);
    let lines: Vec<Option<OrderLineId>> = request
        .lines
        .iter()
        .enumerate()
        .map(|(index, id)| fields.parse(&format!("lines[{index}]"), id))
        .collect();
    let lines = lines.into_iter().collect::<Option<Vec<_>>>();
    let (name::Order(customer, order), lines) = named.zip(lines)?;
    let target = CancelTarget::Order { order, lines };
    Some(CancelOrder { customer, target, is_acknowledged: request.acknowledged })
}

fn by_product(fields: &mut Fields, request: &pb::CancelOrderRequest) -> Option<CancelOrder> {
    if !request.name.is_empty() {
        fields.wrong("name", "is given beside customer and product; give one or the other");
    }
    if !request.lines.is_empty() {
        fields.wrong("lines", "belong to an order; give its name instead of a product");
    }
    let mut part = |field: &str, text: &str| {
        if text.is_empty() {
            fields.wrong(field, "is required; customer and product are given together");
        }
        !text.is_empty()
    };
    let is_whole = [part("customer", &request.customer), part("product", &request.product)];
    if is_whole.contains(&false) {
        return None;
    }
    let customer = fields.parse("customer", &request.customer);
    let product = fields.parse("product", &request.product);
    let (name::Customer(customer), name::Product(product)) = customer.zip(product)?;
    let target = CancelTarget::Product(product);
    Some(CancelOrder { customer, target, is_acknowledged: request.acknowledged })
}

/// Writes what was cancelled.
pub fn cancelled(cancelled: &Cancelled) -> pb::CancelOrderResponse {
    let window = cancelled.cancellation.window;
    pb::CancelOrderResponse {
        order: Some(order(&cancelled.order)),
        credit: cancelled.cancellation.credit.map(wire::money),
        obligations: cancelled.cancellation.obligations.clone(),
        allowed_until: window.map(|(until, _)| wire::timestamp(until)),
        days_left: window.map_or(0, |(_, days)| days),
    }
}
