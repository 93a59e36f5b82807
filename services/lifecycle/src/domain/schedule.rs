//! What the next renewal is to change: saving it, checking it, removing it. Applying it is in
//! `renew`; which SKU leads to which, in `transition`.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vocab::OfferId;

use super::objections::Objections;
use super::transition::if_scheduled;
use super::{
    Action, Change, ChangeKind, CoTerm, Occasion, OfferTerms, Path, Prices, Rejection,
    Subscription, co_term, limits, lock,
};

/// One set of changes for the next renewal; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledSet {
    /// The seats of the next term.
    pub quantity: Option<i64>,
    /// The offer of the next term: another term or billing cycle of the same SKU, or what it can be
    /// upgraded or converted to.
    pub offer: Option<OfferId>,
    /// The end of the next term, which is then entered late (TRM-8).
    pub co_term: Option<CoTerm>,
    /// What the catalog said of the way there when this was saved, where that is another SKU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Box<Path>>,
}

/// Saves what the next renewal is to change, in place of what was saved before. `None` when that
/// changes nothing (D-46).
///
/// # Errors
///
/// [`Rejection::NotActive`] (SUS-9), [`Rejection::AutoRenewOff`] (SCH-2), [`Rejection::RenewalInProgress`] (LCK-5),
/// [`Rejection::UpdateLimit`] (SEA-7), and what [`ScheduledSet`] fails at a renewal.
///
/// Source: SCH-1, SCH-2, SCH-3, SCH-5, SCH-6, TRI-4, TRI-7.
pub fn schedule(
    sub: &Subscription,
    wanted: &ScheduledSet,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    if !objections(sub, wanted, prices, at).verdict()? {
        return Ok(None);
    }
    let Some(set) = wanted.differing_from(sub) else { return Ok(Some(removed(sub, at))) };
    let update_count = sub.update_count + 1;
    let warnings = if_scheduled(sub, &set, at).into_iter().collect();
    let next = Subscription { scheduled: Some(set), update_count, ..sub.clone() };
    let change = Change::new(ChangeKind::Scheduled, sub, next, at.now, at);
    Ok(Some(Change { warnings, ..change }))
}

/// Removes what was saved for the next renewal; `None` when nothing was.
///
/// # Errors
///
/// [`Rejection::NotActive`] (SUS-9), [`Rejection::RenewalInProgress`] (LCK-5).
///
/// Source: SCH-3, LCK-6.
pub fn remove_scheduled(sub: &Subscription, at: Occasion<'_>) -> Result<Option<Change>, Rejection> {
    let is_needed = removal_objections(sub, at).verdict()?;
    Ok(is_needed.then(|| removed(sub, at)))
}

