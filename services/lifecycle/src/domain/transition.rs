//! What a subscription becomes now: an upgrade of all its seats or of some, to something new or into
//! what exists, or what a trial is converted to. Which SKU leads to which is the catalog's word; what
//! is scheduled for the term's end is in `schedule` and `renew`.

use vocab::calendar::day_of;
use vocab::{OfferId, SubscriptionId};

use super::objections::Objections;
use super::term::can_be_billed;
use super::{
    Action, Change, Occasion, OfferTerms, Prices, Product, Rejection, Status, Subscription, Wanted,
    limits, lock,
};

mod child;
mod in_place;
mod into_existing;
mod path;
mod possible;
mod refusal;
mod seats;
mod warning;

pub use path::{Path, PathKind};
pub use possible::{Possibility, Verdict, Way, possibilities};
pub use refusal::{NoTransition, Side};
pub use warning::ByHand;

pub(super) use warning::if_scheduled;

const ACTION: Action = Action::Transition;

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionWish {
    /// Where the seats shall go.
    pub to: Goal,
    /// The seats at the target (UPG-7).
    pub quantity: i64,
    /// Whether licences are to be assigned anew (UPG-13).
    pub transfers_licences: bool,
}

/// Where the seats shall go, as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// To something new of this offer.
    New(OfferId),
    /// Into this subscription.
    Existing(SubscriptionId),
}

/// Where seats go.
#[derive(Debug, Clone, Copy)]
pub enum Destination<'a> {
    /// To something new of this offer: in place when all go, else a child (UPG-8, UPG-11).
    New(&'a OfferTerms),
    /// To a subscription of the same customer and partner, which keeps its term and billing (UPG-9).
    Existing(&'a Subscription),
}

/// A transition that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Transition<'a> {
    /// Whose seats go.
    pub source: &'a Subscription,
    /// Where they go.
    pub to: Destination<'a>,
    /// What the catalog says of the way there; `None` when it knows none.
    pub path: Option<&'a Path>,
    /// The seats at the target: all of the source and perhaps more, or some of them (UPG-7).
    pub quantity: i64,
    /// Whether licences are to be assigned anew (UPG-13).
    pub transfers_licences: bool,
}

/// What a transition does to the two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transitioned {
    /// What happens to the source.
    pub source: Change,
    /// What happens to the child, or to the existing target; `None` where the source itself becomes
    /// the target.
    pub target: Option<Change>,
}

