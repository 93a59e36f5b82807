//! A subscription moves from one partner to another: what is given ends, and goes on as a new one. The
//! request that leads there is in `transfer_request`.
//!
//! The cancellation here is bound by no window, and nothing else of its kind is (TRP-59).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocab::calendar::{day_after, day_of, days_between, start_of};
use vocab::{
    ChargeId, MoneyError, OrderId, OrderLineId, PartnerId, ProductKind, SubscriptionId, TransferId,
};

use super::charge::credit_for_days;
use super::objections::Objections;
use super::{
    Action, Change, ChangeKind, Charge, ChargeKind, Occasion, Rejection, SeatBatch, Status,
    StatusReason, Subscription, lock,
};

const ACTION: Action = Action::Transfer;

/// The other half of what moved: by which transfer, and from or to which subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The transfer.
    pub transfer: TransferId,
    /// The subscription at the other partner.
    pub subscription: SubscriptionId,
}

/// Where a subscription goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// By which transfer.
    pub transfer: TransferId,
    /// The partner that gets it.
    pub partner: PartnerId,
    /// The id that it gets there (TRF-3).
    pub subscription: SubscriptionId,
    /// When it was given: money and dates count from then, however late it is done.
    pub submitted_at: Timestamp,
}

/// What a handover does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The end at the partner that gives, with its credits.
    pub ended: Change,
    /// The beginning at the partner that gets, with its charges.
    pub begun: Change,
}

/// Gives `sub` away: until the handover nothing else can be done to it, and time leaves it alone.
///
/// # Errors
///
/// [`Rejection::TransferPending`] (TRF-7), [`Rejection::NotActive`], [`Rejection::NotTransferable`],
/// [`Rejection::TrialLocked`] (TRF-6), [`Rejection::RenewalPending`] (LCK-6).
///
/// Source: TRF-6, TRF-7, LCK-6.
pub fn submit(
    sub: &Subscription,
    transfer: TransferId,
    at: Occasion<'_>,
) -> Result<Change, Rejection> {
    objections(sub, at).verdict()?;
    let next = Subscription { pending_transfer: Some(transfer), ..sub.clone() };
    Ok(Change::new(ChangeKind::TransferSubmitted, sub, next, at.now, at))
}

pub(super) fn objections(sub: &Subscription, at: Occasion<'_>) -> Objections {
    let mut no = Objections::of(ACTION, sub);
    no.note(lock::needs_active(ACTION, sub));
    no.note(if moves(sub.product.kind) {
        Ok(())
    } else {
        Err(Rejection::NotTransferable { kind: sub.product.kind })
    });
    no.note(lock::no_trial(ACTION, sub));
    no.note(lock::check(ACTION, sub, at.now));
    no
}

/// Returns what the partner that gives `sub` would be credited now.
///
/// # Errors
///
/// Those of [`submit`], and [`Rejection::AmountTooLarge`].
pub(super) fn preview(sub: &Subscription, at: Occasion<'_>) -> Result<Change, Rejection> {
    objections(sub, at).verdict()?;
    let nowhere = Handover {
        transfer: TransferId(Uuid::nil()),
        partner: sub.partner,
        subscription: SubscriptionId(Uuid::nil()),
        submitted_at: at.now,
    };
    let done = hand_over(sub, nowhere, at).map_err(|_| sub.too_large(sub.quantity))?;
    Ok(done.ended)
}

/// Moves `sub` to another partner: a new subscription goes on where the old one ends. What is left of
/// the cycle is credited here and charged there, batch by batch, so that both come to zero.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
///
/// Source: D-29, D-41, TRF-3, TRF-5, TRF-6, TRF-7, TRP-59, BIL-11.
pub fn hand_over(
    sub: &Subscription,
    to: Handover,
    at: Occasion<'_>,
) -> Result<HandedOver, MoneyError> {
    let (mut credits, mut charges, mut batches) = (vec![], vec![], vec![]);
    for batch in &sub.batches {
        let credit = credit_left(sub, batch, to.submitted_at, at)?;
        let charge = negated(&credit, at.charge_id());
        batches.push(as_charged(batch, &charge, day_of(to.submitted_at)));
        credits.push(credit);
        charges.push(charge);
    }
    Ok(HandedOver {
        ended: Change { charges: credits, ..end(sub, to, at) },
        begun: Change { charges, ..begin(sub, to, batches, at) },
    })
}