pub(super) fn objections(
    sub: &Subscription,
    wanted: &ScheduledSet,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Objections {
    const ACTION: Action = Action::Schedule;
    let mut no = Objections::of(ACTION, sub);
    no.note(lock::needs_active(ACTION, sub));
    no.note(lock::needs_term(ACTION, sub));
    let set = wanted.differing_from(sub);
    no.unless(sub.scheduled == set);
    no.note(lock::check(ACTION, sub, at.now));
    no.note(match sub.ends_on() {
        Some(ends_on) if !sub.auto_renew => Err(Rejection::AutoRenewOff { ends_on }),
        _ => Ok(()),
    });
    if let Some(set) = set {
        let offer = set.offer.as_ref().unwrap_or(sub.plain_renewal_offer());
        for fault in set.faults(sub, prices.terms_at(offer, at.now), (at.now, at)) {
            no.note::<()>(Err(fault));
        }
        no.note(lock::counted(sub, at));
    }
    no
}

pub(super) fn removal_objections(sub: &Subscription, at: Occasion<'_>) -> Objections {
    const ACTION: Action = Action::RemoveScheduled;
    let mut no = Objections::of(ACTION, sub);
    no.note(lock::needs_active(ACTION, sub));
    no.unless(sub.scheduled.is_none());
    no.note(lock::check(ACTION, sub, at.now));
    no
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
    /// [`Rejection::SeatLimit`], [`Rejection::Limit`], [`Rejection::CoTerm`] (TRM-8).
    ///
    /// Source: SCH-1, REN-6, CAT-9, D-25, TRM-8.
    pub(super) fn check(
        &self,
        sub: &Subscription,
        offer: Option<&OfferTerms>,
        (at, occasion): (Timestamp, Occasion<'_>),
    ) -> Result<(), Rejection> {
        self.faults(sub, offer, (at, occasion)).into_iter().next().map_or(Ok(()), Err)
    }

    /// Returns everything that is wrong with the set, the first first.
    fn faults(
        &self,
        sub: &Subscription,
        offer: Option<&OfferTerms>,
        (at, occasion): (Timestamp, Occasion<'_>),
    ) -> Vec<Rejection> {
        let to = self.offer.as_ref().unwrap_or(sub.plain_renewal_offer());
        let Some(offer) = offer else {
            return vec![Rejection::OfferWithdrawn { offer: to.clone(), at }];
        };
        // What another product asks of seats does not matter.
        if let Err(no) = self.check_way(sub, offer) {
            return vec![no];
        }
        let quantity = self.quantity.unwrap_or(sub.quantity);
        if quantity == 0 {
            return vec![Rejection::UseCancel];
        }
        let seats = offer.product.check_seats(quantity).err();
        let limits = limits::against_next(sub, &offer.product, quantity, occasion);
        let end = co_term::next_term(sub, offer, self.co_term, occasion).err();
        let limits = limits.into_iter().map(Rejection::from);
        seats.into_iter().chain(limits).chain(end.map(Rejection::from)).collect()
    }

    /// Refuses what is neither another plan of the SKU, nor what a trial becomes by itself, nor where the
    /// catalog said that a way leads.
    ///
    /// Source: SCH-1, UPG-3, TRI-4, T-100.
    fn check_way(&self, sub: &Subscription, offer: &OfferTerms) -> Result<(), Rejection> {
        let (from, to) = (&sub.product, &offer.product);
        let is_here = to.market == from.market
            && offer.price.currency == sub.price.currency
            && offer.length.is_some()
            && !to.is_trial;
        let is_plan = to.id == from.id && to.sku == from.sku;
        if is_here && (is_plan || to.offer == *sub.plain_renewal_offer()) {
            return Ok(());
        }
        if let Some(path) = self.path.as_ref().filter(|path| is_here && path.leads(from, to)) {
            return Ok(path.check(sub, false)?);
        }
        let (from, to) = (from.offer.clone(), to.offer.clone());
        Err(Rejection::PathNotSupported { from, to })
    }

    /// Returns what of the set differs from a plain renewal; `None` when nothing does.
    fn differing_from(&self, sub: &Subscription) -> Option<Self> {
        let quantity = self.quantity.filter(|quantity| *quantity != sub.quantity);
        // Where the running term's billing is to change, the next term's is said all the same (D-50).
        let is_other =
            |offer: &OfferId| offer != sub.plain_renewal_offer() || sub.next_charge.is_some();
        let offer = self.offer.clone().filter(is_other);
        let path = offer.as_ref().and(self.path.clone());
        let set = Self { quantity, offer, co_term: self.co_term, path };
        (set != Self::default()).then_some(set)
    }
}

impl fmt::Display for ScheduledSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.quantity, &self.offer) {
            (Some(quantity), Some(offer)) => write!(f, "{quantity} seats of offer {offer}")?,
            (Some(quantity), None) => write!(f, "{quantity} seats")?,
            (None, Some(offer)) => write!(f, "offer {offer}")?,
            (None, None) if self.co_term.is_some() => f.write_str("a term")?,
            (None, None) => f.write_str("nothing")?,
        }
        self.co_term.map_or(Ok(()), |co_term| write!(f, " {co_term}"))
    }
}

#[cfg(test)]
mod tests;
