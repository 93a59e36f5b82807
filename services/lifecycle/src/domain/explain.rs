//! What would become of every action now, so that callers can ask before they act.
//!
//! Nothing is decided here: the verb itself is tried, and its own objections are told. Roles are not
//! known here.

use jiff::{SignedDuration, Timestamp};
use vocab::calendar::{last_millisecond_of, start_of};
use vocab::{BillingCycle, CustomerId, Money, PartnerId};

use super::objections::Objections;
use super::seats::{reducible, takeable_until};
use super::{
    Action, AddOnWish, Change, Family, Occasion, Prices, Refusal, Rejection, ScheduledSet, Status,
    Subscription, add_ons, assign_reseller, auto_renew, cancel, change_billing, change_quantity,
    follow, remove_scheduled, rename, reseller, resume, schedule, set_add_ons, set_auto_renew,
    suspend, transfer, transition,
};

/// The parameters that a caller has in mind; what is absent gets a default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The total of seats.
    pub quantity: Option<i64>,
    /// What to schedule.
    pub scheduled: Option<ScheduledSet>,
    /// The totals of legacy add-ons.
    pub add_ons: Vec<AddOnWish>,
}

/// A call that a caller might make, with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// To another label.
    Rename(String),
    /// To another reseller, or to none.
    AssignReseller(Option<PartnerId>),
    /// To a larger total of seats.
    Increase(i64),
    /// To a smaller total of seats.
    Decrease(i64),
    /// Acknowledged.
    Cancel,
    /// As it is.
    Suspend,
    /// As it is.
    Resume,
    /// On or off.
    SetAutoRenew(bool),
    /// In place of what is saved.
    Schedule(ScheduledSet),
    /// All that is saved.
    RemoveScheduled,
    /// To these totals; empty: to any.
    ChangeAddOns(Vec<AddOnWish>),
    /// To anything: what speaks against each target is told by `possibilities`.
    Transition,
    /// To another billing cycle.
    ChangeBilling(BillingCycle),
    /// To a partner that has asked.
    Transfer,
}

/// What would become of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What is explained.
    pub attempt: Attempt,
    /// Exactly what the call would do; `None` when it is refused, or is so already (D-46).
    pub change: Option<Change>,
    /// What happens to the legacy add-ons (ADD-1).
    pub add_ons: Vec<Change>,
    /// Every reason why it is refused, in the order of the verb; empty when it is not.
    pub reasons: Vec<Rejection>,
    /// The last instant at which it is, or was, possible as asked, if nothing else happens.
    pub allowed_until: Option<Timestamp>,
    /// When it takes effect: now, or with the renewal.
    pub effective_at: Option<Timestamp>,
    /// Whether it counts towards the limit of updates (SEA-7).
    pub is_counted: bool,
}

/// What can be done to a subscription at one instant, by one caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Whose subscription it is.
    pub customer: CustomerId,
    /// The customer's present instant.
    pub now: Timestamp,
    /// The version that was looked at.
    pub etag: String,
    /// One for each action, with what the caller's roles lack for it.
    pub actions: Vec<(Explanation, Option<Refusal>)>,
}

