//! Subscriptions, and what verbs did to them, to the wire.

use jiff::Timestamp;
use proto::lifecycle as pb;
use rpc::{name, wire};
use vocab::{ClockId, CustomerId, SubscriptionId, TransferId};

use super::charge::{change, change_kind};
use super::purchase::refusal;
use super::state;
use crate::domain::{
    self, CancelWindow, CancelledPurchases, ChangeKind, Cycle, NextEvent, PurchaseCheck, Receipt,
    Refund, Refusal, Rejection, ScheduledSet, SeatBatch, StatusReason, Subscription, View,
};

/// Writes a subscription as it is seen at one instant.
pub fn subscription(view: &View) -> pb::Subscription {
    let sub = &view.sub;
    let is_ordered = !sub.order.0.is_nil();
    let transfer =
        |id: Option<TransferId>| id.map(|id| name::Transfer(id).to_string()).unwrap_or_default();
    pb::Subscription {
        name: name::Subscription(sub.customer, sub.id).to_string(),
        partner: name::Partner(sub.partner).to_string(),
        order: if is_ordered {
            name::Order(sub.customer, sub.order).to_string()
        } else {
            String::new()
        },
        order_line: if is_ordered { sub.order_line.to_string() } else { String::new() },
        friendly_name: sub.friendly_name.clone(),
        product: name::Product(sub.product.id.clone()).to_string(),
        sku: name::Sku(sub.product.id.clone(), sub.product.sku.clone()).to_string(),
        offer: name::Offer(sub.product.offer.clone()).to_string(),
        product_title: sub.product.title.clone(),
        kind: wire::product_kind(sub.product.kind).into(),
        trial: sub.product.is_trial,
        state: state(sub.status).into(),
        state_reason: state_reason(sub.status_reason),
        state_time: Some(wire::timestamp(sub.status_since)),
        quantity: sub.quantity,
        term: sub.term.map(|term| pb::Term {
            start_date: Some(wire::date(term.start)),
            end_date: Some(wire::date(term.end)),
            length: term.length.to_string(),
            anchor_day: term.anchor_day.into(),
        }),
        billing_cycle: wire::billing_cycle(sub.billing).into(),
        term_price: Some(wire::money(sub.price)),
        tax_included: sub.tax_included,
        current_cycle: sub.term.map(|_| cycle(sub)),
        auto_renew: sub.auto_renew,
        scheduled_change: sub.scheduled.as_ref().map(|set| scheduled(sub.customer, set)),
        cancellation: Some(cancellation(view)),
        seat_batches: sub.batches.iter().map(batch).collect(),
        reducible: Some(reducible(view)),
        purchase_time: Some(wire::timestamp(sub.ordered_at)),
        next_event: view.next.as_ref().map(next_event),
        update_count: sub.update_count,
        test_clock: sub.clock.map(|id| name::TestClock(id).to_string()).unwrap_or_default(),
        promotion: sub.promotion.clone().unwrap_or_default(),
        reseller: sub.reseller.map(|id| name::Partner(id).to_string()).unwrap_or_default(),
        etag: sub.etag(),
        next_charge_instruction: next_charge(sub),
        pending_transfer: transfer(sub.pending_transfer),
        transfer: transfer(sub.moved_from.map(|moved| moved.transfer)),
        evaluation_end_date: sub.evaluation_ends_on.map(wire::date),
        compliance: view.compliance.clone().map(|no| refusal(&Refusal::from(&Rejection::from(no)))),
        transitioned_to: another(sub, sub.transitioned_to),
        split_from: another(sub, sub.split_from),
        base: another(sub, sub.base),
    }
}

/// Writes what a verb did, or would do.
pub fn receipt(receipt: &Receipt) -> pb::Receipt {
    let is_preview = receipt.preview_token.is_some();
    let is_cancelled =
        receipt.change.as_ref().is_some_and(|change| change.kind == ChangeKind::Cancelled);
    pb::Receipt {
        subscription: Some(subscription(&receipt.view)),
        change: receipt.change.as_ref().map(|made| change(made, is_preview)),
        preview_token: receipt.preview_token.clone().unwrap_or_default(),
        obligations: if is_cancelled { domain::OBLIGATION.to_owned() } else { String::new() },
        add_ons: receipt.add_ons.iter().map(of_add_on).collect(),
    }
}

/// Writes what happened to an add-on; the token is that of the whole, and what would be bought has no
/// name yet.
fn of_add_on(of_add_on: &Receipt) -> pb::Receipt {
    let mut written = receipt(of_add_on);
    written.preview_token.clear();
    let is_to_be = of_add_on.preview_token.is_some() && of_add_on.view.sub.version == 1;
    if let Some(sub) = written.subscription.as_mut().filter(|_| is_to_be) {
        sub.name.clear();
    }
    written
}

