//! Limits that span everything that a customer has, whoever sold it. What one subscription may do by
//! itself is in the verbs; the customer's lock, under which this is asked, is the caller's.

use std::collections::BTreeSet;

use vocab::{CustomerId, PartnerId, QuantityRuleKind, SkuId, SubscriptionId};

use super::{Occasion, Product, Subscription};
use total::Total;

mod held;
mod limit;
mod total;

pub use held::{Held, Holding, NOTHING_HELD};
pub use limit::Limit;

/// Something that a customer is to have.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// What.
    pub product: &'a Product,
    /// The seats.
    pub quantity: i64,
}

/// Who asks for what: the lines of one order, which start together or not at all.
#[derive(Debug, Clone, Copy)]
pub struct Basket<'a> {
    /// Who is to have it.
    pub customer: CustomerId,
    /// Who sells it.
    pub partner: PartnerId,
    /// The lines.
    pub lines: &'a [Wanted<'a>],
}

impl Product {
    /// Whether a purchase of it is judged by what else the customer has.
    pub fn is_limited(&self) -> bool {
        self.kind.is_licence_based() || self.restrictions.look_at_holdings()
    }
}

/// Returns what the customer's limits say against an order: for each line everything, the first
/// first. Of several lines that break a limit together those are refused that come after it was
/// reached; what an add-on needs may stand in any line.
///
/// Source: ORD-11, CAT-6, CAT-9, CAT-16, ENT-1, QTY-1..6, D-23, TRP-38.
pub fn judge(basket: Basket<'_>, at: Occasion<'_>) -> Vec<Vec<Limit>> {
    let look = Look { basket, held: at.held.of_customer(basket.customer), at };
    let lines = basket.lines.iter().enumerate();
    lines.map(|(index, line)| look.against(index, *line)).collect()
}

/// Returns everything that the customer's limits say against a new total of seats, or against what it
/// would become, the first first. Fewer seats than now of the same are never refused.
///
/// Source: CAT-6, CAT-9, CAT-16, QTY-1, QTY-2, D-25, UPG-17.
pub(super) fn against_next(
    sub: &Subscription,
    product: &Product,
    total: i64,
    at: Occasion<'_>,
) -> Vec<Limit> {
    let is_other = product.sku != sub.product.sku;
    if total <= sub.quantity && !is_other {
        return Vec::new();
    }
    let others: Vec<Holding> = at.held.without(sub);
    let lines = [Wanted { product, quantity: total }];
    let basket = Basket { customer: sub.customer, partner: sub.partner, lines: &lines };
    let look = Look { basket, held: &others, at };
    let wanted = Wanted { product, quantity: total };
    if !is_other {
        return [look.cap(0, wanted), look.rule(0, wanted)].into_iter().flatten().collect();
    }
    // It takes the place of what it was, so the tenant has no more than before.
    let found = look.against(0, wanted).into_iter();
    found.filter(|limit| !matches!(limit, Limit::Tenant { .. })).collect()
}

/// Returns everything that the customer's limits say against seats that leave a subscription, which is
/// then `left`, the first first: `wanted` is what a new one then has, or in all the existing one `into`.
///
/// Source: CAT-6, CAT-9, CAT-16, ENT-1, QTY-1, QTY-2, UPG-17, TRP-35.
pub(super) fn against_move(
    left: &Subscription,
    into: Option<SubscriptionId>,
    wanted: Wanted<'_>,
    at: Occasion<'_>,
) -> Vec<Limit> {
    let mut held = at.held.clone();
    held.count(left);
    let others = held.of_customer(left.customer).iter().filter(|held| Some(held.id) != into);
    let others: Vec<Holding> = others.cloned().collect();
    let basket = Basket { customer: left.customer, partner: left.partner, lines: &[wanted] };
    let look = Look { basket, held: &others, at };
    if into.is_none() {
        return look.against(0, wanted);
    }
    [look.cap(0, wanted), look.rule(0, wanted)].into_iter().flatten().collect()
}

