//! What a subscription, or a perpetual purchase, is: one value, stored as one row. What may be done
//! to it is in the verbs.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use vocab::{
    BillingCycle, ClockId, CustomerId, Money, OfferId, OrderId, OrderLineId, PartnerId,
    ProductKind, Segment, SubscriptionId, TransferId,
};

use super::split::Split;
use super::{
    Cycle, Moved, NextCharge, Product, Rebilled, Rejection, ScheduledSet, SeatBatch, StampedPolicy,
    Term,
};

vocab::text_enum! {
    /// Where a subscription stands.
    Status {
        /// Ordered, and not started.
        Pending = "PENDING",
        /// In use.
        Active = "ACTIVE",
        /// Blocked, and still charged (SUS-1, SUS-2).
        Suspended = "SUSPENDED",
        /// Ended with its term.
        Expired = "EXPIRED",
        /// Taken back; it cannot be restored (CAN-4).
        Cancelled = "CANCELLED",
        /// Gone with all data (SUS-5).
        Deleted = "DELETED",
    }
}

vocab::text_enum! {
    /// Why a subscription stands where it stands.
    StatusReason {
        /// Its purchase started it.
        Purchased = "PURCHASED",
        /// The partner suspended it.
        SuspendedByPartner = "SUSPENDED_BY_PARTNER",
        /// The partner resumed it.
        ResumedByPartner = "RESUMED_BY_PARTNER",
        /// The partner cancelled it.
        CancelledByPartner = "CANCELLED_BY_PARTNER",
        /// A support request decided so (SUP-4).
        CancelledBySupport = "CANCELLED_BY_SUPPORT",
        /// Its term ended with auto-renew off (REN-3).
        AutoRenewOff = "AUTO_RENEW_OFF",
        /// Its term ended and its offer has no price any more (REN-6).
        OfferWithdrawn = "OFFER_WITHDRAWN",
        /// Its term ended while it was suspended (SUS-5).
        SuspendedAtTermEnd = "SUSPENDED_AT_TERM_END",
        /// It became another subscription (D-18).
        Transitioned = "TRANSITIONED",
        /// Its base became something of which it is no add-on (ADD-1).
        BaseTransitioned = "BASE_TRANSITIONED",
        /// It moved to another partner (TRF-7).
        Transferred = "TRANSFERRED",
    }
}

/// Orders from this instant on auto-renew by default and are listed as subscriptions (D-2,
/// TRP-16). Billing plans changed at another date.
const SOFTWARE_RENEWS_FROM: Timestamp = Timestamp::constant(1_634_169_600, 0);

