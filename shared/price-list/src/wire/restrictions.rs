//! What restricts the sale of an offer, as the contracts write it, and back.

use proto::catalog as pb;
use rpc::name;
use vocab::{QuantityRule, Restrictions, SkuId};

use super::{BadRecord, parse, unless_empty};

/// Writes restrictions; nothing where there are none.
pub(super) fn write(restrictions: &Restrictions) -> Option<pb::Restrictions> {
    if restrictions.is_none() {
        return None;
    }
    let exclusive_to = restrictions.exclusive_to.iter();
    Some(pb::Restrictions {
        single_per_customer: restrictions.is_single_per_customer,
        exclusive_to: exclusive_to.map(|partner| name::Partner(*partner).to_string()).collect(),
        unsupported_markets: texts(&restrictions.unsupported_markets),
        outside_csp: restrictions.is_outside_csp,
        runs_on: restrictions.runs_on.map_or_else(String::new, |workload| workload.to_string()),
        prerequisites: texts(&restrictions.prerequisites),
        add_on: restrictions.is_add_on,
        quantity_rule: restrictions
            .quantity_rule
            .as_ref()
            .map(|rule| pb::QuantityRule { kind: rule.kind.to_string(), base: texts(&rule.base) }),
        seats_capped_as: restrictions.seats_capped_as.clone().unwrap_or_default(),
    })
}

/// Reads restrictions; what is absent restricts nothing.
pub(super) fn read(message: Option<&pb::Restrictions>) -> Result<Restrictions, BadRecord> {
    let Some(message) = message else { return Ok(Restrictions::default()) };
    let exclusive_to = message.exclusive_to.iter();
    let markets = message.unsupported_markets.iter();
    Ok(Restrictions {
        is_single_per_customer: message.single_per_customer,
        exclusive_to: exclusive_to
            .map(|partner| parse("exclusive_to", partner).map(|name::Partner(id)| id))
            .collect::<Result<_, _>>()?,
        unsupported_markets: markets
            .map(|market| parse("unsupported_markets", market))
            .collect::<Result<_, _>>()?,
        is_outside_csp: message.outside_csp,
        runs_on: unless_empty(&message.runs_on).map(|on| parse("runs_on", on)).transpose()?,
        prerequisites: message.prerequisites.iter().cloned().map(SkuId).collect(),
        is_add_on: message.add_on,
        quantity_rule: message.quantity_rule.as_ref().map(read_rule).transpose()?,
        seats_capped_as: unless_empty(&message.seats_capped_as).map(ToOwned::to_owned),
    })
}

fn read_rule(message: &pb::QuantityRule) -> Result<QuantityRule, BadRecord> {
    let base = message.base.iter().cloned().map(SkuId);
    Ok(QuantityRule { kind: parse("quantity_rule.kind", &message.kind)?, base: base.collect() })
}

fn texts<'a, T: ToString + 'a>(all: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    all.into_iter().map(ToString::to_string).collect()
}
