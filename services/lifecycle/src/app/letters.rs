//! What others are told of changes: order of its lines, license-key of its purchases, audit of
//! everything.

use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{Entry, Outcome};
use mailbox::Letter;
use rpc::name;
use serde::Serialize;
use vocab::{ClockId, MessageId, OrderId};

use super::App;
use crate::domain::{
    Change, ChangeKind, ClockReading, LineOutcome, OrderOutcome, PurchaseState, Subscription,
};
use crate::peers::kind;

/// Who caused changes, for the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause<'a> {
    /// The caller's subject, or this service.
    pub(super) actor: &'a str,
    /// The instant by the real clock.
    pub(super) real_now: Timestamp,
}

impl App {
    /// Returns the letters that `changes` cause.
    pub(super) fn letters(&self, changes: &[Change], cause: Cause<'_>) -> Vec<Letter> {
        let mut letters: Vec<Letter> =
            changes.iter().map(|change| entry(change, cause).letter()).collect();
        letters.extend(self.purchase_letters(changes));
        letters.extend(self.fulfilment_letters(changes));
        letters
    }

    /// Returns the letters that tell what a test clock shows.
    pub(super) fn clock_letters(&self, clock: ClockId, now: Timestamp) -> Vec<Letter> {
        ["order", "license-key"]
            .into_iter()
            .filter_map(|to| self.letter(to, kind::CLOCK, &ClockReading { clock, now }))
            .collect()
    }

    /// Returns the letter that tells order what became of an order.
    pub(super) fn fulfilment_letter(&self, fulfilment: &OrderOutcome) -> Option<Letter> {
        self.letter("order", kind::FULFILMENT, fulfilment)
    }

    fn letter<T: Serialize>(
        &self,
        to: &'static str,
        kind: &'static str,
        body: &T,
    ) -> Option<Letter> {
        let id = MessageId(self.ids.uuid());
        match serde_json::to_string(body) {
            Ok(body) => Some(Letter { id, to, kind, body }),
            Err(error) => {
                tracing::error!(kind, error = %error, "a letter could not be written");
                None
            }
        }
    }

    /// One for each purchase that is handed over by license-key, as the last change leaves it.
    fn purchase_letters(&self, changes: &[Change]) -> impl Iterator<Item = Letter> {
        let last: BTreeMap<_, &Subscription> = changes
            .iter()
            .filter(|change| is_told_to_license_key(change))
            .map(|change| (change.next.id, &change.next))
            .collect();
        last.into_values()
            .filter_map(|sub| self.letter("license-key", kind::PURCHASE, &PurchaseState::from(sub)))
    }

    /// One for each order, with those of its lines that started or were cancelled. The child of an
    /// upgrade, and what came by a transfer, is nobody's line.
    fn fulfilment_letters(&self, changes: &[Change]) -> impl Iterator<Item = Letter> {
        let mut orders: BTreeMap<OrderId, OrderOutcome> = BTreeMap::new();
        for change in changes {
            let is_cancelled = change.kind == ChangeKind::Cancelled;
            let sub = &change.next;
            let is_told = is_cancelled || change.kind == ChangeKind::Started;
            if !is_told || sub.split_from.is_some() || sub.order.0.is_nil() {
                continue;
            }
            let fulfilment = orders.entry(sub.order).or_insert_with(|| OrderOutcome {
                customer: sub.customer,
                order: sub.order,
                lines: vec![],
            });
            fulfilment.lines.push(LineOutcome {
                line: sub.order_line,
                subscription: Some(sub.id),
                refusal: None,
                is_cancelled,
            });
        }
        orders.into_values().filter_map(|fulfilment| self.fulfilment_letter(&fulfilment))
    }
}

fn entry(change: &Change, cause: Cause<'_>) -> Entry {
    let sub = &change.next;
    let mut details = BTreeMap::from([
        ("product".to_owned(), sub.product.id.to_string()),
        ("quantity".to_owned(), sub.quantity.to_string()),
    ]);
    if !sub.order.0.is_nil() {
        details.insert("order".to_owned(), name::Order(sub.customer, sub.order).to_string());
    }
    let moved = sub.moved_to.or(sub.moved_from).map(|moved| moved.transfer);
    if let Some(transfer) = sub.pending_transfer.or(moved) {
        details.insert("transfer".to_owned(), name::Transfer(transfer).to_string());
    }
    if !change.charges.is_empty()
        && let Ok(total) = change.total()
    {
        details.insert("amount".to_owned(), total.to_string());
    }
    if let Some(base) = sub.base {
        details.insert("base".to_owned(), name::Subscription(sub.customer, base).to_string());
    }
    if change.kind == ChangeKind::ResellerAssigned {
        let reseller = sub.reseller.map(|id| name::Partner(id).to_string());
        details.insert("reseller".to_owned(), reseller.unwrap_or_default());
    }
    if change.charges.iter().any(|line| line.billed_elsewhere) {
        details.insert("billed".to_owned(), "elsewhere".to_owned());
    }
    Entry {
        id: MessageId(change.id.0),
        occurred_at: cause.real_now,
        test_clock_at: sub.clock.map(|_| change.committed_at),
        service: "lifecycle".to_owned(),
        actor: cause.actor.to_owned(),
        partner: Some(sub.partner),
        customer: Some(sub.customer),
        action: change.kind.as_str().to_owned(),
        resource: name::Subscription(sub.customer, sub.id).to_string(),
        outcome: Outcome::Done,
        reason: change.reason.unwrap_or_default().to_owned(),
        details,
    }
}

/// Whether license-key must hear of a change: it hands the product over, or did so before, and what it
/// knows of it changed.
fn is_told_to_license_key(change: &Change) -> bool {
    change.is_handed_over
        && match change.kind {
            ChangeKind::CycleCharged
            | ChangeKind::WindowClosed
            | ChangeKind::AutoRenewOn
            | ChangeKind::AutoRenewOff
            | ChangeKind::Scheduled
            | ChangeKind::ScheduleRemoved
            | ChangeKind::ScheduleDropped
            | ChangeKind::Renamed
            | ChangeKind::ResellerAssigned
            | ChangeKind::UsageRecorded
            | ChangeKind::BillingChangeSet
            | ChangeKind::BillingChangeRemoved
            | ChangeKind::TransferSubmitted
            | ChangeKind::Adjusted => false,
            ChangeKind::Started
            | ChangeKind::QuantityChanged
            | ChangeKind::Cancelled
            | ChangeKind::Suspended
            | ChangeKind::Resumed
            | ChangeKind::Renewed
            | ChangeKind::Converted
            | ChangeKind::Upgraded
            | ChangeKind::SeatsMovedOut
            | ChangeKind::SeatsMovedIn
            | ChangeKind::Transitioned
            | ChangeKind::Transferred
            | ChangeKind::Expired
            | ChangeKind::Deleted => true,
        }
}