impl Transition<'_> {
    /// Lets the seats go: both sides change together.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotActive`] (UPG-2), [`Rejection::Perpetual`], [`Rejection::RenewalPending`]
    /// (LCK-6), [`Rejection::UpdateLimit`] (SEA-7), [`Rejection::TrialLocked`] for a target that is a
    /// trial (D-15), [`Rejection::Transition`] for what the path, the target's term and window, and
    /// what would be left say, [`Rejection::BillingNotOffered`] (TRM-4), [`Rejection::MinSeats`],
    /// [`Rejection::SeatLimit`], [`Rejection::Limit`] (CAT-9, UPG-17, ENT-1),
    /// [`Rejection::AmountTooLarge`].
    ///
    /// Source: UPG-1..14, UPG-19, TTO-1, TRI-4..6, BIL-5.
    pub fn carry_out(
        &self,
        prices: &dyn Prices,
        at: Occasion<'_>,
    ) -> Result<Transitioned, Rejection> {
        self.objections(at).verdict()?;
        match self.to {
            Destination::New(offer) if self.is_full() => {
                in_place::become_it(self, offer, prices, at)
            }
            Destination::New(offer) => child::split_off(self, offer, prices, at),
            Destination::Existing(target) => into_existing::join(self, target, at),
        }
    }

    /// Whether all seats of the source go.
    ///
    /// Source: UPG-7, TRP-29.
    const fn is_full(&self) -> bool {
        self.source.quantity <= self.quantity
    }

    /// Returns how many seats leave the source; what is beyond them is bought.
    fn leaving(&self) -> i64 {
        self.source.quantity.min(self.quantity)
    }

    const fn product(&self) -> &Product {
        match self.to {
            Destination::New(offer) => &offer.product,
            Destination::Existing(target) => &target.product,
        }
    }

    /// Returns everything that speaks against it, the first first.
    pub(super) fn objections(&self, at: Occasion<'_>) -> Objections {
        let mut no = of_source(self.source, at);
        no.note(self.check_path());
        no.note(self.check_source_seats(at));
        match self.to {
            Destination::New(offer) => self.check_new(offer, at, &mut no),
            Destination::Existing(target) => self.check_existing(target, at, &mut no),
        }
        for limit in self.limits(at) {
            no.note::<()>(Err(limit.into()));
        }
        no
    }

    fn check_path(&self) -> Result<(), Rejection> {
        let (source, product) = (self.source, self.product());
        let is_existing = matches!(self.to, Destination::Existing(_));
        let path = self.path.filter(|path| path.leads(&source.product, product));
        let path = path.ok_or_else(|| NoTransition::no_path(source, &product.sku))?;
        Ok(path.check(source, is_existing)?)
    }

    fn check_new(&self, offer: &OfferTerms, at: Occasion<'_>, no: &mut Objections) {
        let source = self.source;
        let is_here = offer.product.market == source.product.market
            && offer.price.currency == source.price.currency;
        no.note(if is_here { Ok(()) } else { Err(NoTransition::elsewhere(&offer.product).into()) });
        let Some((length, term)) = offer.length.zip(source.term) else {
            no.note::<()>(Err(NoTransition::elsewhere(&offer.product).into()));
            return;
        };
        no.note(if can_be_billed(length, offer.billing) {
            Ok(())
        } else {
            Err(Rejection::BillingNotOffered { length: offer.length, billing: offer.billing })
        });
        if self.is_full() {
            let end = in_place::term_of(source, length, day_of(at.now)).map(|new| new.end);
            no.note(match end {
                Some(end) if end < term.end => {
                    Err(NoTransition::EndsEarlier { end, current: term.end }.into())
                }
                _ => Ok(()),
            });
        } else if length != term.length && !source.product.is_trial {
            let differs = NoTransition::ChildLength { wanted: length, length: term.length };
            no.note::<()>(Err(differs.into()));
        }
        no.note(offer.product.check_seats(self.quantity).map_err(|no| {
            // Of something new it is the suite's minimum that a partial upgrade must keep.
            if let (Rejection::MinSeats { quantity, minimum }, false) = (&no, self.is_full()) {
                let (quantity, minimum) = (*quantity, *minimum);
                return NoTransition::LeavesTooFew { side: Side::Target, quantity, minimum }.into();
            }
            no
        }));
    }

    /// Source: UPG-6, UPG-9, TRI-6, TRP-32, TRP-33, TTO-3.
    fn check_existing(&self, target: &Subscription, at: Occasion<'_>, no: &mut Objections) {
        let source = self.source;
        no.note(lock::no_transfer(ACTION, target));
        no.note(lock::not_with_base(ACTION, target));
        no.note(lock::needs_active(ACTION, target));
        no.note(lock::no_trial(ACTION, target));
        no.note(lock::check(ACTION, target, at.now));
        let is_here = target.product.market == source.product.market
            && target.price.currency == source.price.currency;
        no.note(if is_here {
            Ok(())
        } else {
            Err(NoTransition::elsewhere(&target.product).into())
        });
        no.note(self.check_term(target));
        if !source.product.is_trial {
            no.note(match target.cancellable_until {
                Some(closes_at) if at.now <= closes_at => {
                    Err(NoTransition::TargetInWindow { closes_at }.into())
                }
                _ => Ok(()),
            });
        }
        no.note(lock::counted(target, at));
        no.note(target.product.check_seats(target.quantity.saturating_add(self.quantity)));
    }

    fn check_term(&self, target: &Subscription) -> Result<(), Rejection> {
        let Some((of_source, of_target)) = self.source.term.zip(target.term) else {
            return Err(NoTransition::elsewhere(&target.product).into());
        };
        let is_trial = self.source.product.is_trial;
        if !is_trial && of_source.length != of_target.length {
            let (length, wanted) = (of_source.length, of_target.length);
            return Err(NoTransition::TargetLength { wanted, length }.into());
        }
        if of_target.end < of_source.end {
            let (end, current) = (of_target.end, of_source.end);
            return Err(NoTransition::TargetEndsEarlier { end, current, is_trial }.into());
        }
        Ok(())
    }

    /// Source: UPG-12, UPG-14, TRI-5, TRI-6, TRP-30, TRP-35.
    fn check_source_seats(&self, at: Occasion<'_>) -> Result<(), Rejection> {
        let (product, quantity) = (&self.source.product, self.quantity);
        if product.is_trial {
            let seats = at.policy.trial_seats;
            return match self.to {
                Destination::New(_) if quantity < seats => {
                    Err(NoTransition::TooFewForTrial { quantity, seats }.into())
                }
                Destination::Existing(_) if quantity != self.source.quantity => {
                    let seats = self.source.quantity;
                    Err(NoTransition::TrialMovesWhole { quantity, seats }.into())
                }
                Destination::New(_) | Destination::Existing(_) => Ok(()),
            };
        }
        if self.is_full() {
            return Ok(());
        }
        if product.kind == vocab::ProductKind::LicenseLegacy {
            return Err(NoTransition::LegacyWhole { seats: self.source.quantity }.into());
        }
        let (left, minimum) = (self.source.quantity - quantity, product.fewest_seats());
        if left < minimum {
            let side = Side::Source;
            return Err(NoTransition::LeavesTooFew { side, quantity: left, minimum }.into());
        }
        Ok(())
    }

    fn limits(&self, at: Occasion<'_>) -> Vec<limits::Limit> {
        let source = self.source;
        let (product, quantity) = (self.product(), self.quantity);
        let status = if self.is_full() { Status::Deleted } else { source.status };
        let left = source.quantity - self.leaving();
        let left = Subscription { quantity: left, status, ..source.clone() };
        match self.to {
            Destination::New(_) if self.is_full() => {
                limits::against_next(source, product, quantity, at)
            }
            Destination::New(_) => {
                limits::against_move(&left, None, Wanted { product, quantity }, at)
            }
            Destination::Existing(target) => {
                let quantity = target.quantity.saturating_add(quantity);
                limits::against_move(&left, Some(target.id), Wanted { product, quantity }, at)
            }
        }
    }
}

/// Returns what speaks against any transition of `source`, wherever to.
///
/// Source: UPG-2, SUS-9, D-47, LCK-6, D-39, SEA-7.
pub(super) fn of_source(source: &Subscription, at: Occasion<'_>) -> Objections {
    let mut no = Objections::of(ACTION, source);
    no.note(lock::needs_active(ACTION, source));
    no.note(lock::needs_term(ACTION, source));
    no.note(lock::check(ACTION, source, at.now));
    no.note(match source.evaluation_ends_on {
        Some(ends_on) if source.is_in_evaluation() => {
            Err(NoTransition::InEvaluation { ends_on }.into())
        }
        _ => Ok::<_, Rejection>(()),
    });
    no.note(lock::counted(source, at));
    no
}

#[cfg(test)]
mod tests;
