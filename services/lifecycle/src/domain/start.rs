//! A purchase starts. Who may buy what, and limits per customer, are decided before.

use jiff::Timestamp;
use vocab::calendar::day_of;
use vocab::{
    BillingCycle, ClockId, CustomerId, MoneyError, OrderId, OrderLineId, PartnerId, SubscriptionId,
    TermLength,
};

use super::charge::charge;
use super::subscription::may_renew;
use super::term::can_be_billed;
use super::{
    Change, ChangeKind, Charge, ChargeKind, Cycle, Occasion, OfferTerms, Rejection, SeatBatch,
    Status, StatusReason, Subscription, Term,
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
    /// The promotion that lowered the price of `offer` (PRO-1).
    pub promotion: Option<String>,
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
/// [`Rejection::AmountTooLarge`].
///
/// Source: D-38, TIM-3, TRM-1, TRM-5, TRM-6, CAN-1, BIL-3, BIL-4.
pub fn start(purchase: &Purchase, at: Occasion<'_>) -> Result<Change, Rejection> {
    check_seats(purchase, at)?;
    check_plan(purchase.offer.length, purchase.offer.billing, purchase)?;
    let mut next = unbilled(purchase, at);
    let (first, batch) =
        first_charge(ChargeKind::New, &next, purchase.ordered_at, purchase.ordered_at, at)
            .map_err(|_| next.too_large(purchase.quantity))?;
    next.batches = vec![batch];
    let before = Subscription { quantity: 0, ..next.clone() };
    let change = Change::new(ChangeKind::Started, &before, next, purchase.ordered_at, at);
    Ok(Change { charges: vec![first], ..change })
}

/// Charges the first cycle of a term in full, and returns the seats as one batch whose window
/// counts from `anchor`.
///
/// # Errors
///
/// [`MoneyError::Overflow`].
///
/// Source: BIL-3, SEA-11.
pub(super) fn first_charge(
    kind: ChargeKind,
    sub: &Subscription,
    anchor: Timestamp,
    effective_at: Timestamp,
    at: Occasion<'_>,
) -> Result<(Charge, SeatBatch), MoneyError> {
    let first = charge(kind, sub, sub.quantity, sub.cycle.start, effective_at, at)?;
    let is_reducible = sub.cancellable_until.is_some() && !sub.product.kind.is_software();
    let batch = SeatBatch {
        quantity: sub.quantity,
        added_at: anchor,
        anchor,
        deadline: sub.cancellable_until.filter(|_| is_reducible),
        charged_per_seat: first.effective_unit_price,
        billed_from: sub.cycle.start,
        charge: first.id,
        earlier: Vec::new(),
    };
    Ok((first, batch))
}

fn unbilled(purchase: &Purchase, at: Occasion<'_>) -> Subscription {
    let offer = &purchase.offer;
    let day = day_of(purchase.ordered_at);
    let term = offer.length.map(|length| Term::starting(day, length, day.day()));
    let cycle = term.map_or(Cycle::once(day, offer.price), |term| {
        Cycle::at(1, &term, offer.billing, offer.price)
    });
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
        price: offer.price,
        tax_included: offer.tax_included,
        cycle,
        auto_renew: term.is_some() && may_renew(offer.product.kind, purchase.ordered_at),
        scheduled: None,
        cancellable_until: policy.deadline(purchase.ordered_at),
        policy,
        anchor: purchase.ordered_at,
        windows_closed_through: purchase.ordered_at,
        batches: Vec::new(),
        update_count: 0,
        promotion: purchase.promotion.clone(),
        reseller: purchase.reseller,
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
