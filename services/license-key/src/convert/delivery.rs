//! What other services say: purchases, test clocks, the present state of a purchase.

use jiff::Timestamp;
use proto::common::{ClockReading, Delivery, DeliveryReport, MessageHeader};
use proto::licensekey as pb;
use proto::lifecycle as lifecycle_pb;
use rpc::{Fields, Violations, name, wire};
use uuid::Uuid;
use vocab::{ClockId, Fulfilment, MessageId, OrderId, SubscriptionId};

use crate::domain::{Live, Moves, Purchase, PurchaseState, SkuName};

/// Reads a purchase and the id of its message.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn purchase(message: &pb::Purchase) -> Result<(MessageId, Purchase), Violations> {
    let mut fields = Fields::default();
    let id = header(&mut fields, message.header.as_ref());
    let read = read_purchase(&mut fields, message);
    fields.finish(id.zip(read))
}

fn read_purchase(fields: &mut Fields, message: &pb::Purchase) -> Option<Purchase> {
    let subscription = fields.parse::<name::Subscription>("subscription", &message.subscription);
    let order = fields.parse_unless_empty::<name::Order>("order", &message.order);
    let moves = Moves {
        from: other(fields, "moved_from", &message.moved_from),
        to: other(fields, "moved_to", &message.moved_to),
    };
    let partner = fields.parse::<name::Partner>("partner", &message.partner);
    let test_clock =
        fields.parse_unless_empty::<name::TestClock>("test_clock", &message.test_clock);
    let sku = fields.parse::<name::Sku>("sku", &message.sku);
    let kind = fields.keep("kind", wire::read_product_kind(message.kind));
    let state = fields.keep("state", state(message.state));
    let fulfilment = fields.required("fulfilment", message.fulfilment.as_ref());
    let time = fields.required("purchase_time", message.purchase_time.as_ref());
    let purchased_at = time.and_then(|time| fields.keep("purchase_time", wire::instant(time)));
    let name::Subscription(customer, id) = subscription?;
    let order = order.map_or(OrderId(Uuid::nil()), |order| order.1);
    let name::Sku(product, sku) = sku?;
    let fulfilment = fulfilment?;
    Some(Purchase {
        customer,
        id,
        partner: partner?.0,
        order,
        test_clock: test_clock.map(|clock| clock.0),
        sku: SkuName { product, sku },
        title: message.title.clone(),
        kind: kind?,
        quantity: message.quantity,
        state: state?,
        fulfilment: Fulfilment {
            product_key: fulfilment.product_key,
            download: fulfilment.download,
            instructions_uri: Some(fulfilment.instructions_uri.clone())
                .filter(|uri| !uri.is_empty()),
            // Finding the way to it is order's: no software is handed over (ORD-7).
            setup_uri: None,
        },
        purchased_at: purchased_at?,
        moves,
        version: message.version,
    })
}

/// Reads the name of another purchase of the same customer.
fn other(fields: &mut Fields, field: &str, text: &str) -> Option<SubscriptionId> {
    fields.parse_unless_empty::<name::Subscription>(field, text).map(|name| name.1)
}

/// Reads what a test clock shows, and the id of the message.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn clock_reading(
    message: &ClockReading,
) -> Result<(MessageId, (ClockId, Timestamp)), Violations> {
    let mut fields = Fields::default();
    let id = header(&mut fields, message.header.as_ref());
    let clock = fields.parse::<name::TestClock>("test_clock", &message.test_clock);
    let now = fields.required("now", message.now.as_ref());
    let now = now.and_then(|now| fields.keep("now", wire::instant(now)));
    fields.finish(id.zip(clock.map(|clock| clock.0).zip(now)))
}

/// Reads what lifecycle says of a purchase.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn live(answer: &lifecycle_pb::CheckPurchaseResponse) -> Result<Live, Violations> {
    let mut fields = Fields::default();
    let state = fields.keep("state", state(answer.state));
    let partner = fields.parse::<name::Partner>("partner", &answer.partner);
    let now = fields.required("now", answer.now.as_ref());
    let now = now.and_then(|now| fields.keep("now", wire::instant(now)));
    let read = state.zip(partner).zip(now);
    fields.finish(read.map(|((state, partner), now)| Live { state, partner: partner.0, now }))
}

/// Says of each message, by its head, that it was taken or why it cannot be.
pub fn report<'a>(
    said: impl IntoIterator<Item = (Option<&'a MessageHeader>, Option<&'a Violations>)>,
) -> DeliveryReport {
    let delivery = |(header, refusal): (Option<&MessageHeader>, Option<&Violations>)| Delivery {
        message_id: header.map(|header| header.message_id.clone()).unwrap_or_default(),
        refusal: refusal.map(Violations::to_string).unwrap_or_default(),
    };
    DeliveryReport { deliveries: said.into_iter().map(delivery).collect() }
}

fn header(fields: &mut Fields, header: Option<&MessageHeader>) -> Option<MessageId> {
    let header = fields.required("header", header)?;
    fields.parse("header.message_id", &header.message_id)
}

pub(super) fn state(value: i32) -> Result<PurchaseState, wire::Unspecified> {
    use lifecycle_pb::SubscriptionState as State;

    match State::try_from(value) {
        Ok(State::Pending) => Ok(PurchaseState::Pending),
        Ok(State::Active) => Ok(PurchaseState::Active),
        Ok(State::Suspended) => Ok(PurchaseState::Suspended),
        Ok(State::Expired) => Ok(PurchaseState::Expired),
        Ok(State::Cancelled) => Ok(PurchaseState::Cancelled),
        Ok(State::Deleted) => Ok(PurchaseState::Deleted),
        Ok(State::Unspecified) | Err(_) => Err(wire::Unspecified),
    }
}
