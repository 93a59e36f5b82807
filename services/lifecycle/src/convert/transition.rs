//! Transitions: what is asked for, what is possible, what was done, and what the catalog says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proto::catalog as pb_catalog;
use proto::lifecycle as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{Currency, CustomerId, SkuId};

use super::purchase::refusal;
use super::subscription::receipt;
use crate::domain::{
    Goal, Path, PathKind, Possibility, Product, Refusal, Rejection, TransitionReceipt,
    TransitionWish,
};

/// Reads which seats shall go where.
pub fn transition(
    request: &pb::TransitionSubscriptionRequest,
) -> Result<(name::Subscription, TransitionWish), Violations> {
    let mut fields = Fields::of(request);
    let target = fields.parse::<name::Subscription>("name", &request.name);
    let offer = fields.parse_unless_empty::<name::Offer>("offer", &request.offer);
    let into = fields.parse_unless_empty::<name::Subscription>("into", &request.into);
    if request.offer.is_empty() == request.into.is_empty() {
        fields.wrong("offer", "is not the only one of offer and into that is set: set one of them");
    }
    if into.zip(target).is_some_and(|(into, target)| into.0 != target.0) {
        fields.wrong("into", "is not a subscription of this customer");
    }
    if into.is_some() && into == target {
        fields.wrong("into", "is the source itself");
    }
    let to = offer.map(|offer| Goal::New(offer.0)).or(into.map(|into| Goal::Existing(into.1)));
    let wish = to.map(|to| TransitionWish {
        to,
        quantity: request.quantity,
        transfers_licences: !request.without_licence_transfer,
    });
    fields.finish(target.zip(wish))
}

/// Writes what a transition did, or would do. In a preview a child has no name yet.
pub fn transition_receipt(done: &TransitionReceipt) -> pb::TransitionReceipt {
    let is_preview = done.preview_token.is_some();
    let mut target = done.target.as_ref().map(receipt);
    let is_child = done.target.as_ref().is_some_and(|it| it.view.sub.version == 1);
    let child = target.as_mut().filter(|_| is_preview && is_child);
    if let Some(child) = child.and_then(|child| child.subscription.as_mut()) {
        child.name.clear();
    }
    let mut source = receipt(&done.source);
    for side in [Some(&mut source), target.as_mut()].into_iter().flatten() {
        side.preview_token.clear();
    }
    pb::TransitionReceipt {
        source: Some(source),
        target,
        amount: Some(wire::money(done.amount)),
        preview_token: done.preview_token.clone().unwrap_or_default(),
    }
}

/// Writes something that a subscription could become.
pub fn possibility(possible: &Possibility, customer: CustomerId) -> pb::Transition {
    let path = &possible.path;
    let plan = possible.plan.as_ref();
    let into = possible.into.map(|id| name::Subscription(customer, id).to_string());
    let billing = plan.map(|(_, _, billing)| wire::billing_cycle(*billing).into());
    pb::Transition {
        sku: name::Sku(path.product.clone(), path.to.clone()).to_string(),
        title: path.title.clone(),
        kind: kind(path.kind).into(),
        offer: plan.map(|(id, ..)| name::Offer(id.clone()).to_string()).unwrap_or_default(),
        into: into.unwrap_or_default(),
        term_length: plan
            .and_then(|(_, length, _)| *length)
            .map(|length| length.to_string())
            .unwrap_or_default(),
        billing_cycle: billing.unwrap_or_default(),
        end_date: possible.ends_on().map(wire::date),
        minimum_quantity: possible.minimum,
        full: possible.full.done.is_some(),
        full_refusals: refusals(&possible.full.refusals),
        partial: possible.partial.done.is_some(),
        partial_refusals: refusals(&possible.partial.refusals),
        warnings: possible.warnings().map(ToString::to_string).collect(),
        amount: possible.amount().map(wire::money),
    }
}

/// Returns the key by which a page of possibilities goes on.
pub fn possibility_key(possible: &Possibility) -> String {
    possible.key()
}

/// Asks what a SKU could become at an instant.
pub fn upgrade_paths(
    product: &Product,
    currency: Currency,
    at: Timestamp,
    page_token: String,
) -> pb_catalog::ListUpgradePathsRequest {
    pb_catalog::ListUpgradePathsRequest {
        sku: name::Sku(product.id.clone(), product.sku.clone()).to_string(),
        market: product.market.to_string(),
        currency: currency.code().to_owned(),
        at: Some(wire::timestamp(at)),
        page_size: 500,
        page_token,
    }
}

/// Reads a way from a SKU; `None` if it is one of a kind that is unknown here.
pub fn path(path: &pb_catalog::UpgradePath, from: &SkuId) -> Option<Path> {
    let to: name::Sku = path.sku.parse().ok()?;
    let refusal = path.refusal.as_ref().map(|refusal| Refusal {
        reason: refusal.reason.clone(),
        rule: refusal.rule.clone(),
        message: refusal.message.clone(),
        metadata: refusal
            .metadata
            .clone()
            .into_iter()
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect(),
    });
    Some(Path {
        from: from.clone(),
        product: to.0,
        to: to.1,
        title: path.title.clone(),
        kind: path.kind.parse().ok()?,
        refusal,
    })
}

fn refusals(refusals: &[Rejection]) -> Vec<proto::common::Refusal> {
    refusals.iter().map(|no| refusal(&Refusal::from(no))).collect()
}

const fn kind(kind: PathKind) -> pb::TransitionKind {
    match kind {
        PathKind::Linear => pb::TransitionKind::Linear,
        PathKind::AcrossCategories => pb::TransitionKind::AcrossCategories,
        PathKind::ManyToOne => pb::TransitionKind::ManyToOne,
        PathKind::TrialConversion => pb::TransitionKind::TrialConversion,
    }
}
