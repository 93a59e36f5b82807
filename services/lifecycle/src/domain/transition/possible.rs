//! Everything that a subscription could become now, and why not: each way is tried.

use jiff::civil::Date;
use vocab::{BillingCycle, Money, OfferId, SubscriptionId, TermLength};

use super::{Destination, NoTransition, Path, Side, Transition, Transitioned};
use crate::domain::{Occasion, OfferTerms, Prices, Rejection, Subscription, Warning};

/// A way to another SKU, with the plans of it that are for sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What the catalog says of it.
    pub path: Path,
    /// The plans.
    pub plans: Vec<OfferTerms>,
}

/// What would become of a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Every reason against it, the first first; empty when it can be.
    pub refusals: Vec<Rejection>,
    /// What it would do.
    pub done: Option<Transitioned>,
}

/// Something that a subscription could become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Possibility {
    /// The way there.
    pub path: Path,
    /// The plan: of something new, or that the existing subscription has.
    pub plan: Option<(OfferId, Option<TermLength>, BillingCycle)>,
    /// The existing subscription.
    pub into: Option<SubscriptionId>,
    /// The fewest seats that can be asked for.
    pub minimum: i64,
    /// What would become of all seats.
    pub full: Verdict,
    /// What would become of as many as can go while the others stay.
    pub partial: Verdict,
}

/// Tries every way: to each plan of a SKU, and into each of `existing` that has the SKU. A way whose
/// SKU nobody sells now is told without a plan.
///
/// Source: UPG-5, UPG-7, TRI-4, CAT-15.
pub fn possibilities(
    source: &Subscription,
    ways: &[Way],
    existing: &[Subscription],
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Vec<Possibility> {
    let mut found = Vec::new();
    for Way { path, plans } in ways {
        if plans.is_empty() {
            found.push(Possibility::unsold(source, path, at));
        }
        let new = plans.iter().map(Destination::New);
        let others =
            existing.iter().filter(|sub| sub.product.sku == path.to && sub.id != source.id);
        let ways = new.chain(others.map(Destination::Existing));
        found.extend(ways.map(|to| Possibility::of(source, path, to, prices, at)));
    }
    found
}

impl Possibility {
    fn of(
        source: &Subscription,
        path: &Path,
        to: Destination<'_>,
        prices: &dyn Prices,
        at: Occasion<'_>,
    ) -> Self {
        let is_trial = source.product.is_trial;
        let try_with = |quantity| {
            let path = Some(path);
            let wanted = Transition { source, to, path, quantity, transfers_licences: true };
            wanted.verdict(prices, at)
        };
        // As many as leave the source its minimum, or its last seat where that is too many.
        let minimum = source.product.fewest_seats();
        let some = (source.quantity - minimum).max(1).min(source.quantity - 1);
        let (plan, into, fewest) = match to {
            Destination::New(offer) => {
                let plan = (offer.product.offer.clone(), offer.length, offer.billing);
                (plan, None, offer.product.fewest_seats())
            }
            Destination::Existing(sub) => {
                let length = sub.term.map(|term| term.length);
                ((sub.product.offer.clone(), length, sub.billing), Some(sub.id), 1)
            }
        };
        Self {
            path: path.clone(),
            plan: Some(plan),
            into,
            minimum: if is_trial { fewest.max(source.quantity) } else { fewest },
            full: try_with(source.quantity),
            partial: if 0 < some { try_with(some) } else { Verdict::alone(minimum) },
        }
    }

    /// Nothing of the SKU is for sale: the path may still say why.
    fn unsold(source: &Subscription, path: &Path, at: Occasion<'_>) -> Self {
        let unsold = NoTransition::NotSold { sku: path.to.clone(), at: at.now }.into();
        let refused = path.check(source, false).err().map(Rejection::from);
        let refusals: Vec<_> = refused.into_iter().chain([unsold]).collect();
        let verdict = Verdict { refusals, done: None };
        Self {
            path: path.clone(),
            plan: None,
            into: None,
            minimum: 1,
            full: verdict.clone(),
            partial: verdict,
        }
    }

    /// Returns what tells it from every other, and puts it in its place: by SKU, something new first.
    pub fn key(&self) -> String {
        let offer = self.plan.as_ref().map(|(id, ..)| id.to_string()).unwrap_or_default();
        let into = self.into.map(|id| id.to_string()).unwrap_or_default();
        format!("{} {into} {offer}", self.path.to)
    }

    /// Returns what all seats would come to now; `None` when they cannot go.
    pub fn amount(&self) -> Option<Money> {
        self.full.done.as_ref().and_then(|done| done.total().ok())
    }

    /// Returns the last day of the target's term after a transition of all seats now.
    pub fn ends_on(&self) -> Option<Date> {
        self.full.done.as_ref().and_then(|done| done.target().ends_on())
    }

    /// Returns what comes with a transition of all seats now.
    pub fn warnings(&self) -> impl Iterator<Item = &Warning> {
        let done = self.full.done.iter();
        done.flat_map(|done| done.source.warnings.iter().chain(done.target_warnings()))
    }
}

impl Verdict {
    /// A single seat cannot leave others behind.
    fn alone(minimum: i64) -> Self {
        let no = NoTransition::LeavesTooFew { side: Side::Source, quantity: 0, minimum };
        Self { refusals: vec![no.into()], done: None }
    }
}

impl Transition<'_> {
    /// Tries it.
    fn verdict(&self, prices: &dyn Prices, at: Occasion<'_>) -> Verdict {
        match self.carry_out(prices, at) {
            Ok(done) => Verdict { refusals: Vec::new(), done: Some(done) },
            Err(first) => {
                let all = self.objections(at).all();
                // What only the doing shows, such as an amount that cannot be expressed.
                let refusals = if all.is_empty() { vec![first] } else { all };
                Verdict { refusals, done: None }
            }
        }
    }
}

impl Transitioned {
    /// Returns the sum of both sides' lines.
    ///
    /// # Errors
    ///
    /// [`vocab::MoneyError`].
    pub fn total(&self) -> Result<Money, vocab::MoneyError> {
        let of_source = self.source.total()?;
        self.target.as_ref().map_or(Ok(of_source), |target| of_source.checked_add(target.total()?))
    }

    /// Returns the subscription that has the seats now.
    pub fn target(&self) -> &Subscription {
        self.target.as_ref().map_or(&self.source.next, |target| &target.next)
    }

    fn target_warnings(&self) -> impl Iterator<Item = &Warning> {
        self.target.iter().flat_map(|target| &target.warnings)
    }
}
