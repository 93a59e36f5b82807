//! What a legacy add-on shares with its base: suspension, resumption, renewal and end. That one is bought
//! is in `add_ons`; an end that both know of, with auto-renew off or suspended, each comes to by itself.

use vocab::MoneyError;

use super::add_ons::extends;
use super::renew::renew;
use super::ring::expire;
use super::{
    Change, ChangeKind, Occasion, Prices, Status, StatusReason, Subscription, auto_renew, cancel,
    reseller, settle, suspend,
};

/// Lets add-ons share what `changes` did to their base. The add-ons are as they are once everything that
/// is due for them was done.
///
/// # Errors
///
/// [`MoneyError::Overflow`] if a charge cannot be expressed.
///
/// Source: ADD-1, SUS-6.
pub fn follow(
    changes: &[Change],
    add_ons: &[Subscription],
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Vec<Change>, MoneyError> {
    let mut done = Vec::new();
    for add_on in add_ons {
        let mut latest = add_on.clone();
        for change in changes {
            if !latest.is_live() {
                break;
            }
            let shared = share(change, &latest, prices, at)?;
            latest = shared.last().map_or(latest, |last| last.next.clone());
            done.extend(shared);
        }
    }
    Ok(done)
}

fn share(
    change: &Change,
    add_on: &Subscription,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Vec<Change>, MoneyError> {
    let base = &change.next;
    let ends_on = add_on.ends_on();
    let one = match change.kind {
        ChangeKind::Suspended => ends_on
            .filter(|_| add_on.status == Status::Active)
            .map(|ends_on| suspend::suspended(add_on, ends_on, at)),
        ChangeKind::Resumed => ends_on
            .filter(|_| add_on.status == Status::Suspended)
            .map(|ends_on| suspend::resumed(add_on, ends_on, at)),
        ChangeKind::AutoRenewOn | ChangeKind::AutoRenewOff => (add_on.auto_renew
            != base.auto_renew)
            .then(|| auto_renew::switched(add_on, base.auto_renew, at)),
        ChangeKind::ResellerAssigned => (add_on.reseller != base.reseller)
            .then(|| reseller::assigned(add_on, base.reseller, at)),
        ChangeKind::Cancelled => Some(cancelled(base, add_on, at)?),
        ChangeKind::Upgraded if stays_with(add_on, base) => None,
        ChangeKind::Upgraded | ChangeKind::Transitioned => {
            Some(ended(add_on, StatusReason::BaseTransitioned, at)?)
        }
        ChangeKind::Renewed => return renewed(change, add_on, prices, at),
        // What does not renew comes to its end by itself.
        ChangeKind::Expired => {
            add_on.auto_renew.then(|| expire(add_on, base.status_reason, change.effective_at, at))
        }
        ChangeKind::Started
        | ChangeKind::QuantityChanged
        | ChangeKind::Scheduled
        | ChangeKind::ScheduleRemoved
        | ChangeKind::ScheduleDropped
        | ChangeKind::Renamed
        | ChangeKind::UsageRecorded
        | ChangeKind::WindowClosed
        | ChangeKind::CycleCharged
        | ChangeKind::Converted
        | ChangeKind::BillingChangeSet
        | ChangeKind::BillingChangeRemoved
        | ChangeKind::SeatsMovedOut
        | ChangeKind::SeatsMovedIn
        | ChangeKind::TransferSubmitted
        | ChangeKind::Transferred
        | ChangeKind::Adjusted
        | ChangeKind::Deleted => None,
    };
    Ok(one.into_iter().collect())
}

/// Whether an add-on goes on with what its base now is: with the same term, and extending it as before.
fn stays_with(add_on: &Subscription, base: &Subscription) -> bool {
    let term = |sub: &Subscription| sub.term.map(|term| (term.end, term.length));
    extends(&add_on.product, &base.product) && term(add_on) == term(base)
}

/// Ends an add-on with its base. What a support request ended is credited by support alone (T-60).
fn cancelled(
    base: &Subscription,
    add_on: &Subscription,
    at: Occasion<'_>,
) -> Result<Change, MoneyError> {
    let why = base.status_reason;
    if why == StatusReason::CancelledBySupport {
        return Ok(cancel::end(add_on, why, at));
    }
    ended(add_on, why, at)
}

/// Ends an add-on, and credits the days that are left of its cycle.
///
/// Source: PCX-6, BIL-11, D-3.
fn ended(add_on: &Subscription, why: StatusReason, at: Occasion<'_>) -> Result<Change, MoneyError> {
    let change = cancel::end(add_on, why, at);
    let charges = cancel::credits(add_on, at)?;
    Ok(Change { charges, reason: Some(why.as_str()), ..change })
}

/// Renews an add-on with its base, into a term that is as long; what cannot go on with it expires. Then
/// does what became due in the new term.
///
/// Source: ADD-1, REN-1, REN-6.
fn renewed(
    of_base: &Change,
    add_on: &Subscription,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Vec<Change>, MoneyError> {
    let (base, due_at) = (&of_base.next, of_base.effective_at);
    if !extends(&add_on.product, &base.product) || !is_as_long(add_on, base, prices) {
        return Ok(vec![expire(add_on, StatusReason::BaseTransitioned, due_at, at)]);
    }
    let mut done = vec![renew(add_on, due_at, prices, at)?];
    if let [Change { kind: ChangeKind::ScheduleDropped, next, .. }] = done.as_slice() {
        let plainly = renew(next, due_at, prices, at)?;
        done.push(plainly);
    }
    let due = done.last().map_or(Ok(Vec::new()), |last| settle(&last.next, at))?;
    done.extend(due);
    Ok(done)
}

/// Whether the next term of an add-on is as long as the one that its base has begun; what has no price
/// any more is told by the renewal itself.
fn is_as_long(add_on: &Subscription, base: &Subscription, prices: &dyn Prices) -> bool {
    let Some((old, new)) = add_on.term.zip(base.term) else { return false };
    let offer = prices.terms_at(add_on.renewal_offer(), old.over_at());
    offer.is_none_or(|offer| offer.length == Some(new.length))
}

#[cfg(test)]
mod tests;
