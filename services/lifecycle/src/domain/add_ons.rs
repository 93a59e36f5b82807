//! Legacy add-ons, bought from their base: which it can have, and how many seats of each. How they share
//! the life of the base is in `follow`; add-ons of new commerce are bought like everything else.

use jiff::civil::Date;
use uuid::Uuid;
use vocab::calendar::day_of;
use vocab::{MoneyError, OfferId, OrderId, OrderLineId, SubscriptionId};

use super::objections::Objections;
use super::split::Split;
use super::start::first_charge;
use super::term::can_be_billed;
use super::{
    Action, Basket, Change, ChangeKind, ChargeKind, Occasion, OfferTerms, Prices, Product,
    Rejection, Status, StatusReason, Subscription, Term, Wanted, change_quantity, judge, lock,
    promotion,
};

mod offered;
mod refusal;

pub use offered::{AddOn, add_ons};
pub use refusal::NoAddOn;

const ACTION: Action = Action::ChangeAddOns;

/// How many seats of an add-on a base shall have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddOnWish {
    /// Which add-on, and by which plan.
    pub offer: OfferId,
    /// The new total.
    pub quantity: i64,
}

/// A base with the add-ons that it has, all as they are once what is due was done.
#[derive(Debug, Clone, Copy)]
pub struct Family<'a> {
    /// The base.
    pub base: &'a Subscription,
    /// Its add-ons: active or suspended.
    pub add_ons: &'a [Subscription],
}

