//! All seats become something new: the subscription itself becomes it, and keeps its id.

use jiff::civil::Date;
use vocab::TermLength;
use vocab::calendar::day_of;

use super::seats::Leaving;
use super::{Transition, Transitioned};
use crate::domain::charge::charge;
use crate::domain::split::Split;
use crate::domain::{
    Change, ChangeKind, ChargeKind, Occasion, OfferTerms, Prices, Rejection, Subscription, Term,
    Warning, promotion,
};

/// Upgrades, or converts, all seats in place: the source's seats are credited, all seats of the target
/// charged from the day on.
///
/// # Errors
///
/// [`Rejection::AmountTooLarge`].
///
/// Source: UPG-8, UPG-19, D-34, D-35, D-36, D-37, D-49, TRI-5, TRI-9, BIL-5.
pub(super) fn become_it(
    wanted: &Transition<'_>,
    offer: &OfferTerms,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Transitioned, Rejection> {
    let (source, quantity) = (wanted.source, wanted.quantity);
    let Leaving { gone, mut credits, .. } = wanted.take(at)?;
    let mut next = renamed(source, upgraded(wanted, offer, prices, at));
    let line = charge(ChargeKind::Convert, &next, quantity, day_of(at.now), at.now, at);
    let line = line.map_err(|_| next.too_large(quantity))?;
    next.batches = wanted.arriving(&gone, &next, &line, at);
    credits.push(line);
    let is_trial = source.product.is_trial;
    let kind = if is_trial { ChangeKind::Converted } else { ChangeKind::Upgraded };
    let stays_off = next.term.filter(|_| is_trial && !next.auto_renew);
    let stays_off = stays_off.map(|term| Warning::AutoRenewStaysOff { ends_on: term.end });
    let change = Change::new(kind, source, next, at.now, at).dropping_scheduled();
    let warnings = change.warnings.iter().cloned();
    let warnings = warnings.chain(stays_off).chain(wanted.warnings(at)).collect();
    Ok(Transitioned { source: Change { charges: credits, warnings, ..change }, target: None })
}

/// Returns the term that follows from an upgrade in place on `day`: the same length keeps the end and
/// the anchor, another starts a new term, and so does a trial's conversion.
///
/// Source: D-17, D-35, D-37, TIM-5, BIL-9.
pub(super) fn term_of(source: &Subscription, length: TermLength, day: Date) -> Option<Term> {
    let term = source.term?;
    Some(if length == term.length && !source.product.is_trial {
        Term::ending(term.end, length, term.anchor_day, day)
    } else {
        Term::starting(day, length, day.day())
    })
}

/// Returns the subscription as something higher, not yet charged. It keeps window and policy; only a
/// trial's conversion is a purchase, with its own.
fn upgraded(
    wanted: &Transition<'_>,
    offer: &OfferTerms,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Subscription {
    let (source, today) = (wanted.source, day_of(at.now));
    let term = offer.length.and_then(|length| term_of(source, length, today));
    let (price, promotion) = price_of(source, offer, prices, at);
    let cycle =
        term.map_or(source.cycle, |term| Split::of(&term, offer.billing, price).around(today));
    let next = Subscription {
        product: offer.product.clone(),
        quantity: wanted.quantity,
        term,
        billing: offer.billing,
        price,
        tax_included: offer.tax_included,
        cycle,
        update_count: source.update_count + 1,
        promotion,
        evaluation_ends_on: None,
        next_charge: None,
        rebilled: None,
        ..source.clone()
    };
    if !source.product.is_trial {
        return next;
    }
    let policy = at.policy.stamp(offer, at.now);
    Subscription { anchor: at.now, cancellable_until: policy.deadline(at.now), policy, ..next }
}

/// Returns the price of a seat of something new for the whole term, and the promotion that lowers it;
/// none does at a trial's conversion.
///
/// Source: PRO-2, TRI-8.
pub(super) fn price_of(
    source: &Subscription,
    offer: &OfferTerms,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> (vocab::Money, Option<String>) {
    let best = promotion::best(offer, source.segment, at.now, prices);
    let best = best.filter(|_| !source.product.is_trial);
    let price = best.map_or(offer.price, |promotion| promotion.price(offer.price));
    (price, best.map(|promotion| promotion.id.to_string()))
}

/// A label that was the product's title follows the title.
fn renamed(source: &Subscription, next: Subscription) -> Subscription {
    if source.friendly_name != source.product.title {
        return next;
    }
    Subscription { friendly_name: next.product.title.clone(), ..next }
}
