//! What callers do, done to the service.

use access::Caller;
use proto::common::Role;
use proto::lifecycle as pb;
use replay::Once;
use rpc::{name, wire};
use vocab::{BillingCycle, OfferId, SkuId};

use super::goods;
use super::plans::Plan;
use super::reference::{Act, End, Set};
use crate::convert;
use crate::domain::{CoTerm, Path, PathKind, ScheduledSet, Subscription};
use crate::error::Error;
use crate::tests::given::{PARTNER, RIVAL, somebody_of};
use crate::tests::house::{House, fresh, name_of};

/// A subscription as it was last seen; its name does not change.
#[derive(Debug, Clone)]
pub struct Known {
    pub sub: Subscription,
    pub plan: Plan,
}

/// An Admin agent of one of the two partners.
pub fn of_partner(partner: usize) -> Caller {
    somebody_of([PARTNER, RIVAL][partner], Role::AdminAgent)
}

/// Does something; the subscriptions that the answer shows.
pub async fn perform(
    house: &House,
    caller: &Caller,
    all: &[Known],
    index: usize,
    act: &Act,
) -> Result<Vec<Subscription>, Error> {
    let sub = &all[index].sub;
    let receipt = match act {
        Act::Resize(total) => house.change_quantity(caller, sub, *total).await,
        Act::Suspend => house.suspend(caller, sub).await,
        Act::Resume => house.resume(caller, sub).await,
        Act::AutoRenew(is_on) => house.set_auto_renew(caller, sub, *is_on).await,
        Act::Cancel => house.cancel(caller, &house.cancelling(sub)).await,
        Act::Rebill(every) => {
            let request = pb::ChangeBillingCycleRequest {
                name: name_of(sub),
                request_id: house.uuid().to_string(),
                billing_cycle: wire::billing_cycle(billed(*every)).into(),
                ..Default::default()
            };
            let (target, billing) = convert::billing(&request)?;
            let once = Once::new(&request, caller.key(), convert::receipt);
            house.app.change_billing(&once, caller, target, billing).await
        }
        Act::Schedule(set) => {
            let request = pb::ScheduleChangeRequest {
                name: name_of(sub),
                request_id: house.uuid().to_string(),
                ..Default::default()
            };
            let wanted = scheduled(&all[index].plan, set, all);
            let once = Once::new(&request, caller.key(), convert::receipt);
            let target = name::Subscription(sub.customer, sub.id);
            house.app.schedule_by(&once, caller, target, wanted).await
        }
        Act::Unschedule => {
            let request = pb::RemoveScheduledChangeRequest {
                name: name_of(sub),
                request_id: house.uuid().to_string(),
                ..Default::default()
            };
            let target = convert::target(&request, &request.name)?;
            let once = Once::new(&request, caller.key(), convert::receipt);
            house.app.remove_scheduled(&once, caller, target).await
        }
        Act::Become(to, seats) => {
            let offer = name::Offer(OfferId(to.offer.to_owned())).to_string();
            let to_new = pb::TransitionSubscriptionRequest { offer, ..Default::default() };
            return transition(house, caller, &all[index], to, (to_new, *seats)).await;
        }
        Act::Join(target, seats) => {
            let into = name_of(&all[*target].sub);
            let into = pb::TransitionSubscriptionRequest { into, ..Default::default() };
            let to = &all[*target].plan;
            return transition(house, caller, &all[index], to, (into, *seats)).await;
        }
        Act::GiveAway(others) => {
            let given = [index].into_iter().chain(others.iter().copied());
            return give_away(house, caller, given.map(|one| &all[one].sub).collect()).await;
        }
    };
    Ok(vec![fresh(receipt?).view.sub])
}

fn billed(every: i32) -> BillingCycle {
    let all = [BillingCycle::Monthly, BillingCycle::Annual, BillingCycle::Triennial];
    all.into_iter().find(|billing| billing.months() == Some(every)).unwrap()
}

fn scheduled(from: &Plan, set: &Set, all: &[Known]) -> ScheduledSet {
    let path = set.plan.filter(|plan| plan.sku != from.sku).and_then(|plan| way(from, &plan));
    ScheduledSet {
        quantity: set.seats,
        offer: set.plan.map(|plan| OfferId(plan.offer.to_owned())),
        co_term: set.end.map(|end| co_term(end, all)),
        path: path.map(Box::new),
    }
}

/// An end, as the service is asked for it.
pub fn co_term(end: End, all: &[Known]) -> CoTerm {
    match end {
        End::On(day) => CoTerm { with: None, end: Some(goods::date(day)) },
        End::With(index) => CoTerm { with: Some(all[index].sub.id), end: None },
    }
}

/// What the catalog says of the way from one plan to another.
fn way(from: &Plan, to: &Plan) -> Option<Path> {
    from.leads_to(to).then(|| Path {
        from: SkuId(from.sku.to_owned()),
        product: goods::offer(to).product,
        to: SkuId(to.sku.to_owned()),
        title: to.sku.to_owned(),
        kind: PathKind::Linear,
        refusal: None,
    })
}

async fn transition(
    house: &House,
    caller: &Caller,
    from: &Known,
    to: &Plan,
    (request, quantity): (pb::TransitionSubscriptionRequest, i64),
) -> Result<Vec<Subscription>, Error> {
    let (name, request_id) = (name_of(&from.sub), house.uuid().to_string());
    let request = pb::TransitionSubscriptionRequest { name, request_id, quantity, ..request };
    let (target, wish) = convert::transition(&request)?;
    let once = Once::new(&request, caller.key(), convert::transition_receipt);
    let path = way(&from.plan, to);
    let done = house.app.transition_by(&once, caller, target, (&wish, path.as_ref())).await?;
    let receipt = fresh(done);
    let target = receipt.target.map(|target| target.view.sub);
    Ok([receipt.source.view.sub].into_iter().chain(target).collect())
}

/// The other partner asks, and what it asks for is given.
async fn give_away(
    house: &House,
    caller: &Caller,
    given: Vec<&Subscription>,
) -> Result<Vec<Subscription>, Error> {
    let (source, customer) = (given[0].partner, given[0].customer);
    let (target, other) = if source == PARTNER { (RIVAL, 1) } else { (PARTNER, 0) };
    let other_partner = of_partner(other);
    let asking = pb::CreateTransferRequest {
        request_id: house.uuid().to_string(),
        customer: format!("customers/{customer}"),
        customer_email: "it@customer.example".to_owned(),
        source_partner: format!("partners/{source}"),
        ..Default::default()
    };
    let wanted = convert::create_transfer(&asking)?;
    let once = Once::new(&asking, other_partner.key(), convert::transfer);
    let whose = (target, given[0].clock);
    let request = fresh(house.app.note_transfer(&once, &other_partner, wanted, whose).await?);

    let request = pb::SubmitTransferRequest {
        name: name::Transfer(request.transfer.id).to_string(),
        request_id: house.uuid().to_string(),
        subscriptions: given.iter().map(|sub| name_of(sub)).collect(),
        ..Default::default()
    };
    let (transfer, subs) = convert::submit_transfer(&request)?;
    let once = Once::new(&request, caller.key(), convert::transfer_receipt);
    house.app.submit_transfer(&once, caller, transfer, subs).await?;
    let mut seen = vec![];
    for sub in given {
        seen.push(house.load(sub.id).await);
    }
    Ok(seen)
}