/// Sets the seats of a base's add-ons, and buys those that it has not yet.
///
/// # Errors
///
/// [`Rejection::NotActive`], [`Rejection::AddOn`] (ADD-1), [`Rejection::TrialLocked`],
/// [`Rejection::RenewalPending`] (LCK-4); of each wish those of [`change_quantity()`], or
/// [`Rejection::OfferWithdrawn`], [`Rejection::MinSeats`], [`Rejection::SeatLimit`],
/// [`Rejection::Limit`] (ENT-1, QTY-1, QTY-2), [`Rejection::AmountTooLarge`].
///
/// Source: ADD-1, ADD-3.
pub fn set_add_ons(
    family: Family<'_>,
    wishes: &[AddOnWish],
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Vec<Change>, Rejection> {
    of_base(family.base, at).verdict()?;
    let mut held = at.held.clone();
    held.count(family.base);
    let mut changes = Vec::new();
    for wish in wishes {
        let one = set_one(family, wish, prices, Occasion { held: &held, ..at })?;
        held.count_all(one.as_ref().map(|change| &change.next));
        changes.extend(one);
    }
    Ok(changes)
}

/// Returns everything that speaks against setting add-ons, the first first; each wish is judged as if it
/// were the only one.
pub(super) fn objections(
    family: Family<'_>,
    wishes: &[AddOnWish],
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Vec<Rejection> {
    let mut found = of_base(family.base, at).all();
    for wish in wishes {
        let of_one = match (family.owned(wish), prices.terms_at(&wish.offer, at.now)) {
            (Some(owned), _) => change_quantity::objections(owned, wish.quantity, at).all(),
            (None, Some(offer)) => against(family, offer, wish.quantity, at).all(),
            (None, None) => vec![withdrawn(wish, at)],
        };
        found.extend(of_one);
    }
    let mut told: Vec<Rejection> = Vec::new();
    for no in found {
        if !told.contains(&no) {
            told.push(no);
        }
    }
    told
}

/// Returns what speaks against any add-on of `base`: it must be a legacy one, in use and paid for.
///
/// Source: ADD-1, T-38, LCK-4.
pub(super) fn of_base(base: &Subscription, at: Occasion<'_>) -> Objections {
    let mut no = Objections::of(ACTION, base);
    no.note(lock::needs_active(ACTION, base));
    no.note(lock::needs_term(ACTION, base));
    no.note(lock::no_trial(ACTION, base));
    no.note(if base.is_legacy_base() {
        Ok(())
    } else {
        Err::<_, Rejection>(NoAddOn::NotABase { sku: base.product.sku.clone() }.into())
    });
    no.note(lock::check(ACTION, base, at.now));
    no
}

/// Whether `product` is a legacy add-on of `base`.
///
/// Source: ADD-1.
pub(super) fn extends(product: &Product, base: &Product) -> bool {
    product.is_legacy_add_on() && product.restrictions.prerequisites.contains(&base.sku)
}

impl Family<'_> {
    /// Returns the add-on that a wish is about, where the base has it.
    fn owned(&self, wish: &AddOnWish) -> Option<&Subscription> {
        self.add_ons.iter().find(|owned| owned.product.offer == wish.offer)
    }
}

fn set_one(
    family: Family<'_>,
    wish: &AddOnWish,
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    if let Some(owned) = family.owned(wish) {
        return change_quantity(owned, wish.quantity, at);
    }
    let offer = prices.terms_at(&wish.offer, at.now).ok_or_else(|| withdrawn(wish, at))?;
    against(family, offer, wish.quantity, at).verdict()?;
    let next = unbilled(family.base, (offer, wish.quantity), prices, at);
    let too_large = next.too_large(wish.quantity);
    begin(next, at).map(Some).map_err(|_| too_large)
}

fn withdrawn(wish: &AddOnWish, at: Occasion<'_>) -> Rejection {
    Rejection::OfferWithdrawn { offer: wish.offer.clone(), at: at.now }
}

/// Returns what speaks against a purchase of `offer`, once nothing speaks against the base.
///
/// Source: ADD-1, ADD-3, MKT-5, CAT-10, ENT-1, QTY-1, QTY-2.
fn against(family: Family<'_>, offer: &OfferTerms, quantity: i64, at: Occasion<'_>) -> Objections {
    let mut no = of_base(family.base, at);
    no.note(fits(family, offer));
    no.note(offer.product.check_seats(quantity));
    if family.base.status != Status::Active {
        // A base that does not count follows from that.
        return no;
    }
    let mut held = at.held.clone();
    held.count(family.base);
    let at = Occasion { held: &held, ..at };
    let lines = [Wanted { product: &offer.product, quantity }];
    let (customer, partner) = (family.base.customer, family.base.partner);
    for limit in judge(Basket { customer, partner, lines: &lines }, at).into_iter().flatten() {
        no.note::<()>(Err(limit.into()));
    }
    no
}

/// Refuses what is no add-on of the base for this customer, or cannot end with it.
fn fits(family: Family<'_>, offer: &OfferTerms) -> Result<(), Rejection> {
    let (base, product) = (family.base, &offer.product);
    let id = || product.offer.clone();
    if !is_offered(base, offer) {
        return Err(NoAddOn::NotOfBase { offer: id(), sku: base.product.sku.clone() }.into());
    }
    if let Some(owned) = family.add_ons.iter().find(|owned| owned.product.sku == product.sku) {
        return Err(NoAddOn::OtherPlan { offer: id(), has: owned.product.offer.clone() }.into());
    }
    if offer.is_closed {
        return Err(NoAddOn::Closed { offer: id() }.into());
    }
    let (length, of_base) = (offer.length, base.term.map(|term| term.length));
    if length != of_base {
        return Err(NoAddOn::OtherTerm { offer: id(), length, of_base }.into());
    }
    match length {
        Some(length) if can_be_billed(length, offer.billing) => Ok(()),
        _ => Err(Rejection::BillingNotOffered { length, billing: offer.billing }),
    }
}

/// Whether `offer` is an add-on of `base` that its customer and partner may see.
///
/// Source: ADD-1, ADD-3, MKT-5, CAT-4, CAT-7.
pub(super) fn is_offered(base: &Subscription, offer: &OfferTerms) -> bool {
    let (product, market) = (&offer.product, base.product.market);
    let restrictions = &product.restrictions;
    extends(product, &base.product)
        && product.market == market
        && offer.price.currency == base.price.currency
        && restrictions.admits(base.partner)
        && !restrictions.unsupported_markets.contains(&market)
        && !restrictions.is_outside_csp
        && base.segment.is_none_or(|segment| offer.segments.contains(&segment))
}

/// Returns the add-on, not yet charged: it ends with its base, and has cycles of its own.
///
/// Source: ADD-1, BIL-9, TIM-5, CAN-1, PRO-2.
fn unbilled(
    base: &Subscription,
    (offer, quantity): (&OfferTerms, i64),
    prices: &dyn Prices,
    at: Occasion<'_>,
) -> Subscription {
    let today = day_of(at.now);
    let term = base.term.map(|term| ending_with(term, today));
    let promotion = promotion::best(offer, base.segment, at.now, prices);
    let price = promotion.map_or(offer.price, |promotion| promotion.price(offer.price));
    let cycle =
        term.map_or(base.cycle, |term| Split::of(&term, offer.billing, price).around(today));
    let policy = at.policy.stamp(offer, at.now);
    Subscription {
        id: SubscriptionId(at.ids.uuid()),
        base: Some(base.id),
        // Nobody ordered it.
        order: OrderId(Uuid::nil()),
        order_line: OrderLineId(Uuid::nil()),
        ordered_at: at.now,
        friendly_name: offer.product.title.clone(),
        product: offer.product.clone(),
        status: Status::Active,
        status_reason: StatusReason::Purchased,
        status_since: at.now,
        quantity,
        term,
        billing: offer.billing,
        price,
        tax_included: offer.tax_included,
        cycle,
        scheduled: None,
        cancellable_until: policy.deadline(at.now),
        policy,
        anchor: at.now,
        windows_closed_through: at.now,
        batches: Vec::new(),
        update_count: 0,
        promotion: promotion.map(|promotion| promotion.id.to_string()),
        evaluation_ends_on: None,
        next_charge: None,
        rebilled: None,
        split_from: None,
        transitioned_to: None,
        moved_from: None,
        moved_to: None,
        version: 0,
        ..base.clone()
    }
}

/// Returns the term of a base as one that was entered on a later day.
const fn ending_with(term: Term, today: Date) -> Term {
    Term::ending(term.end, term.length, term.anchor_day, today)
}

/// Charges the rest of the running cycle.
fn begin(mut next: Subscription, at: Occasion<'_>) -> Result<Change, MoneyError> {
    let (first, batch) = first_charge(ChargeKind::New, &next, at.now, at.now, at)?;
    next.batches = vec![batch];
    let before = Subscription { quantity: 0, ..next.clone() };
    let change = Change::new(ChangeKind::Started, &before, next, at.now, at);
    Ok(Change { charges: vec![first], ..change })
}

#[cfg(test)]
pub(in crate::domain) mod tests;
