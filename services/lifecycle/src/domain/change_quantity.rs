//! More seats, or fewer: the caller gives the new total. Limits that span the customer's other
//! subscriptions are in `limits`.

use vocab::calendar::day_of;

use super::charge::{charge, credit};
use super::objections::Objections;
use super::seats::{by_deadline, open_seats, takeable};
use super::{
    Action, Change, ChangeKind, Charge, ChargeKind, Occasion, Rejection, SeatBatch, Subscription,
    limits, lock,
};

const ACTION: Action = Action::ChangeQuantity;

/// Changes the seats of `sub` to `total`; `None` when it has as many already (SEA-9). Scheduled
/// changes are dropped.
///
/// # Errors
///
/// [`Rejection::NotActive`] (SUS-9), [`Rejection::Perpetual`] (D-47), [`Rejection::TrialLocked`]
/// (SEA-10), [`Rejection::UseCancel`] (SEA-9), [`Rejection::QuantityInvalid`] (SEA-4),
/// [`Rejection::RenewalPending`] (LCK-4), [`Rejection::UpdateLimit`] (SEA-7),
/// [`Rejection::MinSeats`], [`Rejection::SeatLimit`], [`Rejection::Limit`] (CAT-9, QTY-1, QTY-2),
/// [`Rejection::NoReduction`] (D-21),
/// [`Rejection::NotReducible`] (SEA-3), [`Rejection::AmountTooLarge`].
///
/// Source: SEA-1, SEA-2, SEA-4, SEA-8, SEA-9.
pub fn change_quantity(
    sub: &Subscription,
    total: i64,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    if !objections(sub, total, at).verdict()? {
        return Ok(None);
    }
    let (charges, batches) = if sub.quantity < total {
        add(sub, total - sub.quantity, at)?
    } else {
        take(sub, sub.quantity - total, at)?
    };
    let update_count = sub.update_count + 1;
    let next = Subscription { quantity: total, batches, update_count, ..sub.clone() };
    let change = Change::new(ChangeKind::QuantityChanged, sub, next, at.now, at);
    Ok(Some(Change { charges, ..change.dropping_scheduled() }))
}

pub(super) fn objections(sub: &Subscription, total: i64, at: Occasion<'_>) -> Objections {
    let mut no = Objections::of(ACTION, sub);
    no.note(lock::needs_active(ACTION, sub));
    no.note(lock::needs_term(ACTION, sub));
    no.note(lock::no_trial(ACTION, sub));
    no.unless(total == sub.quantity);
    let is_a_total = no.note(if total == 0 {
        Err(Rejection::UseCancel)
    } else {
        sub.product.check_seats(total)
    });
    let is_unlocked = no.note(lock::check(ACTION, sub, at.now));
    no.note(lock::counted(sub, at));
    for limit in limits::against_next(sub, &sub.product, total, at) {
        no.note::<()>(Err(limit.into()));
    }
    if total < sub.quantity {
        let wanted = sub.quantity.saturating_sub(total);
        no.note(check_kind(sub));
        // A renewal opens the windows anew, and what is left below the minimum was told above.
        if is_unlocked && (is_a_total || open_seats(sub, at.now) < wanted) {
            no.note(check_reducible(sub, wanted, at));
        }
    }
    no
}

/// Adds seats as a batch with its own window, and charges them for the rest of the cycle.
///
/// Source: SEA-1, SEA-12, BIL-3, TRP-10, D-21.
fn add(
    sub: &Subscription,
    quantity: i64,
    at: Occasion<'_>,
) -> Result<(Vec<Charge>, Vec<SeatBatch>), Rejection> {
    let today = day_of(at.now);
    let line = charge(ChargeKind::AddSeats, sub, quantity, today, at.now, at)
        .map_err(|_| sub.too_large(quantity))?;
    let batch = SeatBatch {
        quantity,
        added_at: at.now,
        anchor: at.now,
        deadline: sub.policy.deadline(at.now).filter(|_| !sub.product.kind.is_software()),
        charged_per_seat: line.effective_unit_price,
        billed_from: today,
        charge: line.id,
        earlier: Vec::new(),
    };
    let batches = sub.batches.iter().cloned().chain([batch]).collect();
    Ok((vec![line], batches))
}

/// Takes seats from the open batches, the earliest deadline first, with a credit for each.
///
/// Source: SEA-2, SEA-3, D-13, BIL-11.
fn take(
    sub: &Subscription,
    wanted: i64,
    at: Occasion<'_>,
) -> Result<(Vec<Charge>, Vec<SeatBatch>), Rejection> {
    let (mut charges, mut batches, mut left) = (Vec::new(), sub.batches.clone(), wanted);
    for index in by_deadline(&sub.batches, at.now) {
        let Some(batch) = batches.get_mut(index) else { continue };
        let taken = batch.quantity.min(left);
        if taken == 0 {
            break;
        }
        let lines = credit(ChargeKind::RemoveSeats, sub, batch, taken, at);
        charges.extend(lines.map_err(|_| sub.too_large(taken))?);
        batch.quantity -= taken;
        left -= taken;
    }
    batches.retain(|batch| 0 < batch.quantity);
    Ok((charges, batches))
}

fn check_kind(sub: &Subscription) -> Result<(), Rejection> {
    match sub.ends_on() {
        Some(ends_on) if sub.product.kind.is_software() => Err(Rejection::NoReduction { ends_on }),
        _ => Ok(()),
    }
}

fn check_reducible(sub: &Subscription, wanted: i64, at: Occasion<'_>) -> Result<(), Rejection> {
    let ends_on = lock::needs_term(ACTION, sub)?;
    let now = takeable(sub, at.now);
    // Software has no windows for seats at all.
    if wanted <= now.total || sub.product.kind.is_software() {
        return Ok(());
    }
    Err(Rejection::NotReducible {
        wanted,
        reducible: now.total,
        allowed_until: now.parts.first().map(|part| part.allowed_until),
        closed_at: now.closed_at,
        ends_on,
    })
}

#[cfg(test)]
mod tests;
