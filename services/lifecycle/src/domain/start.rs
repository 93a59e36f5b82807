//! A purchase starts. Who may buy what, and limits per customer, are decided before.

use jiff::Timestamp;
use vocab::calendar::{day_of, last_millisecond_of};
use vocab::{
    BillingCycle, ClockId, CustomerId, MoneyError, OrderId, OrderLineId, PartnerId, Promotion,
    Segment, SubscriptionId, TermLength,
};

use super::charge::charge;
use super::first_term::{Deal, FirstTerm};
use super::subscription::may_renew;
use super::term::can_be_billed;
use super::{
    Change, ChangeKind, Charge, ChargeKind, CoTerm, Occasion, OfferTerms, Rejection, SeatBatch,
    Status, StatusReason, Subscription,
};

/// One line of an order, as it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The id that the subscription gets.
    pub id: SubscriptionId,
    /// Who is to use it.
    pub customer: CustomerId,
    /// Who sells it.
    pub partner: PartnerId,
    /// The test clock on which the customer lives.
    pub clock: Option<ClockId>,
    /// The order.
    pub order: OrderId,
    /// The line of the order.
    pub order_line: OrderLineId,
    /// The instant at which the order was committed, in whole milliseconds (D-38).
    pub ordered_at: Timestamp,
    /// What people call it; the product's title when it is empty.
    pub friendly_name: String,
    /// What the offer said at that instant.
    pub offer: OfferTerms,
    /// The seats.
    pub quantity: i64,
    /// The promotion that lowers the price of `offer` in the first term (PRO-1). Order committed it,
    /// so it is not judged again (D-38).
    pub promotion: Option<Promotion>,
    /// The customer's segment, which later promotions may ask for (PRO-2).
    pub segment: Option<Segment>,
    /// The end that the first term shall have (TRM-8); its natural one when `None`.
    pub co_term: Option<CoTerm>,
    /// The reseller that is to own it (PAR-10).
    pub reseller: Option<PartnerId>,
}

/// Starts what was bought: term, window, first charge and first batch of seats, all counted from
/// the instant at which the order was committed.
///
/// # Errors
///
/// [`Rejection::QuantityInvalid`], [`Rejection::MinSeats`], [`Rejection::SeatLimit`],
/// [`Rejection::TrialSeats`] (TRI-1), [`Rejection::BillingNotOffered`] (TRM-4),
/// [`Rejection::AmountTooLarge`], and what the end that was asked for is refused for (TRM-8).
///
/// Source: D-38, D-39, TIM-3, TRM-1, TRM-5, TRM-6, TRM-8, CAN-1, BIL-3, BIL-4, PRO-1.
pub fn start(purchase: &Purchase, at: Occasion<'_>) -> Result<Change, Rejection> {
    check_seats(purchase, at)?;
    check_plan(purchase.offer.length, purchase.offer.billing, purchase)?;
    let first_term = purchase.deal().first_term(at)?;
    let mut next = unbilled(purchase, first_term, at);
    // What an evaluation puts off must be expressible too.
    next.price.checked_mul(purchase.quantity).map_err(|_| next.too_large(purchase.quantity))?;
    let (first, batch) =
        first_charge(ChargeKind::New, &next, purchase.ordered_at, purchase.ordered_at, at)
            .map_err(|_| next.too_large(purchase.quantity))?;
    next.batches = vec![batch];
    let before = Subscription { quantity: 0, ..next.clone() };
    let change = Change::new(ChangeKind::Started, &before, next, purchase.ordered_at, at);
    Ok(Change { charges: vec![first], ..change })
}

/// Charges the first cycle of a term, from the day on which the term is entered, and returns the seats as one batch whose window
/// counts from `anchor`.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
///
/// Source: BIL-3, BIL-9, SEA-11.
pub(super) fn first_charge(
    kind: ChargeKind,
    sub: &Subscription,
    anchor: Timestamp,
    effective_at: Timestamp,
    at: Occasion<'_>,
) -> Result<(Charge, SeatBatch), MoneyError> {
    let billed_from = sub.cycle.billed_from(sub.term);
    let first = charge(kind, sub, sub.quantity, billed_from, effective_at, at)?;
    let is_reducible = sub.cancellable_until.is_some() && !sub.product.kind.is_software();
    let batch = SeatBatch {
        quantity: sub.quantity,
        added_at: anchor,
        anchor,
        deadline: sub.policy.deadline(anchor).filter(|_| is_reducible),
        charged_per_seat: first.effective_unit_price,
        billed_from,
        charge: first.id,
        earlier: Vec::new(),
    };
    Ok((first, batch))
}

impl Purchase {
    fn deal(&self) -> Deal<'_> {
        Deal {
            customer: self.customer,
            partner: self.partner,
            offer: &self.offer,
            promotion: self.promotion.as_ref(),
            co_term: self.co_term,
            day: day_of(self.ordered_at),
        }
    }
}

fn unbilled(purchase: &Purchase, first: FirstTerm, at: Occasion<'_>) -> Subscription {
    let offer = &purchase.offer;
    let FirstTerm { price, evaluation_ends_on, term, cycle, .. } = first;
    let policy = at.policy.stamp(offer, purchase.ordered_at);
    let name = purchase.friendly_name.as_str();
    Subscription {
        id: purchase.id,
        customer: purchase.customer,
        partner: purchase.partner,
        clock: purchase.clock,
        order: purchase.order,
        order_line: purchase.order_line,
        ordered_at: purchase.ordered_at,
        friendly_name: if name.is_empty() { offer.product.title.clone() } else { name.to_owned() },
        product: offer.product.clone(),
        status: Status::Active,
        status_reason: StatusReason::Purchased,
        status_since: purchase.ordered_at,
        quantity: purchase.quantity,
        term,
        billing: offer.billing,
        price,
        tax_included: offer.tax_included,
        cycle,
        auto_renew: term.is_some() && may_renew(offer.product.kind, purchase.ordered_at),
        scheduled: None,
        // During an evaluation it can always be cancelled; afterwards its policy decides (D-39).
        cancellable_until: policy
            .deadline(purchase.ordered_at)
            .max(evaluation_ends_on.map(last_millisecond_of)),
        policy,
        anchor: purchase.ordered_at,
        windows_closed_through: purchase.ordered_at,
        batches: Vec::new(),
        update_count: 0,
        promotion: purchase.promotion.as_ref().map(|promotion| promotion.id.to_string()),
        segment: purchase.segment,
        evaluation_ends_on,
        rebilled: None,
        next_charge: None,
        base: None,
        split_from: None,
        transitioned_to: None,
        reseller: purchase.reseller,
        pending_transfer: None,
        moved_from: None,
        moved_to: None,
        version: 0,
    }
}

/// Refuses a number of seats that the offer is not sold with.
fn check_seats(purchase: &Purchase, at: Occasion<'_>) -> Result<(), Rejection> {
    let (product, quantity) = (&purchase.offer.product, purchase.quantity);
    let seats = at.policy.trial_seats;
    if product.is_trial && quantity != seats {
        return Err(Rejection::TrialSeats { quantity, seats });
    }
    product.check_seats(quantity)
}

fn check_plan(
    length: Option<TermLength>,
    billing: BillingCycle,
    purchase: &Purchase,
) -> Result<(), Rejection> {
    let fits = match length {
        Some(length) => {
            can_be_billed(length, billing) && !purchase.offer.product.kind.is_perpetual()
        }
        None => billing == BillingCycle::OneTime,
    };
    if fits { Ok(()) } else { Err(Rejection::BillingNotOffered { length, billing }) }
}

#[cfg(test)]
mod tests;
