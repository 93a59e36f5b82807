//! The next term: what it applies, what it costs, and what is dropped. When it begins is in `ring`.

use jiff::Timestamp;
use vocab::{MoneyError, Promotion};

use super::ring::expire;
use super::split::Split;
use super::start::first_charge;
use super::transition::if_scheduled;
use super::{
    Change, ChangeKind, ChargeKind, Occasion, OfferTerms, Prices, Rejection, StatusReason,
    Subscription, co_term, promotion,
};

/// Begins the next term of `sub`, which was due at `due_at`, with the scheduled changes if they
/// pass their checks; if not, the change only drops them, and the next step renews. What has no
/// price any more expires, and so does a trial that becomes nothing.
///
/// The price is the one in force at 00:00Z of the new term's first day. The window, and the used
/// days, count from the completion, which is `at.now`.
///
/// # Errors
///
/// [`MoneyError::Overflow`] if the charge cannot be expressed.
///
/// A promotion of the new term's start lowers the price; never a trial's that converts.
///
/// Source: REN-1, REN-2, REN-4, REN-6, SEA-11, BIL-2, D-1, D-30, PRO-2, TRI-8.
pub(super) fn renew(
    sub: &Subscription,
    due_at: Timestamp,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Change, MoneyError> {
    let first_instant = sub.term.map_or(due_at, |term| term.over_at());
    let offer = sub.renewal_offer();
    let found = prices.terms_at(offer, first_instant);
    if let Some(set) = &sub.scheduled
        && let Err(no) = set.check(sub, found, (first_instant, at))
    {
        return Ok(drop_scheduled(sub, &no, due_at, at));
    }
    match found.filter(|offer| offer.length.is_some() && !offer.product.is_trial) {
        Some(offer) => {
            let may_have_one = !sub.product.is_trial;
            let promotion = may_have_one
                .then(|| promotion::best(offer, sub.segment, first_instant, prices))
                .flatten();
            begin(sub, (offer, promotion), due_at, at)
        }
        None => Ok(expire(sub, StatusReason::OfferWithdrawn, due_at, at)),
    }
}

/// Drops scheduled changes that fail their checks, and says why; the plain renewal goes on.
///
/// Source: REN-6.
fn drop_scheduled(
    sub: &Subscription,
    no: &Rejection,
    due_at: Timestamp,
    at: Occasion<'_>,
) -> Change {
    let change = Change::new(ChangeKind::ScheduleDropped, sub, sub.clone(), due_at, at);
    Change { reason: Some(no.reason()), ..change.dropping_scheduled() }
}

/// What the new term is of, and what lowers its price.
type Terms<'a> = (&'a OfferTerms, Option<&'a Promotion>);

fn begin(
    sub: &Subscription,
    terms: Terms<'_>,
    due_at: Timestamp,
    at: Occasion<'_>,
) -> Result<Change, MoneyError> {
    let (kind, line) = if sub.product.is_trial {
        (ChangeKind::Converted, ChargeKind::Convert)
    } else {
        (ChangeKind::Renewed, ChargeKind::Renew)
    };
    let mut next = next_term(sub, terms, due_at, at);
    let (first, batch) = first_charge(line, &next, at.now, due_at, at)?;
    next.batches = vec![batch];
    let change = Change::new(kind, sub, next, due_at, at);
    let warnings = sub.scheduled.iter().filter_map(|set| if_scheduled(sub, set, at)).collect();
    Ok(Change { charges: vec![first], warnings, ..change })
}

/// Returns the subscription in its next term, not yet charged. The anchor day stays unless the term
/// is given an end (TIM-5), a promotion is the new term's own (PRO-2), and the policy is exchanged for
/// the one in force (D-1).
fn next_term(
    sub: &Subscription,
    (offer, promotion): Terms<'_>,
    due_at: Timestamp,
    at: Occasion<'_>,
) -> Subscription {
    let scheduled = sub.scheduled.as_ref();
    let wanted = scheduled.and_then(|set| set.co_term);
    // The end was judged with the rest of the set.
    let term = co_term::next_term(sub, offer, wanted, at)
        .unwrap_or_else(|_| co_term::natural_next_term(sub, offer));
    let price = promotion.map_or(offer.price, |promotion| promotion.price(offer.price));
    let cycle =
        term.map_or(sub.cycle, |term| Split::of(&term, offer.billing, price).around(term.start));
    let policy = at.policy.stamp(offer, due_at);
    let is_first_purchase = sub.product.is_trial;
    let opens_window = policy.reopens || is_first_purchase;
    Subscription {
        product: offer.product.clone(),
        quantity: scheduled.and_then(|set| set.quantity).unwrap_or(sub.quantity),
        term,
        billing: offer.billing,
        price,
        tax_included: offer.tax_included,
        cycle,
        scheduled: None,
        anchor: at.now,
        cancellable_until: policy.deadline(at.now).filter(|_| opens_window),
        policy,
        batches: Vec::new(),
        promotion: promotion.map(|promotion| promotion.id.to_string()),
        evaluation_ends_on: None,
        rebilled: None,
        next_charge: None,
        ..sub.clone()
    }
}

#[cfg(test)]
mod tests;