/// A subscription, or a perpetual purchase, as one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Who uses it.
    pub customer: CustomerId,
    /// Who sells it.
    pub partner: PartnerId,
    /// The test clock on which the customer lives; `None` is real time.
    pub clock: Option<ClockId>,
    /// The order that bought it; nil when it came by a transfer, or is part of what did.
    pub order: OrderId,
    /// The line of that order; nil when it came by a transfer.
    pub order_line: OrderLineId,
    /// The instant at which the order was committed (D-38).
    pub ordered_at: Timestamp,
    /// What people call it.
    pub friendly_name: String,
    /// What was bought.
    pub product: Product,
    /// Where it stands.
    pub status: Status,
    /// Why.
    pub status_reason: StatusReason,
    /// Since when.
    pub status_since: Timestamp,
    /// The seats; 0 once it is cancelled.
    pub quantity: i64,
    /// The term; `None` for what was bought once (TRM-1).
    pub term: Option<Term>,
    /// How often it is charged.
    pub billing: BillingCycle,
    /// The price per seat for the whole term, locked when the term started (BIL-2), or paid once.
    pub price: Money,
    /// Whether the price includes tax (MKT-3).
    pub tax_included: bool,
    /// The charge cycle at hand; of what was bought once, the day of the purchase.
    pub cycle: Cycle,
    /// Whether the term renews at its end.
    pub auto_renew: bool,
    /// What the next renewal is to change (SCH-1).
    pub scheduled: Option<ScheduledSet>,
    /// The cancellation policy under which the term started (D-1).
    pub policy: StampedPolicy,
    /// From when the cancellation window counts: the purchase, or the renewal's completion (D-8).
    pub anchor: Timestamp,
    /// Until when it can be cancelled, inclusive; `None` is never in this term.
    pub cancellable_until: Option<Timestamp>,
    /// Windows that ended at or before this instant have left their Change.
    pub windows_closed_through: Timestamp,
    /// The seats by the instant at which they were added.
    pub batches: Vec<SeatBatch>,
    /// The counted updates (SEA-7).
    pub update_count: i64,
    /// The promotion that lowered this term's price (PRO-2).
    pub promotion: Option<String>,
    /// The customer's segment, as it was when it was bought, for promotions of later terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Segment>,
    /// The last day of the free evaluation before the first term, as long as that term lasts (D-39).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation_ends_on: Option<Date>,
    /// What the next charge changes (D-41).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_charge: Option<NextCharge>,
    /// Since when this term is charged at its present frequency, if that has changed (D-40).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebilled: Option<Rebilled>,
    /// The subscription of which it is a legacy add-on (ADD-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<SubscriptionId>,
    /// The subscription whose seats it was made of by a partial upgrade (UPG-11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<SubscriptionId>,
    /// The subscription that all its seats went to (D-18).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transitioned_to: Option<SubscriptionId>,
    /// The reseller that owns and manages it (PAR-10).
    pub reseller: Option<PartnerId>,
    /// The transfer by which another partner is to have it; nothing else is done to it until then
    /// (TRF-7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_transfer: Option<TransferId>,
    /// Where it came from, if not from an order (TRF-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<Moved>,
    /// Where it went (TRF-7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<Moved>,
    /// Goes up by one with every change.
    pub version: i64,
}

impl Subscription {
    /// Whether it can still change: pending, active or suspended.
    pub const fn is_live(&self) -> bool {
        matches!(self.status, Status::Pending | Status::Active | Status::Suspended)
    }

    /// Whether it is to be renewed and its term is over: from 00:00Z after the inclusive end until
    /// the renewal completes.
    ///
    /// Source: D-12, LCK-6.
    pub fn is_renewal_pending(&self, now: Timestamp) -> bool {
        self.status == Status::Active
            && self.auto_renew
            && self.term.is_some_and(|term| term.over_at() <= now)
    }

    /// Whether its free evaluation runs, so that nothing was paid for yet.
    ///
    /// Source: D-39.
    pub const fn is_in_evaluation(&self) -> bool {
        self.cycle.index == 0
    }

    /// Returns the inclusive end of the term, or of an evaluation that no term follows (D-39).
    pub fn ends_on(&self) -> Option<Date> {
        let of_evaluation = self.evaluation_ends_on.filter(|_| self.is_in_evaluation());
        of_evaluation.filter(|_| !self.auto_renew).or(self.term.map(|term| term.end))
    }

    /// Returns why a sum over `quantity` seats was refused.
    pub(super) const fn too_large(&self, quantity: i64) -> Rejection {
        Rejection::AmountTooLarge { quantity, price: self.cycle.unit_price }
    }

    /// Returns the offer that the renewal asks for first: what is scheduled, or the plain one.
    pub(super) fn renewal_offer(&self) -> &OfferId {
        let scheduled = self.scheduled.as_ref().and_then(|set| set.offer.as_ref());
        scheduled.unwrap_or(self.plain_renewal_offer())
    }

    /// Returns the offers whose terms a renewal may ask for.
    pub fn renewal_offers(&self) -> impl Iterator<Item = &OfferId> {
        [self.renewal_offer(), self.plain_renewal_offer()].into_iter()
    }

    /// Returns the offer that it renews into when nothing is scheduled: its own, or what a trial
    /// becomes (REN-4, REN-5).
    pub(super) fn plain_renewal_offer(&self) -> &OfferId {
        self.product.converts_to.as_ref().unwrap_or(&self.product.offer)
    }

