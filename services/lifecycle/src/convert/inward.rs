//! Requests to what verbs take. Everything that is wrong is found in one pass.

use jiff::Timestamp;
use proto::Checked;
use proto::lifecycle as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::{BillingCycle, ClockId, CustomerId, OrderLineId, PartnerId};

use super::add_ons::add_on_wishes;
use super::purchase::co_term;
use crate::domain::{AddOnWish, CancelPurchases, ChargesOf, InvoiceId, ScheduledSet, Usage};

/// Reads the subscription that a request names, once all its fields were checked.
pub fn target<M: Checked>(message: &M, name: &str) -> Result<name::Subscription, Violations> {
    let mut fields = Fields::of(message);
    let target = fields.parse("name", name);
    fields.finish(target)
}

/// Reads a cancellation: which, and whether it is acknowledged.
pub fn cancel(
    request: &pb::CancelSubscriptionRequest,
) -> Result<(name::Subscription, bool), Violations> {
    Ok((target(request, &request.name)?, request.acknowledged))
}

/// Reads a label.
pub fn rename(
    request: &pb::UpdateSubscriptionRequest,
) -> Result<(name::Subscription, String), Violations> {
    Ok((target(request, &request.name)?, request.friendly_name.clone()))
}

/// Reads who is to own and manage it; `None` when nobody but its seller.
pub fn assign_reseller(
    request: &pb::AssignResellerRequest,
) -> Result<(name::Subscription, Option<PartnerId>), Violations> {
    let mut fields = Fields::of(request);
    let target = fields.parse("name", &request.name);
    let reseller = fields.parse_unless_empty::<name::Partner>("reseller", &request.reseller);
    fields.finish(target.map(|target| (target, reseller.map(|name| name.0))))
}

/// Reads what was used, and when.
pub fn usage(request: &pb::RecordUsageRequest) -> Result<(name::Subscription, Usage), Violations> {
    let mut fields = Fields::of(request);
    let target = fields.parse("name", &request.name);
    let amount = fields.required("amount", request.amount.as_ref());
    let amount = amount.and_then(|amount| fields.keep("amount", wire::amount(amount)));
    if amount.is_some_and(|amount| amount.minor <= 0) {
        fields.wrong("amount", "must be above 0");
    }
    let from = fields.required("start_date", request.start_date.as_ref());
    let from = from.and_then(|date| fields.keep("start_date", wire::civil(date)));
    let to = fields.required("end_date", request.end_date.as_ref());
    let to = to.and_then(|date| fields.keep("end_date", wire::civil(date)));
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        fields.wrong("end_date", "must not be before start_date");
    }
    let days = from.zip(to);
    let usage = amount.zip(days).map(|(amount, (from, to))| Usage {
        quantity: request.quantity,
        amount,
        from,
        to,
    });
    fields.finish(target.zip(usage))
}

/// Reads a new total of seats, and those of add-ons.
pub fn quantity(
    request: &pb::ChangeQuantityRequest,
) -> Result<(name::Subscription, (i64, Vec<AddOnWish>)), Violations> {
    let mut fields = Fields::of(request);
    let target = fields.parse("name", &request.name);
    let add_ons = add_on_wishes(&request.add_ons, &mut fields);
    fields.finish(target.map(|target| (target, (request.quantity, add_ons))))
}

/// Reads a billing cycle for the rest of the term.
pub fn billing(
    request: &pb::ChangeBillingCycleRequest,
) -> Result<(name::Subscription, BillingCycle), Violations> {
    let mut fields = Fields::of(request);
    let target = fields.parse("name", &request.name);
    let billing = fields.keep("billing_cycle", wire::read_billing_cycle(request.billing_cycle));
    fields.finish(target.zip(billing))
}

/// Reads a switch of auto-renew.
pub fn auto_renew(
    request: &pb::SetAutoRenewRequest,
) -> Result<(name::Subscription, bool), Violations> {
    let mut fields = Fields::of(request);
    let target = fields.parse("name", &request.name);
    let is_on = fields.required("auto_renew", request.auto_renew);
    fields.finish(target.zip(is_on))
}

/// Reads what the next renewal shall change.
pub fn schedule(
    request: &pb::ScheduleChangeRequest,
) -> Result<(name::Subscription, ScheduledSet), Violations> {
    let mut fields = Fields::of(request);
    let target = fields.parse("name", &request.name);
    let wanted = fields.required("scheduled_change", request.scheduled_change.as_ref());
    let customer = target.as_ref().map(|target: &name::Subscription| target.0);
    let set = wanted.map(|wanted| scheduled_set(wanted, customer, &mut fields));
    fields.finish(target.zip(set))
}

