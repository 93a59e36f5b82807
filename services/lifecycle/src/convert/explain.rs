//! Questions about what can be done, and their answers.

use proto::common as pb_common;
use proto::lifecycle as pb;
use rpc::{Fields, Violations, name, wire};
use vocab::CustomerId;

use super::add_ons::{add_on_change, add_on_wishes};
use super::charge::change;
use super::inward::scheduled_set;
use super::purchase::refusal;
use super::subscription::scheduled;
use crate::domain::{Attempt, Explained, Explanation, Refusal, Wishes};

/// Reads a question: which subscription, and what the caller has in mind.
pub fn explain(
    request: &pb::ExplainActionsRequest,
) -> Result<(name::Subscription, Wishes), Violations> {
    let mut fields = Fields::of(request);
    let target = fields.parse("name", &request.name);
    let wanted = request.scheduled_change.as_ref();
    let customer = target.as_ref().map(|target: &name::Subscription| target.0);
    let scheduled = wanted.map(|wanted| scheduled_set(wanted, customer, &mut fields));
    let add_ons = add_on_wishes(&request.add_ons, &mut fields);
    let wishes = Wishes { quantity: request.quantity, scheduled, add_ons };
    fields.finish(target.map(|target| (target, wishes)))
}

/// Writes what can be done.
pub fn explained(explained: &Explained) -> pb::ExplainActionsResponse {
    let customer = explained.customer;
    let actions = explained.actions.iter();
    let actions = actions.map(|(action, lacks)| explanation(customer, action, lacks.as_ref()));
    pb::ExplainActionsResponse {
        now: Some(wire::timestamp(explained.now)),
        etag: explained.etag.clone(),
        actions: actions.collect(),
    }
}

/// A role that is missing comes first, as it does at the call; nothing would then be done.
fn explanation(
    customer: CustomerId,
    told: &Explanation,
    lacks: Option<&Refusal>,
) -> pb::ActionExplanation {
    let reasons = lacks.cloned().into_iter().chain(told.reasons.iter().map(Refusal::from));
    let reasons: Vec<_> = reasons.map(|reason| refusal(&reason)).collect();
    let done = told.change.as_ref().filter(|_| lacks.is_none());
    let (quantity, set) = match &told.attempt {
        Attempt::Increase(total) | Attempt::Decrease(total) => (*total, None),
        Attempt::Schedule(set) => (0, Some(scheduled(customer, set))),
        Attempt::Rename(_)
        | Attempt::AssignReseller(_)
        | Attempt::ChangeAddOns(_)
        | Attempt::Cancel
        | Attempt::Suspend
        | Attempt::Resume
        | Attempt::SetAutoRenew(_)
        | Attempt::RemoveScheduled
        | Attempt::ChangeBilling(_)
        | Attempt::Transition
        | Attempt::Transfer => (0, None),
    };
    let billing = if let Attempt::ChangeBilling(billing) = told.attempt {
        wire::billing_cycle(billing)
    } else {
        pb_common::BillingCycle::Unspecified
    };
    // Of some it is told whether there can be one, not what it would do.
    let is_any = told.attempt == Attempt::Transition
        || matches!(&told.attempt, Attempt::ChangeAddOns(wishes) if wishes.is_empty());
    let add_ons = if lacks.is_none() { told.add_ons.as_slice() } else { &[] };
    let is_something = done.is_some() || !add_ons.is_empty();
    pb::ActionExplanation {
        action: action(&told.attempt).into(),
        allowed: reasons.is_empty(),
        already: reasons.is_empty() && !is_something && !is_any,
        reasons,
        allowed_until: told.allowed_until.map(wire::timestamp),
        effective_time: told.effective_at.filter(|_| is_something).map(wire::timestamp),
        amount: told.amount().filter(|_| is_something).map(wire::money),
        change: done.map(|done| change(done, true)),
        counted: done.is_some() && told.is_counted,
        retry_after: told.retry_after().filter(|_| lacks.is_none()).map(wire::seconds),
        method: told.attempt.action().method(),
        quantity,
        scheduled_change: set,
        billing_cycle: billing.into(),
        add_on_changes: add_ons.iter().map(add_on_change).collect(),
    }
}

const fn action(attempt: &Attempt) -> pb::Action {
    match attempt {
        Attempt::Rename(_) => pb::Action::Rename,
        Attempt::AssignReseller(_) => pb::Action::AssignReseller,
        Attempt::Increase(_) => pb::Action::IncreaseQuantity,
        Attempt::Decrease(_) => pb::Action::DecreaseQuantity,
        Attempt::ChangeAddOns(_) => pb::Action::ChangeAddOns,
        Attempt::Cancel => pb::Action::Cancel,
        Attempt::Suspend => pb::Action::Suspend,
        Attempt::Resume => pb::Action::Resume,
        Attempt::SetAutoRenew(true) => pb::Action::AutoRenewOn,
        Attempt::SetAutoRenew(false) => pb::Action::AutoRenewOff,
        Attempt::Schedule(_) => pb::Action::ScheduleChange,
        Attempt::RemoveScheduled => pb::Action::RemoveScheduledChange,
        Attempt::ChangeBilling(_) => pb::Action::ChangeBillingCycle,
        Attempt::Transition => pb::Action::Transition,
        Attempt::Transfer => pb::Action::Transfer,
    }
}
