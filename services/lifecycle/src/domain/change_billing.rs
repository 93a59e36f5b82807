//! Another billing frequency for the rest of the term, from the next charge on. Carrying the
//! instruction out is in `ring`, what the cycles then cost in `split`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::calendar::{day_after, last_millisecond_of};
use vocab::{BillingCycle, OfferId};

use super::objections::Objections;
use super::split::months_between;
use super::term::can_be_billed;
use super::{
    Action, Change, ChangeKind, Cycle, Occasion, OfferTerms, Prices, Rejection, Subscription, Term,
    lock,
};

/// So many months of the term must be left for annual billing: more than one year (D-40).
const MONTHS_FOR_ANNUAL: i32 = 13;

/// What the next charge changes, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextCharge {
    /// How often the rest of the term's price is charged.
    pub billing: BillingCycle,
    /// The offer that is billed so; the price stays locked (BIL-2).
    pub offer: OfferId,
}

/// Lets the next charge change the billing frequency; the present one again takes the instruction
/// back. `None` when it is so already (D-46).
///
/// # Errors
///
/// [`Rejection::NotActive`] (SUS-9), [`Rejection::Perpetual`], [`Rejection::TrialLocked`],
/// [`Rejection::RenewalInProgress`] (LCK-6), [`Rejection::CycleChargeInProgress`] (LCK-3),
/// [`Rejection::BillingNotOffered`] and [`Rejection::PlanNotSold`] (TRM-4),
/// [`Rejection::ScheduleInstead`] and [`Rejection::TooLittleLeft`] (D-40),
/// [`Rejection::UpdateLimit`] (SEA-7).
///
/// Source: TRM-9, D-40, D-41, D-46.
pub fn change_billing(
    sub: &Subscription,
    billing: BillingCycle,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    if !objections(sub, billing, prices, at).verdict()? {
        return Ok(None);
    }
    let sold = plan(sub, billing, prices, at.now).filter(|_| billing != sub.billing);
    let next_charge = sold.map(|sold| NextCharge { billing, offer: sold.product.offer.clone() });
    let kind = match next_charge {
        Some(_) => ChangeKind::BillingChangeSet,
        None => ChangeKind::BillingChangeRemoved,
    };
    let update_count = sub.update_count + 1;
    let next = Subscription { update_count, next_charge, ..sub.clone() };
    Ok(Some(Change::new(kind, sub, next, at.now, at)))
}

pub(super) fn objections(
    sub: &Subscription,
    billing: BillingCycle,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Objections {
    const ACTION: Action = Action::ChangeBilling;
    let mut no = Objections::of(ACTION, sub);
    no.note(lock::needs_active(ACTION, sub));
    no.note(lock::needs_term(ACTION, sub));
    no.note(lock::no_trial(ACTION, sub));
    let ahead = sub.next_charge.as_ref().map_or(sub.billing, |next| next.billing);
    no.unless(ahead == billing);
    no.note(lock::check(ACTION, sub, at.now));
    no.note(lock::no_cycle_charge(at));
    if let Some(term) = sub.term.filter(|_| billing != sub.billing) {
        no.note(check(sub, &term, billing, prices, at));
    }
    no.note(lock::counted(sub, at));
    no
}

fn check(
    sub: &Subscription,
    term: &Term,
    billing: BillingCycle,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<(), Rejection> {
    let is_offered = matches!(billing, BillingCycle::Monthly | BillingCycle::Annual)
        && can_be_billed(term.length, billing);
    if !is_offered {
        return Err(Rejection::BillingNotOffered { length: Some(term.length), billing });
    }
    let ends_on = term.end;
    let Some(boundary) = sub.next_cycle() else {
        return Err(Rejection::ScheduleInstead { ends_on });
    };
    let (months, needed) = (months_left(&boundary, term), MONTHS_FOR_ANNUAL);
    if billing == BillingCycle::Annual && months < needed {
        return Err(Rejection::TooLittleLeft { months, needed, ends_on });
    }
    match plan(sub, billing, prices, at.now) {
        Some(_) => Ok(()),
        None => Err(Rejection::PlanNotSold { length: term.length, billing }),
    }
}

/// Returns the offer of the same SKU, term, market and currency that is billed so at `at`.
fn plan<'a>(
    sub: &Subscription,
    billing: BillingCycle,
    prices: &'a dyn Prices,
    at: Timestamp,
) -> Option<&'a OfferTerms> {
    let length = sub.term?.length;
    let plans = prices.plans_at(&sub.product, at).into_iter();
    let mut fitting = plans.filter(|offer| {
        offer.length == Some(length)
            && offer.billing == billing
            && offer.price.currency == sub.price.currency
    });
    fitting.next()
}

/// Returns the months of the term that are left when `cycle` begins. Source: D-40.
fn months_left(cycle: &Cycle, term: &Term) -> i32 {
    months_between(cycle.start, day_after(term.end))
}

/// Returns the last instant at which `billing` can be asked for in this term, if nothing else
/// happens.
pub(super) fn possible_until(sub: &Subscription, billing: BillingCycle) -> Option<Timestamp> {
    let (term, split) = sub.term.zip(sub.split())?;
    let fits = |next: &Cycle| {
        billing != BillingCycle::Annual || MONTHS_FOR_ANNUAL <= months_left(next, &term)
    };
    let mut last = sub.next_cycle().filter(fits)?;
    while let Some(next) = split.after(&last).filter(fits) {
        last = next;
    }
    let eve = vocab::calendar::day_before(last.billed_from(sub.term));
    Some(last_millisecond_of(eve))
}

#[cfg(test)]
mod tests;