/// Reads a set of changes for a subscription of `customer`'s, which must change something.
pub(super) fn scheduled_set(
    wanted: &pb::ScheduledChange,
    customer: Option<CustomerId>,
    fields: &mut Fields,
) -> ScheduledSet {
    let offer = fields
        .parse_unless_empty::<name::Offer>("scheduled_change.offer", &wanted.offer)
        .map(|offer| offer.0);
    let quantity = if wanted.quantity == 0 { None } else { Some(wanted.quantity) };
    let end = (wanted.align_with.as_str(), wanted.end_date.as_ref());
    let co_term = co_term(end, customer, "scheduled_change", fields);
    let is_empty = wanted.align_with.is_empty() && wanted.end_date.is_none();
    if quantity.is_none() && wanted.offer.is_empty() && is_empty {
        fields.wrong(
            "scheduled_change",
            "changes nothing: set quantity, offer, align_with or end_date, or several",
        );
    }
    ScheduledSet { quantity, offer, co_term, path: None }
}

/// Reads whose lines a list shows: exactly one of parent and invoice.
pub fn charges(request: &pb::ListChargesRequest) -> Result<ChargesOf, Violations> {
    let mut fields = Fields::of(request);
    if request.parent.is_empty() == request.invoice.is_empty() {
        fields.wrong("parent", "or invoice must be set, and not both");
    }
    let of = if request.parent.is_empty() {
        let invoice = fields.parse_unless_empty::<name::Invoice>("invoice", &request.invoice);
        invoice.map(|name| ChargesOf::Invoice(InvoiceId(name.0)))
    } else if request.parent.contains("/subscriptions/") {
        fields
            .parse::<name::Subscription>("parent", &request.parent)
            .map(|name| ChargesOf::Subscription(name.0, name.1))
    } else {
        let customer = fields.parse::<name::Customer>("parent", &request.parent);
        customer.map(|name| ChargesOf::Customer(name.0))
    };
    fields.finish(of)
}

/// Reads the invoice that a request names.
pub fn invoice_id(request: &pb::GetInvoiceRequest) -> Result<InvoiceId, Violations> {
    let mut fields = Fields::of(request);
    let name = fields.parse::<name::Invoice>("name", &request.name);
    fields.finish(name.map(|name| InvoiceId(name.0)))
}

/// Reads the partner whose invoices are asked for.
pub fn invoices(request: &pb::ListInvoicesRequest) -> Result<PartnerId, Violations> {
    let mut fields = Fields::of(request);
    let partner = fields.parse::<name::Partner>("partner", &request.partner);
    fields.finish(partner.map(|name| name.0))
}

/// Reads what a new test clock shows first.
pub fn test_clock_start(request: &pb::CreateTestClockRequest) -> Result<Timestamp, Violations> {
    let mut fields = Fields::of(request);
    let now = fields.required("now", request.now.as_ref());
    let now = now.and_then(|now| fields.keep("now", wire::instant(now)));
    fields.finish(now)
}

/// Reads the test clock that a request names.
pub fn test_clock(request: &pb::GetTestClockRequest) -> Result<ClockId, Violations> {
    let mut fields = Fields::of(request);
    let clock = fields.parse::<name::TestClock>("name", &request.name);
    fields.finish(clock.map(|name| name.0))
}

/// Reads a move of a test clock.
pub fn test_clock_to(
    request: &pb::AdvanceTestClockRequest,
) -> Result<(ClockId, Timestamp), Violations> {
    let mut fields = Fields::of(request);
    let clock = fields.parse::<name::TestClock>("name", &request.name);
    let to = fields.required("to", request.to.as_ref());
    let to = to.and_then(|to| fields.keep("to", wire::instant(to)));
    fields.finish(clock.map(|name| name.0).zip(to))
}

/// Reads which purchases order wants cancelled.
pub fn cancel_purchases(
    request: &pb::CancelPurchasesRequest,
) -> Result<CancelPurchases, Violations> {
    let mut fields = Fields::of(request);
    let order = fields.parse::<name::Order>("order", &request.order);
    let partner = fields.parse::<name::Partner>("partner", &request.partner);
    let lines = request.lines.iter().map(|line| fields.parse::<OrderLineId>("lines", line));
    let lines: Option<_> = lines.collect();
    let names = order.zip(partner).zip(lines);
    let command = names.map(|((order, partner), lines)| CancelPurchases {
        customer: order.0,
        order: order.1,
        partner: partner.0,
        lines,
        is_acknowledged: request.acknowledged,
        actor: request.actor.clone(),
        is_admin_agent: request.admin_agent,
    });
    fields.finish(command)
}
