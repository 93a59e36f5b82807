//! A customer's software, and the one way to its keys.

use proto::licensekey as pb;
use proto::lifecycle::SubscriptionState;
use rpc::{Fields, Violations, name, wire};
use vocab::{CustomerId, SubscriptionId};

use super::pool::kind;
use crate::domain::{KeyAvailability, KeyKind, ProductKey, Purchase, PurchaseState};

/// Reads whose software is asked for.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn software_parent(request: &pb::ListSoftwareRequest) -> Result<CustomerId, Violations> {
    let mut fields = Fields::of(request);
    let customer = fields.parse::<name::Customer>("parent", &request.parent);
    fields.finish(customer.map(|customer| customer.0))
}

/// Reads which key is asked for: a purchase's, and of which kind.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn reveal(
    request: &pb::RevealProductKeyRequest,
) -> Result<(CustomerId, SubscriptionId, KeyKind), Violations> {
    let mut fields = Fields::of(request);
    let subscription = fields.parse::<name::Subscription>("subscription", &request.subscription);
    let kind = fields.keep("kind", kind(request.kind));
    let read = subscription.zip(kind);
    fields.finish(read.map(|(name::Subscription(customer, id), kind)| (customer, id, kind)))
}

/// Writes a key in clear: the only answer that holds one.
pub fn revealed(key: &ProductKey, entry_index: i64) -> pb::RevealProductKeyResponse {
    pb::RevealProductKeyResponse {
        product_key: key.expose().to_owned(),
        kind: pb::KeyKind::Mak.into(),
        audit_entry: format!("entries/{entry_index}"),
    }
}

/// Writes a piece of software.
pub fn software(purchase: &Purchase) -> pb::Software {
    let Purchase { customer, id, order, sku, title, kind, quantity, state, fulfilment, .. } =
        purchase;
    pb::Software {
        subscription: name::Subscription(*customer, *id).to_string(),
        order: if order.0.is_nil() {
            String::new()
        } else {
            name::Order(*customer, *order).to_string()
        },
        product: format!("products/{}", sku.product),
        sku: sku.to_string(),
        title: title.clone(),
        kind: wire::product_kind(*kind).into(),
        quantity: *quantity,
        state: written_state(*state).into(),
        key: availability(purchase.key()).into(),
        instructions_uri: fulfilment.instructions_uri.clone().unwrap_or_default(),
        purchase_time: Some(wire::timestamp(purchase.purchased_at)),
    }
}

const fn availability(key: KeyAvailability) -> pb::KeyAvailability {
    match key {
        KeyAvailability::Available => pb::KeyAvailability::Available,
        KeyAvailability::NotNeeded => pb::KeyAvailability::NotNeeded,
        KeyAvailability::Unavailable => pb::KeyAvailability::Unavailable,
    }
}

const fn written_state(state: PurchaseState) -> SubscriptionState {
    match state {
        PurchaseState::Pending => SubscriptionState::Pending,
        PurchaseState::Active => SubscriptionState::Active,
        PurchaseState::Suspended => SubscriptionState::Suspended,
        PurchaseState::Expired => SubscriptionState::Expired,
        PurchaseState::Cancelled => SubscriptionState::Cancelled,
        PurchaseState::Deleted => SubscriptionState::Deleted,
    }
}
