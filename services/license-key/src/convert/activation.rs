//! Activations, between the wire and the domain.

use proto::common::Reason;
use proto::licensekey as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{ActivationId, CustomerId, SubscriptionId};

use crate::domain::{Activation, ActivationCount, Checked, SkuName};

/// Reads what a key is to activate; anything when `None`.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn validate_key(request: &pb::ValidateKeyRequest) -> Result<Option<SkuName>, Violations> {
    let mut fields = Fields::of(request);
    let sku = fields.parse_unless_empty::<name::Sku>("sku", &request.sku);
    fields.finish(Some(sku.map(|name::Sku(product, sku)| SkuName { product, sku })))
}

/// Checks a request to activate a key.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn activate_key(request: &pb::ActivateKeyRequest) -> Result<(), Violations> {
    Fields::of(request).finish(Some(()))
}

/// Reads the name of an activation.
///
/// # Errors
///
/// [`Violations`] with everything that is wrong.
pub fn activation_name(
    request: &pb::RevokeActivationRequest,
) -> Result<((CustomerId, SubscriptionId), ActivationId), Violations> {
    let mut fields = Fields::of(request);
    let read = fields.parse::<name::Activation>("name", &request.name);
    fields.finish(read.map(|name::Activation(of, id)| ((of.0, of.1), id)))
}

/// Writes an activation.
pub fn activation(activation: &Activation) -> pb::Activation {
    let of = name::Subscription(activation.customer, activation.purchase);
    pb::Activation {
        name: name::Activation(of, activation.id).to_string(),
        device_label: activation.device_label.clone(),
        create_time: Some(wire::timestamp(activation.activated_at)),
        revoke_time: activation.revoked_at.map(wire::timestamp),
    }
}

/// Writes what becomes of a key.
pub fn validation(checked: Option<&Checked>, refused: Option<&str>) -> pb::ValidateKeyResponse {
    let reason = refused.and_then(|reason| Reason::from_str_name(&format!("REASON_{reason}")));
    let of = |it: &Checked| name::Subscription(it.purchase.customer, it.purchase.id).to_string();
    let count = checked.map_or(ActivationCount { count: 0, limit: 0 }, |it| it.activations);
    pb::ValidateKeyResponse {
        valid: refused.is_none(),
        reason: reason.unwrap_or_default().into(),
        subscription: checked.map(of).unwrap_or_default(),
        sku: checked.map(|it| it.sku.to_string()).unwrap_or_default(),
        activation_count: count.count,
        activation_limit: count.limit,
    }
}
