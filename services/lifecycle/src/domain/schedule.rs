//! What the next renewal is to change: saving it, checking it, removing it. Applying it is in
//! `renew`. Upgrades to another SKU are not here.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::OfferId;

use super::{
    Action, Change, ChangeKind, Occasion, OfferTerms, Prices, Rejection, Subscription, limits, lock,
};

/// One set of changes for the next renewal; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledSet {
    /// The seats of the next term.
    pub quantity: Option<i64>,
    /// The offer of the next term: another term or billing cycle of the same SKU.
    pub offer: Option<OfferId>,
}

/// Saves what the next renewal is to change, in place of what was saved before. `None` when that
/// changes nothing (D-46).
///
/// # Errors
///
/// [`Rejection::NotActive`] (SUS-9), [`Rejection::TrialLocked`],
/// [`Rejection::AutoRenewOff`] (SCH-2), [`Rejection::RenewalInProgress`] (LCK-5),
/// [`Rejection::UpdateLimit`] (SEA-7), and what [`ScheduledSet`] fails at a renewal.
///
/// Source: SCH-1, SCH-2, SCH-3, SCH-6.
pub fn schedule(
    sub: &Subscription,
    wanted: &ScheduledSet,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    const ACTION: Action = Action::Schedule;
    lock::needs_active(ACTION, sub)?;
    let ends_on = lock::needs_term(ACTION, sub)?;
    lock::no_trial(ACTION, sub)?;
    let set = wanted.differing_from(sub);
    if sub.scheduled == set {
        return Ok(None);
    }
    lock::check(ACTION, sub, at.now)?;
    if !sub.auto_renew {
        return Err(Rejection::AutoRenewOff { ends_on });
    }
    let Some(set) = set else { return Ok(Some(removed(sub, at))) };
    let offer = prices.terms_at(set.offer.as_ref().unwrap_or(sub.plain_renewal_offer()), at.now);
    set.check(sub, offer, (at.now, at))?;
    lock::counted(sub, at)?;
    let update_count = sub.update_count + 1;
    let next = Subscription { scheduled: Some(set), update_count, ..sub.clone() };
    Ok(Some(Change::new(ChangeKind::Scheduled, sub, next, at.now, at)))
}

/// Removes what was saved for the next renewal; `None` when nothing was.
///
/// # Errors
///
/// [`Rejection::NotActive`] (SUS-9), [`Rejection::RenewalInProgress`] (LCK-5).
///
/// Source: SCH-3, LCK-6.
pub fn remove_scheduled(sub: &Subscription, at: Occasion<'_>) -> Result<Option<Change>, Rejection> {
    lock::needs_active(Action::RemoveScheduled, sub)?;
    if sub.scheduled.is_none() {
        return Ok(None);
    }
    lock::check(Action::RemoveScheduled, sub, at.now)?;
    Ok(Some(removed(sub, at)))
}

fn removed(sub: &Subscription, at: Occasion<'_>) -> Change {
    let next = Subscription { scheduled: None, ..sub.clone() };
    Change::new(ChangeKind::ScheduleRemoved, sub, next, at.now, at)
}

impl ScheduledSet {
    /// Refuses the set against `offer`, which is what its offer says at `at`.
    ///
    /// # Errors
    ///
    /// [`Rejection::OfferWithdrawn`], [`Rejection::PathNotSupported`] (SCH-1),
    /// [`Rejection::UseCancel`] (SEA-9), [`Rejection::QuantityInvalid`], [`Rejection::MinSeats`],
    /// [`Rejection::SeatLimit`], [`Rejection::Limit`].
    ///
    /// Source: SCH-1, REN-6, CAT-9, D-25.
    pub(super) fn check(
        &self,
        sub: &Subscription,
        offer: Option<&OfferTerms>,
        (at, occasion): (Timestamp, Occasion<'_>),
    ) -> Result<(), Rejection> {
        let from = &sub.product;
        let to = self.offer.as_ref().unwrap_or(&from.offer);
        let Some(offer) = offer else {
            return Err(Rejection::OfferWithdrawn { offer: to.clone(), at });
        };
        let is_other_plan = offer.product.id == from.id
            && offer.product.sku == from.sku
            && offer.product.market == from.market
            && offer.price.currency == sub.price.currency
            && offer.length.is_some();
        if !is_other_plan {
            return Err(Rejection::PathNotSupported { from: from.offer.clone(), to: to.clone() });
        }
        let quantity = self.quantity.unwrap_or(sub.quantity);
        if quantity == 0 {
            return Err(Rejection::UseCancel);
        }
        offer.product.check_seats(quantity)?;
        limits::check_increase(sub, &offer.product, quantity, occasion)
    }

    /// Returns what of the set differs from a plain renewal; `None` when nothing does.
    fn differing_from(&self, sub: &Subscription) -> Option<Self> {
        let quantity = self.quantity.filter(|quantity| *quantity != sub.quantity);
        let offer = self.offer.clone().filter(|offer| *offer != sub.product.offer);
        let set = Self { quantity, offer };
        (set != Self::default()).then_some(set)
    }
}

impl fmt::Display for ScheduledSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.quantity, &self.offer) {
            (Some(quantity), Some(offer)) => write!(f, "{quantity} seats of offer {offer}"),
            (Some(quantity), None) => write!(f, "{quantity} seats"),
            (None, Some(offer)) => write!(f, "offer {offer}"),
            (None, None) => f.write_str("nothing"),
        }
    }
}

#[cfg(test)]
mod tests;
