//! What customers have, as far as limits look at it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use vocab::calendar::{day_after, day_of};
use vocab::{CustomerId, PartnerId, ProductKind, SkuId, SubscriptionId};

use crate::domain::{Status, Subscription, Term};

/// One thing that a customer has: pending, active or suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its id.
    pub id: SubscriptionId,
    /// Who sold it.
    pub partner: PartnerId,
    /// What it is.
    pub sku: SkuId,
    /// The name under which its seats are capped (CAT-9).
    pub capped_as: Option<String>,
    /// Its kind.
    pub kind: ProductKind,
    /// Whether it is a trial.
    pub is_trial: bool,
    /// Where it stands.
    pub status: Status,
    /// Its seats.
    pub quantity: i64,
    /// The term with whose end others can end (TRM-8).
    pub term: Option<Term>,
    /// Whether another term follows.
    pub renews: bool,
    /// The first day of its first term, or of what it was before.
    pub since: Date,
}

/// What customers have, whoever sold it. Source: QTY-6.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held(BTreeMap<CustomerId, Vec<Holding>>);

/// Nobody has anything.
pub static NOTHING_HELD: Held = Held(BTreeMap::new());

impl Held {
    /// Counts a subscription as it is, in place of what it was; one that is over counts no more.
    ///
    /// Source: QTY-6.
    pub fn count(&mut self, sub: &Subscription) {
        let of_customer = self.0.entry(sub.customer).or_default();
        of_customer.retain(|held| held.id != sub.id);
        of_customer.extend(sub.is_live().then(|| Holding::of(sub)));
    }

    /// Counts several, as [`count`](Self::count).
    pub fn count_all<'a>(&mut self, subs: impl IntoIterator<Item = &'a Subscription>) {
        for sub in subs {
            self.count(sub);
        }
    }

    pub(in crate::domain) fn of_customer(&self, customer: CustomerId) -> &[Holding] {
        self.0.get(&customer).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns what a customer has of one partner.
    pub(in crate::domain) fn sold_by(
        &self,
        partner: PartnerId,
        customer: CustomerId,
    ) -> Vec<Holding> {
        let all = self.of_customer(customer).iter();
        all.filter(|held| held.partner == partner).cloned().collect()
    }

    /// Returns what the customer of `sub` has besides it.
    pub(super) fn without(&self, sub: &Subscription) -> Vec<Holding> {
        let all = self.of_customer(sub.customer).iter();
        all.filter(|held| held.id != sub.id).cloned().collect()
    }
}

impl Holding {
    fn of(sub: &Subscription) -> Self {
        Self {
            id: sub.id,
            partner: sub.partner,
            sku: sub.product.sku.clone(),
            capped_as: sub.product.restrictions.seats_capped_as.clone(),
            kind: sub.product.kind,
            is_trial: sub.product.is_trial,
            status: sub.status,
            quantity: sub.quantity,
            term: sub.term,
            renews: sub.auto_renew,
            since: sub.evaluation_ends_on.map_or(day_of(sub.ordered_at), day_after),
        }
    }

    pub(in crate::domain) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.status == Status::Suspended
    }

    /// Whether it counts against the tenant's limit; trials do.
    ///
    /// Source: D-23.
    pub(super) const fn is_licence_based(&self) -> bool {
        self.kind.is_licence_based()
    }
}
