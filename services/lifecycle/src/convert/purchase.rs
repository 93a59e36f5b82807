//! What order asks for, and what order and license-key are told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proto::common as pb_common;
use proto::licensekey as pb_key;
use proto::lifecycle as pb;
use proto::order as pb_order;
use rpc::{Fields, Violations, name, wire};
use vocab::{CustomerId, MessageId, Offer, OrderLineId, Promotion, SubscriptionId};

use crate::domain::{CoTerm, OfferTerms, OrderOutcome, Purchase, PurchaseState, Refusal};

/// Orders that can be read, each with the message that brought it, and the messages that cannot,
/// each with the reason.
pub type Orders = (Vec<Order>, Vec<(String, String)>);
/// An order with the message that brought it, and when it was brought in if it is from before.
type Order = (MessageId, name::Order, Vec<Purchase>, Option<Timestamp>);

/// Reads orders to be started.
pub fn start_orders(request: &pb::StartSubscriptionsRequest) -> Orders {
    let (mut orders, mut unreadable) = (vec![], vec![]);
    for order in &request.orders {
        let message = order.header.as_ref().map(|header| header.message_id.clone());
        match start_order(order) {
            Ok(read) => orders.push(read),
            Err(wrong) => unreadable.push((message.unwrap_or_default(), wrong.to_string())),
        }
    }
    (orders, unreadable)
}

fn start_order(order: &pb::StartOrder) -> Result<Order, Violations> {
    let mut fields = Fields::of(order);
    let header = fields.required("header", order.header.as_ref());
    let message = header.and_then(|header| fields.parse("header.message_id", &header.message_id));
    let lines: Vec<_> = order.lines.iter().map(|line| purchase(order, line, &mut fields)).collect();
    if lines.is_empty() {
        fields.wrong("lines", "is empty");
    }
    let lines: Option<Vec<Purchase>> = lines.into_iter().collect();
    let name = fields.parse::<name::Order>("order", &order.order);
    let brought_in_at = match &order.brought_in_time {
        None => Some(None),
        Some(time) => fields.keep("brought_in_time", wire::instant(time)).map(Some),
    };
    let read = message.zip(name).zip(lines.zip(brought_in_at));
    let read = read.map(|((message, name), (lines, since))| (message, name, lines, since));
    fields.finish(read)
}

fn purchase(order: &pb::StartOrder, line: &pb::StartLine, fields: &mut Fields) -> Option<Purchase> {
    let order_name = fields.parse::<name::Order>("order", &order.order);
    let partner = fields.parse::<name::Partner>("partner", &order.partner);
    let clock = fields.parse_unless_empty::<name::TestClock>("test_clock", &order.test_clock);
    let reseller = fields.parse_unless_empty::<name::Partner>("lines.reseller", &line.reseller);
    let effective = fields.required("effective_time", order.effective_time.as_ref());
    let ordered_at = effective.and_then(|at| fields.keep("effective_time", wire::instant(at)));
    let order_line = fields.parse::<OrderLineId>("lines.line", &line.line);
    let id = fields.parse::<SubscriptionId>("lines.subscription", &line.subscription);
    let offer = fields.required("lines.offer", line.offer.as_ref());
    let offer: Option<Offer> =
        offer.and_then(|offer| fields.keep("lines.offer", price_list::wire::read_offer(offer)));
    let promotion = line.promotion.as_ref();
    let promotion = promotion.map(|it| read_promotion(it, "lines.promotion", fields));
    let customer = order_name.as_ref().map(|name| name.0);
    let end = (line.align_with.as_str(), line.end_date.as_ref());
    let co_term = co_term(end, customer, "lines", fields);
    let order_name = order_name?;
    Some(Purchase {
        id: id?,
        customer: order_name.0,
        partner: partner?.0,
        clock: clock.map(|name| name.0),
        order: order_name.1,
        order_line: order_line?,
        ordered_at: ordered_at?,
        friendly_name: line.friendly_name.clone(),
        offer: OfferTerms::from(&offer?),
        quantity: line.quantity,
        promotion: promotion.unwrap_or_default(),
        // What is not told, or not known here, is eligible for less; nothing is refused for it.
        segment: wire::read_segment(order.customer_segment).ok(),
        co_term,
        reseller: reseller.map(|name| name.0),
    })
}

