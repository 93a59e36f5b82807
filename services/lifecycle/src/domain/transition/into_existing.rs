//! Seats join a subscription that exists and keeps its term, billing and price.

use jiff::ToSpan;
use vocab::calendar::day_of;

use super::seats::Leaving;
use super::{Transition, Transitioned};
use crate::domain::charge::charge;
use crate::domain::{
    Change, ChangeKind, ChargeKind, Occasion, Rejection, Status, StatusReason, Subscription,
};

/// Moves seats into `target`. A source that gives all of them is deleted, and says where they went.
///
/// # Errors
///
/// [`Rejection::AmountTooLarge`].
///
/// Source: UPG-9, D-18, D-36, D-37, D-42, TRI-6, SEA-8.
pub(super) fn join(
    wanted: &Transition<'_>,
    target: &Subscription,
    at: Occasion<'_>,
) -> Result<Transitioned, Rejection> {
    let Leaving { gone, left, credits } = wanted.take(at)?;
    let of_source = Change { charges: credits, ..leave(wanted, target, left, at) };

    let quantity = wanted.quantity;
    let line = charge(ChargeKind::Convert, target, quantity, day_of(at.now), at.now, at);
    let line = line.map_err(|_| target.too_large(quantity))?;
    let arrived = wanted.arriving(&gone, target, &line, at);
    // What closed at the source before has left its Change there.
    let before_now = at.now.checked_sub(1.millisecond()).unwrap_or(at.now);
    let next = Subscription {
        quantity: target.quantity.saturating_add(quantity),
        batches: target.batches.iter().cloned().chain(arrived).collect(),
        windows_closed_through: target.windows_closed_through.max(before_now),
        update_count: target.update_count + 1,
        ..target.clone()
    };
    let change = Change::new(ChangeKind::SeatsMovedIn, target, next, at.now, at);
    let mut of_target = Change { charges: vec![line], ..change.dropping_scheduled() };
    of_target.warnings.extend(wanted.warnings(at));
    Ok(Transitioned { source: of_source, target: Some(of_target) })
}

fn leave(
    wanted: &Transition<'_>,
    target: &Subscription,
    left: Vec<crate::domain::SeatBatch>,
    at: Occasion<'_>,
) -> Change {
    let (source, next) = (wanted.source, wanted.without(left));
    if 0 < next.quantity {
        let change = Change::new(ChangeKind::SeatsMovedOut, source, next, at.now, at);
        return change.dropping_scheduled();
    }
    let ended = next.ended(Status::Deleted, StatusReason::Transitioned, at.now);
    let next = Subscription { transitioned_to: Some(target.id), ..ended };
    let change = Change::new(ChangeKind::Transitioned, source, next, at.now, at);
    let change = change.dropping_scheduled();
    Change { reason: Some(StatusReason::Transitioned.as_str()), ..change }
}