/// Writes which purchases were cancelled.
pub fn cancelled_purchases(cancelled: &CancelledPurchases) -> pb::CancelPurchasesResponse {
    pb::CancelPurchasesResponse {
        receipts: cancelled.receipts.iter().map(receipt).collect(),
        credit: Some(wire::money(cancelled.credit)),
    }
}

/// Writes where a purchase stands.
pub fn check(check: PurchaseCheck) -> pb::CheckPurchaseResponse {
    pb::CheckPurchaseResponse {
        state: state(check.status).into(),
        partner: name::Partner(check.partner).to_string(),
        now: Some(wire::timestamp(check.now)),
        term_end_date: check.ends_on.map(wire::date),
    }
}

/// Writes what a test clock shows.
pub fn test_clock_reading((clock, now): &(ClockId, Timestamp)) -> pb::TestClock {
    pb::TestClock { name: name::TestClock(*clock).to_string(), now: Some(wire::timestamp(*now)) }
}

/// Writes the name of another subscription of the same customer; nothing where there is none.
fn another(sub: &Subscription, id: Option<SubscriptionId>) -> String {
    id.map(|id| name::Subscription(sub.customer, id).to_string()).unwrap_or_default()
}

/// A purchase needs no reason.
fn state_reason(reason: StatusReason) -> String {
    if reason == StatusReason::Purchased { String::new() } else { reason.to_string() }
}

/// Writes what the next charge changes, with the exact prices of the cycles that follow (D-40).
fn next_charge(sub: &Subscription) -> Option<pb::NextChargeInstruction> {
    let next = sub.next_charge.as_ref()?;
    let (from, cycles) = sub.cycles_ahead()?;
    let price = |cycle: Option<&Cycle>| cycle.map(|cycle| wire::money(cycle.unit_price));
    Some(pb::NextChargeInstruction {
        billing_cycle: wire::billing_cycle(next.billing).into(),
        effective_date: Some(wire::date(from)),
        cycle_count: i32::try_from(cycles.len()).unwrap_or(i32::MAX),
        cycle_price: price(cycles.first()),
        last_cycle_price: price(cycles.last()),
    })
}

fn cycle(sub: &Subscription) -> pb::ChargeCycle {
    let Cycle { index, start, end, unit_price } = sub.cycle;
    pb::ChargeCycle {
        number: index,
        count: sub.cycle_count(),
        start_date: Some(wire::date(start)),
        end_date: Some(wire::date(end)),
        unit_price: Some(wire::money(unit_price)),
    }
}

pub(super) fn scheduled(customer: CustomerId, set: &ScheduledSet) -> pb::ScheduledChange {
    let with = set.co_term.and_then(|co_term| co_term.with);
    pb::ScheduledChange {
        quantity: set.quantity.unwrap_or_default(),
        offer: set.offer.clone().map(|id| name::Offer(id).to_string()).unwrap_or_default(),
        align_with: with.map(|id| name::Subscription(customer, id).to_string()).unwrap_or_default(),
        end_date: set.co_term.and_then(|co_term| co_term.end).map(wire::date),
    }
}

fn cancellation(view: &View) -> pb::Cancellation {
    let View { sub, window, .. } = view;
    let (allowed_until, days_left) = match *window {
        CancelWindow::Open { allowed_until, days_left } => (Some(allowed_until), days_left),
        CancelWindow::Closed { closed_at } => (Some(closed_at), 0),
        CancelWindow::BySupport | CancelWindow::Never | CancelWindow::NotInThisTerm => (None, 0),
    };
    let open = sub.is_live() && matches!(window, CancelWindow::Open { .. });
    pb::Cancellation {
        policy: sub.policy.id.clone(),
        refund: refund(sub.policy.refund).into(),
        allowed_until: allowed_until.map(wire::timestamp),
        open,
        days_left,
        message: window.to_string(),
    }
}

const fn refund(refund: Refund) -> pb::RefundKind {
    match refund {
        Refund::Full => pb::RefundKind::Full,
        Refund::Prorated => pb::RefundKind::Prorated,
        Refund::Nothing => pb::RefundKind::None,
        Refund::BySupport => pb::RefundKind::BySupport,
    }
}

fn batch(batch: &SeatBatch) -> pb::SeatBatch {
    pb::SeatBatch {
        quantity: batch.quantity,
        added_time: Some(wire::timestamp(batch.added_at)),
        allowed_until: batch.deadline.map(wire::timestamp),
    }
}

fn reducible(view: &View) -> pb::Reducible {
    let reducible = &view.reducible;
    pb::Reducible {
        quantity: reducible.total,
        batches: reducible
            .parts
            .iter()
            .map(|part| pb::SeatBatch {
                quantity: part.quantity,
                added_time: None,
                allowed_until: Some(wire::timestamp(part.allowed_until)),
            })
            .collect(),
        message: view.irreducible.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

fn next_event(next: &NextEvent) -> pb::NextEvent {
    pb::NextEvent {
        kind: change_kind(next.kind).into(),
        due_time: Some(wire::timestamp(next.due_at)),
        amount: next.amount.map(wire::money),
    }
}