/// Returns what the customer's base seats ask of `sub` and do not find any more, since they shrank; more
/// of them never make an add-on wrong that was right (TRP-40).
///
/// Source: D-25, QTY-1, QTY-2, QTY-6.
pub(super) fn compliance(sub: &Subscription, at: Occasion<'_>) -> Option<Limit> {
    if !sub.is_live() {
        return None;
    }
    let others = at.held.without(sub);
    let wanted = Wanted { product: &sub.product, quantity: sub.quantity };
    let lines = [wanted];
    let basket = Basket { customer: sub.customer, partner: sub.partner, lines: &lines };
    let broken = Look { basket, held: &others, at }.rule(0, wanted);
    broken.filter(|limit| !matches!(limit, Limit::TooFewAddOns { .. }))
}

/// What one basket is judged by.
struct Look<'a> {
    basket: Basket<'a>,
    held: &'a [Holding],
    at: Occasion<'a>,
}

impl Look<'_> {
    fn against(&self, index: usize, line: Wanted<'_>) -> Vec<Limit> {
        let base = self.prerequisite(index, line);
        // A base that is missing is told once.
        let rule = if base.is_none() { self.rule(index, line) } else { None };
        let found =
            [self.single(index, line), self.tenant(index, line), base, self.cap(index, line), rule];
        found.into_iter().flatten().collect()
    }

    /// A suspended one counts, and the way out is then another (TRP-42, SUS-8).
    ///
    /// Source: CAT-6.
    fn single(&self, index: usize, line: Wanted<'_>) -> Option<Limit> {
        let sku = &line.product.sku;
        if !line.product.restrictions.is_single_per_customer {
            return None;
        }
        let owned = || self.held.iter().filter(|held| held.sku == *sku);
        let named = |held: &Holding| Some(held.id).filter(|_| held.partner == self.basket.partner);
        let suspended = owned().find(|held| held.is_suspended());
        if let Some(held) = owned().find(|held| !held.is_suspended()) {
            return Some(Limit::OwnedAlready { sku: sku.clone(), own: named(held) });
        }
        if let Some(held) = suspended {
            return Some(Limit::SuspendedExists { sku: sku.clone(), own: named(held) });
        }
        let is_repeated = self.lines_before(index).any(|other| other.product.sku == *sku);
        is_repeated.then(|| Limit::OwnedAlready { sku: sku.clone(), own: None })
    }

    /// Source: ENT-1, D-23.
    fn tenant(&self, index: usize, line: Wanted<'_>) -> Option<Limit> {
        let limit = self.at.policy.subscription_limit;
        let held = self.held.iter().filter(|held| held.is_licence_based()).count();
        let ordered =
            self.lines_before(index).filter(|line| line.product.kind.is_licence_based()).count();
        let before = i64::try_from(held.saturating_add(ordered)).unwrap_or(i64::MAX);
        let is_over = line.product.kind.is_licence_based() && limit <= before;
        is_over.then_some(Limit::Tenant { limit })
    }

    /// Source: CAT-16, ADD-2, MKT-5.
    fn prerequisite(&self, index: usize, line: Wanted<'_>) -> Option<Limit> {
        let restrictions = &line.product.restrictions;
        let any_of = &restrictions.prerequisites;
        if any_of.is_empty() || 0 < self.bases(any_of, Some(index)).seats {
            return None;
        }
        let sku = line.product.sku.clone();
        Some(if restrictions.needs_base() {
            Limit::BaseMissing { sku, any_of: any_of.clone() }
        } else {
            Limit::PrerequisiteMissing { sku, any_of: any_of.clone() }
        })
    }

    /// Source: CAT-9.
    fn cap(&self, index: usize, line: Wanted<'_>) -> Option<Limit> {
        let product = line.product;
        let name = product.restrictions.seats_capped_as.as_deref()?;
        let limit = product.seat_maximum.filter(|_| !product.is_trial)?;
        // More than that in one subscription is told by its offer.
        if limit < line.quantity {
            return None;
        }
        let is_same = |held: &&Holding| {
            !held.is_trial && (held.capped_as.as_deref() == Some(name) || held.sku == product.sku)
        };
        let held = self.held.iter().filter(is_same).collect::<Total>();
        let ordered = self.lines_before(index).filter(|other| {
            let restrictions = &other.product.restrictions;
            !other.product.is_trial && restrictions.seats_capped_as.as_deref() == Some(name)
        });
        let before = held.and(ordered);
        (limit < before.seats.saturating_add(line.quantity)).then(|| Limit::CustomerSeats {
            name: name.to_owned(),
            quantity: line.quantity,
            limit,
            room: self.told(&before, limit.saturating_sub(before.seats).max(0)),
        })
    }

    /// Source: QTY-1, QTY-2, TRP-38, TRP-40, TRP-41.
    fn rule(&self, index: usize, line: Wanted<'_>) -> Option<Limit> {
        let rule = line.product.restrictions.quantity_rule.as_ref()?;
        let sku = line.product.sku.clone();
        let bases = self.bases(&rule.base, None);
        if bases.seats == 0 {
            return Some(Limit::BaseMissing { sku, any_of: rule.base.clone() });
        }
        let held = self.held.iter().filter(|held| held.sku == sku).collect::<Total>();
        let is_same = |other: &Wanted<'_>| other.product.sku == sku;
        match rule.kind {
            QuantityRuleKind::FivePercentOfBase => {
                let minimum = bases.seats.saturating_add(19) / 20;
                let ordered: Total = self.basket.lines.iter().copied().filter(is_same).collect();
                let known = held.seen_with(&bases);
                let missing = minimum.saturating_sub(held.seats);
                (held.seats.saturating_add(ordered.seats) < minimum).then(|| Limit::TooFewAddOns {
                    sku,
                    quantity: ordered.seats,
                    minimum: self.told(&known, missing),
                })
            }
            QuantityRuleKind::AtMostBase => {
                let before = held.and(self.lines_before(index).filter(is_same));
                let known = before.seen_with(&bases);
                let room = bases.seats.saturating_sub(before.seats).max(0);
                (room < line.quantity).then(|| Limit::TooManyAddOns {
                    sku,
                    quantity: line.quantity,
                    room: self.told(&known, room),
                })
            }
        }
    }

    /// Returns the base seats that count: those in use, whoever sold them, and those of all lines
    /// of the order but `except`.
    ///
    /// Source: QTY-3, QTY-4, QTY-5.
    fn bases(&self, skus: &BTreeSet<SkuId>, except: Option<usize>) -> Total {
        let policy = self.at.policy;
        let held = self.held.iter().filter(|held| {
            skus.contains(&held.sku)
                && (held.is_active() || held.is_suspended() && policy.suspended_bases_count)
                && (!held.is_trial || policy.trial_bases_count)
        });
        let lines = self.basket.lines.iter().enumerate();
        let ordered = lines.filter(|(index, line)| {
            Some(*index) != except
                && skus.contains(&line.product.sku)
                && (!line.product.is_trial || policy.trial_bases_count)
        });
        held.collect::<Total>().and(ordered.map(|(_, line)| *line))
    }

    fn lines_before(&self, index: usize) -> impl Iterator<Item = Wanted<'_>> {
        self.basket.lines.iter().take(index).copied()
    }

    /// Returns a number unless it rests on what other partners sold (QTY-6).
    fn told(&self, counted: &Total, number: i64) -> Option<i64> {
        let is_own = counted.sellers.iter().all(|seller| *seller == self.basket.partner);
        is_own.then_some(number)
    }
}

#[cfg(test)]
mod tests;