    /// Returns the charge cycle that follows in this term, or begins it after an evaluation; `None`
    /// in the last one.
    ///
    /// Source: BIL-4, BIL-9, D-39, D-40.
    pub fn next_cycle(&self) -> Option<Cycle> {
        let (term, split) = self.term.zip(self.split())?;
        if self.is_in_evaluation() {
            return Some(split.around(term.start));
        }
        split.after(&self.cycle)
    }

    /// Returns it in its next cycle, with what the next charge changes; `None` in the last one.
    ///
    /// Source: D-40, D-41.
    pub(super) fn in_next_cycle(&self) -> Option<Self> {
        let (cycle, split) = self.next_cycle().zip(self.split())?;
        let Some(NextCharge { billing, offer }) = self.next_charge.clone() else {
            return Some(Self { cycle, ..self.clone() });
        };
        let rebilled = Rebilled { since: cycle.start, left: split.left_before(cycle.index) };
        let product = Product { offer, ..self.product.clone() };
        let (rebilled, next_charge) = (Some(rebilled), None);
        let next = Self { product, billing, next_charge, rebilled, ..self.clone() };
        let cycle = next.split()?.around(cycle.billed_from(self.term));
        Some(Self { cycle, ..next })
    }

    /// Returns the day on which the next cycle begins, and the cycles that then follow in this term,
    /// with what the next charge changes; `None` in the last one.
    pub fn cycles_ahead(&self) -> Option<(Date, Vec<Cycle>)> {
        let next = self.in_next_cycle()?;
        let split = next.split()?;
        let cycles = std::iter::successors(Some(next.cycle), |cycle| split.after(cycle));
        Some((next.cycle.billed_from(next.term), cycles.collect()))
    }

    /// Returns the cycles over which the term's price, or what was left of it, is split.
    pub(super) fn split(&self) -> Option<Split> {
        let term = self.term?;
        Some(match self.rebilled {
            Some(rebilled) => Split::since(&term, self.billing, self.price, rebilled),
            None => Split::of(&term, self.billing, self.price),
        })
    }

    /// Returns it after its end: nothing renews and nothing can be taken back.
    pub(super) fn ended(&self, status: Status, reason: StatusReason, since: Timestamp) -> Self {
        Self {
            status,
            status_reason: reason,
            status_since: since,
            auto_renew: false,
            cancellable_until: None,
            next_charge: None,
            ..self.clone()
        }
    }

    /// Returns how many cycles its full term, or what was left of it, is charged in; 1 for what has no
    /// term.
    ///
    /// Source: BIL-4, D-40.
    pub fn cycle_count(&self) -> i32 {
        self.split().map_or(1, |split| split.count())
    }

    /// Whether what the customer has besides says how it is seen: what its next term will be, or
    /// whether there are base seats enough for it (D-25).
    pub fn is_seen_with_others(&self) -> bool {
        let restrictions = &self.product.restrictions;
        let has_rule = restrictions.quantity_rule.is_some();
        let of_next_term = |set: &ScheduledSet| {
            restrictions.look_at_holdings() || set.co_term.is_some_and(|it| it.with.is_some())
        };
        self.is_live() && (has_rule || self.scheduled.as_ref().is_some_and(of_next_term))
    }

    /// Whether it can have legacy add-ons, which then share its life.
    ///
    /// Source: ADD-1.
    pub fn is_legacy_base(&self) -> bool {
        self.product.kind == ProductKind::LicenseLegacy && !self.product.is_legacy_add_on()
    }

    /// Returns the text that changes with every change of it.
    pub fn etag(&self) -> String {
        format!("v{}", self.version)
    }

    /// Whether get-subscriptions lists it; orders list all.
    ///
    /// Source: TRM-7, D-2.
    pub fn is_listed_as_subscription(&self) -> bool {
        self.term.is_some() && may_renew(self.product.kind, self.ordered_at)
    }
}

/// Whether what was ordered at `ordered_at` renews by default and its auto-renew can be switched.
///
/// Source: TRM-5, TRM-6, D-2, REN-3.
pub(super) fn may_renew(kind: ProductKind, ordered_at: Timestamp) -> bool {
    !kind.is_perpetual()
        && (kind != ProductKind::SoftwareSubscription || SOFTWARE_RENEWS_FROM <= ordered_at)
}

#[cfg(test)]
mod tests;