/// Whether products of a kind move between partners.
///
/// Source: TRF-6.
const fn moves(kind: ProductKind) -> bool {
    match kind {
        ProductKind::LicenseBased
        | ProductKind::SoftwareSubscription
        | ProductKind::IsvSaasLicense
        | ProductKind::IsvSaasMetered => true,
        ProductKind::LicenseLegacy
        | ProductKind::SoftwarePerpetual
        | ProductKind::AzureReservation
        | ProductKind::LinuxPlan
        | ProductKind::Esu => false,
    }
}

/// Credits a batch for the days of the cycle that come after the day of the transfer, which is used.
///
/// Source: D-29, BIL-11.
fn credit_left(
    sub: &Subscription,
    batch: &SeatBatch,
    submitted_at: Timestamp,
    at: Occasion<'_>,
) -> Result<Charge, MoneyError> {
    let used_days = (days_between(batch.billed_from, day_of(submitted_at)) + 1).max(0);
    let line = credit_for_days(ChargeKind::Transfer, sub, batch, used_days, at)?;
    Ok(Charge { effective_at: submitted_at, ..line })
}

fn negated(credit: &Charge, id: ChargeId) -> Charge {
    Charge {
        id,
        effective_unit_price: credit.effective_unit_price.negated(),
        amount: credit.amount.negated(),
        credits: None,
        ..credit.clone()
    }
}

/// Returns a batch as the partner that gets it has it: every window is closed.
fn as_charged(batch: &SeatBatch, charge: &Charge, day: Date) -> SeatBatch {
    let billed_from = day_after(day);
    SeatBatch {
        anchor: start_of(billed_from),
        deadline: None,
        charged_per_seat: charge.effective_unit_price,
        billed_from,
        charge: charge.id,
        earlier: vec![],
        ..batch.clone()
    }
}

fn end(sub: &Subscription, to: Handover, at: Occasion<'_>) -> Change {
    let why = StatusReason::Transferred;
    let next = Subscription {
        quantity: 0,
        batches: vec![],
        pending_transfer: None,
        moved_to: Some(Moved { transfer: to.transfer, subscription: to.subscription }),
        ..sub.ended(Status::Cancelled, why, to.submitted_at)
    };
    let change = Change::new(ChangeKind::Cancelled, sub, next, to.submitted_at, at);
    Change { reason: Some(why.as_str()), ..change.dropping_scheduled() }
}

fn begin(sub: &Subscription, to: Handover, batches: Vec<SeatBatch>, at: Occasion<'_>) -> Change {
    let next = Subscription {
        id: to.subscription,
        partner: to.partner,
        // Nobody ordered it.
        order: OrderId(Uuid::nil()),
        order_line: OrderLineId(Uuid::nil()),
        // The label was the other partner's.
        friendly_name: sub.product.title.clone(),
        status_reason: StatusReason::Transferred,
        status_since: to.submitted_at,
        scheduled: None,
        next_charge: None,
        // Every window is closed; that nothing was paid for yet holds on (D-39).
        cancellable_until: sub.cancellable_until.filter(|_| sub.is_in_evaluation()),
        windows_closed_through: to.submitted_at,
        batches,
        update_count: 0,
        reseller: None,
        pending_transfer: None,
        moved_from: Some(Moved { transfer: to.transfer, subscription: sub.id }),
        moved_to: None,
        split_from: None,
        transitioned_to: None,
        version: 0,
        ..sub.clone()
    };
    let before = Subscription { quantity: 0, ..next.clone() };
    Change::new(ChangeKind::Transferred, &before, next, to.submitted_at, at)
}

#[cfg(test)]
mod tests;
