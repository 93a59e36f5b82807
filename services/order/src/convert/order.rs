//! Orders: placing, reading and cancelling them.

use proto::order as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{CustomerId, OrderId};

use super::history::brought_in;
use super::line::{aligned, confirmation, failure, items};
use super::reseller::{resellers, resellers_if_any};
use crate::domain::{CheckoutCart, LineState, Order, OrderLine, OrderState, PlaceOrder, Placed};

/// Reads an order without a cart.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn place_order(request: &pb::PlaceOrderRequest) -> Result<PlaceOrder, Violations> {
    let mut fields = Fields::of(request);
    let parent = fields.parse("parent", &request.parent);
    let customer = parent.as_ref().map(|name::Customer(id)| *id);
    let lines = items(&mut fields, &request.lines, customer);
    let confirmation = confirmation(request.attestation.as_ref());
    let resellers = resellers(&mut fields, request.resellers.as_ref());
    let read =
        parent.zip(lines).zip(resellers).map(|((name::Customer(customer), lines), resellers)| {
            PlaceOrder { customer, lines, resellers, confirmation }
        });
    fields.finish(read)
}

/// Reads a cart to be ordered.
///
/// # Errors
///
/// [`Violations`], all of them.
pub fn checkout_cart(request: &pb::CheckoutCartRequest) -> Result<CheckoutCart, Violations> {
    let mut fields = Fields::of(request);
    let confirmation = confirmation(request.attestation.as_ref());
    let read = fields.parse("name", &request.name).map(|name::Cart(customer, cart)| CheckoutCart {
        customer,
        cart,
        confirmation,
    });
    fields.finish(read)
}

/// Reads the name of an order.
///
/// # Errors
///
/// [`Violations`].
pub fn order_name(request: &pb::GetOrderRequest) -> Result<(CustomerId, OrderId), Violations> {
    let mut fields = Fields::of(request);
    let read = fields.parse("name", &request.name).map(|name::Order(customer, id)| (customer, id));
    fields.finish(read)
}

/// Reads whose orders are listed.
///
/// # Errors
///
/// [`Violations`].
pub fn list_orders(request: &pb::ListOrdersRequest) -> Result<CustomerId, Violations> {
    let mut fields = Fields::of(request);
    let read = fields.parse("parent", &request.parent).map(|name::Customer(id)| id);
    fields.finish(read)
}

/// Returns which order an answer was about; `None` for what is none of ours.
pub fn placed_name(answer: &pb::Order) -> Option<(CustomerId, OrderId)> {
    answer.name.parse().ok().map(|name::Order(customer, id)| (customer, id))
}

/// Writes an order, or what it would be: that has no name and no ids yet.
pub fn placed(placed: &Placed) -> pb::Order {
    let written = order(&placed.order);
    let Some(preview_token) = placed.preview_token.clone() else { return written };
    pb::Order { preview_token, ..nameless(written) }
}

/// Takes names and ids away, which an order does not have that is only shown.
pub(super) fn nameless(written: pb::Order) -> pb::Order {
    let nameless = |line| pb::OrderLine { id: String::new(), ..line };
    let lines = written.lines.into_iter().map(nameless).collect();
    pb::Order { name: String::new(), lines, ..written }
}

/// Writes an order.
pub fn order(order: &Order) -> pb::Order {
    pb::Order {
        name: name::Order(order.customer, order.id).to_string(),
        partner: name::Partner(order.partner).to_string(),
        state: order_state(order.state()).into(),
        lines: order.lines.iter().map(|line| order_line(order, line)).collect(),
        create_time: Some(wire::timestamp(order.created_at)),
        attestation: order.attestation.as_ref().map(|confirmed| pb::AttestationRecord {
            version: confirmed.version.clone(),
            actor: confirmed.actor.clone(),
            accept_time: Some(wire::timestamp(confirmed.accepted_at)),
        }),
        totals: order.totals().into_iter().map(wire::money).collect(),
        history: name::Customer(order.customer).to_string(),
        preview_token: String::new(),
        resellers: resellers_if_any(&order.resellers),
        brought_in: order.brought_in.as_ref().map(brought_in),
    }
}

fn order_line(order: &Order, line: &OrderLine) -> pb::OrderLine {
    let customer = order.customer;
    // A subscription has its id before it runs; whoever asked for it then would not find it.
    let subscription = match line.state {
        LineState::Fulfilled | LineState::Cancelled => {
            name::Subscription(customer, line.subscription).to_string()
        }
        LineState::Processing | LineState::Failed => String::new(),
    };
    let friendly_name =
        if line.friendly_name.is_empty() { &line.offer.title } else { &line.friendly_name };
    let (align_with, end_date) = aligned(line.alignment, customer);
    pb::OrderLine {
        id: line.id.to_string(),
        offer: Some(price_list::wire::offer_shown(&line.offer)),
        quantity: line.quantity,
        friendly_name: friendly_name.clone(),
        state: line_state(line.state).into(),
        subscription,
        refusal: line.failure.as_ref().map(failure),
        first_charge: Some(wire::money(line.first_charge)),
        setup_uri: line.offer.fulfilment.setup_uri.clone().unwrap_or_default(),
        promotion: line.promotion.as_ref().map(price_list::wire::promotion),
        align_with,
        end_date,
        evaluation_end_date: line.evaluation_ends_on(order.created_at).map(wire::date),
    }
}

const fn order_state(state: OrderState) -> pb::OrderState {
    match state {
        OrderState::Processing => pb::OrderState::Processing,
        OrderState::Fulfilled => pb::OrderState::Fulfilled,
        OrderState::Failed => pb::OrderState::Failed,
        OrderState::Cancelled => pb::OrderState::Cancelled,
        OrderState::Completed => pb::OrderState::Completed,
    }
}

const fn line_state(state: LineState) -> pb::LineState {
    match state {
        LineState::Processing => pb::LineState::Processing,
        LineState::Fulfilled => pb::LineState::Fulfilled,
        LineState::Failed => pb::LineState::Failed,
        LineState::Cancelled => pb::LineState::Cancelled,
    }
}
