//! Some seats become something new, a child that ends with the source; the others stay.

use vocab::SubscriptionId;
use vocab::calendar::day_of;

use super::in_place::price_of;
use super::seats::{Leaving, new_batch};
use super::{Transition, Transitioned};
use crate::domain::charge::charge;
use crate::domain::split::Split;
use crate::domain::{
    Change, ChangeKind, ChargeKind, Occasion, OfferTerms, Prices, Rejection, StatusReason,
    Subscription, Term,
};

/// Upgrades some seats to a new child. It copies end, anchor day, deadline and auto-renew of the
/// source, and no window opens.
///
/// # Errors
///
/// [`Rejection::AmountTooLarge`].
///
/// Source: UPG-11, D-16, D-34, D-49, D-51, BIL-9, TIM-5, TRP-31.
pub(super) fn split_off(
    wanted: &Transition<'_>,
    offer: &OfferTerms,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Transitioned, Rejection> {
    let (source, quantity) = (wanted.source, wanted.quantity);
    let Leaving { left, credits, .. } = wanted.take(at)?;
    let change = Change::new(ChangeKind::SeatsMovedOut, source, wanted.without(left), at.now, at);
    let of_source = Change { charges: credits, ..change.dropping_scheduled() };

    let mut next = child(wanted, offer, prices, at);
    let line = charge(ChargeKind::Convert, &next, quantity, day_of(at.now), at.now, at);
    let line = line.map_err(|_| next.too_large(quantity))?;
    let is_reducible = !next.product.kind.is_software();
    let deadline = source.cancellable_until.filter(|_| is_reducible);
    next.batches = vec![new_batch(quantity, deadline, &line, at.now)];
    let before = Subscription { quantity: 0, ..next.clone() };
    let change = Change::new(ChangeKind::SeatsMovedIn, &before, next, at.now, at);
    let of_child = Change { charges: vec![line], warnings: wanted.warnings(at), ..change };
    Ok(Transitioned { source: of_source, target: Some(of_child) })
}

/// Returns the child, not yet charged.
fn child(
    wanted: &Transition<'_>,
    offer: &OfferTerms,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Subscription {
    let (source, today) = (wanted.source, day_of(at.now));
    let term = source.term.zip(offer.length);
    let term = term.map(|(old, length)| Term::ending(old.end, length, old.anchor_day, today));
    let (price, promotion) = price_of(source, offer, prices, at);
    let cycle =
        term.map_or(source.cycle, |term| Split::of(&term, offer.billing, price).around(today));
    Subscription {
        id: SubscriptionId(at.ids.uuid()),
        ordered_at: at.now,
        friendly_name: offer.product.title.clone(),
        product: offer.product.clone(),
        status_reason: StatusReason::Purchased,
        status_since: at.now,
        quantity: wanted.quantity,
        term,
        billing: offer.billing,
        price,
        tax_included: offer.tax_included,
        cycle,
        scheduled: None,
        batches: Vec::new(),
        update_count: 0,
        promotion,
        evaluation_ends_on: None,
        next_charge: None,
        rebilled: None,
        moved_from: None,
        split_from: Some(source.id),
        transitioned_to: None,
        version: 0,
        ..source.clone()
    }
}