/// Explains every action on the base of a family, which [`settle`](super::settle) has brought up to date.
/// A new [`Action`] does not compile before it is explained.
///
/// Source: SEA-5, CAN-3, SEA-7, LCK-4, LCK-5.
pub fn explain(
    family: Family<'_>,
    wishes: &Wishes,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Vec<Explanation> {
    let sub = family.base;
    let attempts = Action::ALL.iter().flat_map(|action| attempts(*action, sub, wishes, at.now));
    attempts.map(|attempt| attempt.explain(family, prices, at)).collect()
}

fn attempts(action: Action, sub: &Subscription, wishes: &Wishes, now: Timestamp) -> Vec<Attempt> {
    match action {
        // No label is empty, so this is always another one.
        Action::Rename => vec![Attempt::Rename(String::new())],
        // Who else could be one, only order knows.
        Action::AssignReseller => vec![Attempt::AssignReseller(None)],
        Action::ChangeQuantity => sizes(sub, wishes.quantity, now),
        Action::ChangeAddOns => vec![Attempt::ChangeAddOns(wishes.add_ons.clone())],
        Action::Cancel => vec![Attempt::Cancel],
        Action::Suspend => vec![Attempt::Suspend],
        Action::Resume => vec![Attempt::Resume],
        Action::SetAutoRenew => vec![Attempt::SetAutoRenew(true), Attempt::SetAutoRenew(false)],
        Action::Schedule => {
            let set = wishes.scheduled.clone();
            vec![Attempt::Schedule(set.unwrap_or_else(|| another_size(sub)))]
        }
        Action::RemoveScheduled => vec![Attempt::RemoveScheduled],
        Action::Transition => vec![Attempt::Transition],
        Action::ChangeBilling => vec![Attempt::ChangeBilling(another_billing(sub))],
        Action::Transfer => vec![Attempt::Transfer],
    }
}

/// More and fewer seats: the total that is asked for in its direction, a default in the other.
fn sizes(sub: &Subscription, wanted: Option<i64>, now: Timestamp) -> Vec<Attempt> {
    let more = wanted.filter(|total| sub.quantity <= *total);
    let fewer = wanted.filter(|total| *total <= sub.quantity);
    let as_few_as_now = (sub.quantity - reducible(sub, now).total.max(1)).max(0);
    vec![
        Attempt::Increase(more.unwrap_or(sub.quantity.saturating_add(1))),
        Attempt::Decrease(fewer.unwrap_or(as_few_as_now)),
    ]
}

/// One seat fewer, which asks least of all, or one more where there can be no fewer.
fn another_size(sub: &Subscription) -> ScheduledSet {
    let fewer = sub.quantity - 1;
    let is_enough = sub.product.fewest_seats() <= fewer;
    let quantity = if is_enough { fewer } else { sub.quantity.saturating_add(1) };
    ScheduledSet { quantity: Some(quantity), ..ScheduledSet::default() }
}

/// Monthly billing, or annual in its place.
fn another_billing(sub: &Subscription) -> BillingCycle {
    if sub.billing == BillingCycle::Monthly { BillingCycle::Annual } else { BillingCycle::Monthly }
}

impl Attempt {
    /// Returns what is attempted.
    pub const fn action(&self) -> Action {
        match self {
            Self::Rename(_) => Action::Rename,
            Self::AssignReseller(_) => Action::AssignReseller,
            Self::Increase(_) | Self::Decrease(_) => Action::ChangeQuantity,
            Self::ChangeAddOns(_) => Action::ChangeAddOns,
            Self::Cancel => Action::Cancel,
            Self::Suspend => Action::Suspend,
            Self::Resume => Action::Resume,
            Self::SetAutoRenew(_) => Action::SetAutoRenew,
            Self::Schedule(_) => Action::Schedule,
            Self::RemoveScheduled => Action::RemoveScheduled,
            Self::ChangeBilling(_) => Action::ChangeBilling,
            Self::Transition => Action::Transition,
            Self::Transfer => Action::Transfer,
        }
    }

    /// Does it to the subscription itself, as its verb.
    ///
    /// # Errors
    ///
    /// Those of the verb.
    pub fn carry_out(
        &self,
        sub: &Subscription,
        prices: &dyn Prices,
        at: Occasion<'_>,
    ) -> Result<Option<Change>, Rejection> {
        match self {
            Self::Rename(label) => rename(sub, label, at),
            Self::AssignReseller(reseller) => assign_reseller(sub, *reseller, at),
            Self::Increase(total) | Self::Decrease(total) => change_quantity(sub, *total, at),
            Self::ChangeAddOns(_) => add_ons::of_base(sub, at).verdict().map(|_| None),
            Self::Cancel => cancel(sub, true, at).map(Some),
            Self::Suspend => suspend(sub, at).map(Some),
            Self::Resume => resume(sub, at).map(Some),
            Self::SetAutoRenew(is_on) => set_auto_renew(sub, *is_on, at),
            Self::Schedule(set) => schedule(sub, set, prices, at),
            Self::RemoveScheduled => remove_scheduled(sub, at),
            Self::ChangeBilling(billing) => change_billing(sub, *billing, prices, at),
            Self::Transition => transition::of_source(sub, at).verdict().map(|_| None),
            Self::Transfer => transfer::preview(sub, at).map(Some),
        }
    }

    /// Does it to the subscription and its add-ons.
    fn done(
        &self,
        family: Family<'_>,
        prices: &dyn Prices,
        at: Occasion<'_>,
    ) -> Result<(Option<Change>, Vec<Change>), Rejection> {
        let sub = family.base;
        if let Self::ChangeAddOns(wishes) = self {
            return set_add_ons(family, wishes, prices, at).map(|changes| (None, changes));
        }
        let change = self.carry_out(sub, prices, at)?;
        let followed = follow(change.as_slice(), family.add_ons, prices, at);
        Ok((change, followed.map_err(|_| sub.too_large(sub.quantity))?))
    }

    /// Returns everything that speaks against it.
    fn against(&self, family: Family<'_>, prices: &dyn Prices, at: Occasion<'_>) -> Vec<Rejection> {
        if let Self::ChangeAddOns(wishes) = self {
            return add_ons::objections(family, wishes, prices, at);
        }
        self.objections(family.base, prices, at).all()
    }

    fn objections(&self, sub: &Subscription, prices: &dyn Prices, at: Occasion<'_>) -> Objections {
        match self {
            Self::Rename(label) => rename::objections(sub, label, at),
            Self::AssignReseller(wanted) => reseller::objections(sub, *wanted, at),
            Self::Increase(total) | Self::Decrease(total) => {
                change_quantity::objections(sub, *total, at)
            }
            Self::ChangeAddOns(_) => add_ons::of_base(sub, at),
            Self::Cancel => cancel::objections(sub, true, at),
            Self::Suspend => suspend::suspend_objections(sub, at),
            Self::Resume => suspend::resume_objections(sub, at),
            Self::SetAutoRenew(is_on) => auto_renew::objections(sub, *is_on, at),
            Self::Schedule(set) => schedule::objections(sub, set, prices, at),
            Self::RemoveScheduled => schedule::removal_objections(sub, at),
            Self::ChangeBilling(billing) => change_billing::objections(sub, *billing, prices, at),
            Self::Transition => transition::of_source(sub, at),
            Self::Transfer => transfer::objections(sub, at),
        }
    }

    fn explain(self, family: Family<'_>, prices: &dyn Prices, at: Occasion<'_>) -> Explanation {
        let sub = family.base;
        let (change, add_ons, reasons) = match self.done(family, prices, at) {
            Ok((change, add_ons)) => (change, add_ons, Vec::new()),
            Err(first) => {
                let all = self.against(family, prices, at);
                // What only the doing shows, such as an amount that cannot be expressed.
                (None, Vec::new(), if all.is_empty() { vec![first] } else { all })
            }
        };
        let was_until = reasons.iter().find_map(Rejection::allowed_until);
        let first = change.as_ref().or(add_ons.first());
        let allowed_until = match first {
            Some(_) => self.possible_until(sub),
            None => was_until.filter(|until| *until < at.now),
        };
        Explanation {
            effective_at: first.map(|change| self.effective_at(sub, change)),
            is_counted: change.as_ref().is_some_and(|it| sub.update_count < it.next.update_count),
            attempt: self,
            change,
            add_ons,
            reasons,
            allowed_until,
        }
    }

    /// Returns until when it is possible, inclusive, when it is possible now: to the end of its
    /// window, and no longer than the term, whose end or renewal comes next.
    fn possible_until(&self, sub: &Subscription) -> Option<Timestamp> {
        let in_term = sub.ends_on().map(last_millisecond_of);
        let (window, term) = match self {
            // Only a renewal that is pending keeps anybody from it.
            Self::Rename(_) | Self::AssignReseller(_) => {
                (None, in_term.filter(|_| sub.auto_renew && sub.status == Status::Active))
            }
            Self::Decrease(total) => (takeable_until(sub, sub.quantity - total), in_term),
            Self::Cancel => (sub.cancellable_until, in_term),
            Self::ChangeBilling(billing) => {
                (change_billing::possible_until(sub, *billing), in_term)
            }
            Self::Increase(_)
            | Self::ChangeAddOns(_)
            | Self::Suspend
            | Self::Resume
            | Self::SetAutoRenew(_)
            | Self::Schedule(_)
            | Self::RemoveScheduled
            | Self::Transition
            | Self::Transfer => (None, in_term),
        };
        window.into_iter().chain(term).min()
    }

    /// What is scheduled takes effect with the next term.
    fn effective_at(&self, sub: &Subscription, change: &Change) -> Timestamp {
        match (self, sub.term) {
            (Self::Schedule(_), Some(term)) => term.over_at(),
            (Self::ChangeBilling(_), Some(_)) => sub
                .next_cycle()
                .map_or(change.effective_at, |next| start_of(next.billed_from(sub.term))),
            _ => change.effective_at,
        }
    }
}

impl Explanation {
    /// Returns what it comes to, with the add-ons; `None` where nothing happens, or it cannot be expressed.
    pub fn amount(&self) -> Option<Money> {
        let changes = self.change.iter().chain(&self.add_ons);
        let mut totals = changes.map(|change| change.total().ok());
        let first = totals.next()??;
        totals.try_fold(first, |sum, total| sum.checked_add(total?).ok())
    }

    /// Returns after how long the call should succeed, where waiting is all it takes (LCK-4).
    pub fn retry_after(&self) -> Option<SignedDuration> {
        let waits = self.reasons.iter().map(Rejection::retry_after);
        waits.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

impl Action {
    /// Returns the verb by which callers know it.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Cancel => "CancelSubscription",
            Self::ChangeQuantity | Self::ChangeAddOns => "ChangeQuantity",
            Self::Suspend => "SuspendSubscription",
            Self::Resume => "ResumeSubscription",
            Self::SetAutoRenew => "SetAutoRenew",
            Self::Schedule => "ScheduleChange",
            Self::RemoveScheduled => "RemoveScheduledChange",
            Self::Rename => "UpdateSubscription",
            Self::AssignReseller => "AssignReseller",
            Self::ChangeBilling => "ChangeBillingCycle",
            Self::Transition => "TransitionSubscription",
            Self::Transfer => "SubmitTransfer",
        }
    }

    /// Returns the verb with its service, as the contract names both.
    pub fn method(self) -> String {
        let service =
            if self == Self::Transfer { "TransferService" } else { "SubscriptionService" };
        format!("tenure.lifecycle.v1.{service}/{}", self.verb())
    }
}

#[cfg(test)]
mod tests;