/// Reads a promotion, which is absent if it cannot be read.
pub(super) fn read_promotion(
    message: &proto::catalog::Promotion,
    field: &str,
    fields: &mut Fields,
) -> Option<Promotion> {
    fields.keep(field, price_list::wire::read_promotion(message))
}

/// Reads the end that a term of `customer`'s shall have: with a subscription, on a day, or both.
pub(super) fn co_term(
    (align_with, end_date): (&str, Option<&proto::Date>),
    customer: Option<CustomerId>,
    field: &str,
    fields: &mut Fields,
) -> Option<CoTerm> {
    let name = format!("{field}.align_with");
    let with = fields.parse_unless_empty::<name::Subscription>(&name, align_with);
    if with.is_some_and(|with| customer.is_some_and(|customer| with.0 != customer)) {
        fields.wrong(&name, "is not a subscription of this customer");
    }
    let end = end_date.and_then(|it| fields.keep(&format!("{field}.end_date"), wire::civil(it)));
    let with = with.map(|with| with.1);
    (with.is_some() || end.is_some()).then_some(CoTerm { with, end })
}

/// Writes what became of an order.
pub fn fulfilment(
    header: pb_common::MessageHeader,
    outcome: &OrderOutcome,
) -> pb_order::Fulfilment {
    let lines = outcome.lines.iter().map(|line| pb_order::LineOutcome {
        line: line.line.to_string(),
        subscription: line
            .subscription
            .map(|id| name::Subscription(outcome.customer, id).to_string())
            .unwrap_or_default(),
        refusal: line.refusal.as_ref().map(refusal),
        cancelled: line.is_cancelled,
    });
    pb_order::Fulfilment {
        header: Some(header),
        order: name::Order(outcome.customer, outcome.order).to_string(),
        lines: lines.collect(),
    }
}

/// Writes a refusal as data.
pub(super) fn refusal(refusal: &Refusal) -> pb_common::Refusal {
    pb_common::Refusal {
        reason: refusal.reason.clone(),
        rule: refusal.rule.clone(),
        message: refusal.message.clone(),
        metadata: refusal.metadata.iter().cloned().collect(),
    }
}

/// Writes a purchase as it now is.
pub fn purchase_state(header: pb_common::MessageHeader, state: &PurchaseState) -> pb_key::Purchase {
    let product = &state.product;
    let other = |id: Option<SubscriptionId>| {
        let name = id.map(|id| name::Subscription(state.customer, id).to_string());
        name.unwrap_or_default()
    };
    pb_key::Purchase {
        header: Some(header),
        subscription: name::Subscription(state.customer, state.id).to_string(),
        order: if state.order.0.is_nil() {
            String::new()
        } else {
            name::Order(state.customer, state.order).to_string()
        },
        partner: name::Partner(state.partner).to_string(),
        test_clock: state.clock.map(|id| name::TestClock(id).to_string()).unwrap_or_default(),
        product: name::Product(product.id.clone()).to_string(),
        sku: name::Sku(product.id.clone(), product.sku.clone()).to_string(),
        title: product.title.clone(),
        kind: wire::product_kind(product.kind).into(),
        quantity: state.quantity,
        state: super::state(state.status).into(),
        fulfilment: Some(price_list::wire::fulfilment(&product.fulfilment)),
        purchase_time: Some(wire::timestamp(state.ordered_at)),
        version: state.version,
        moved_from: other(state.moved_from),
        moved_to: other(state.moved_to),
    }
}

/// Writes what became of a batch of messages: taken, but for those that could not be read.
pub fn report<'a>(
    headers: impl Iterator<Item = Option<&'a pb_common::MessageHeader>>,
    unreadable: Vec<(String, String)>,
) -> pb_common::DeliveryReport {
    let refusals: BTreeMap<String, String> = unreadable.into_iter().collect();
    let deliveries = headers.map(|header| {
        let message_id = header.map(|header| header.message_id.clone()).unwrap_or_default();
        let refusal = refusals.get(&message_id).cloned().unwrap_or_default();
        pb_common::Delivery { message_id, refusal }
    });
    pb_common::DeliveryReport { deliveries: deliveries.collect() }
}
