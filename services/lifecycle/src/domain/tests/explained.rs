//! Properties of explanations: whatever is said before is what the verb then does.

use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;
use vocab::TransferId;

use super::properties::{an_offer_to_live_with, live, some_acts};
use super::*;

/// Also what cannot be resized, renewed or cancelled.
fn any_offer() -> impl Strategy<Value = OfferTerms> {
    let year = Some(TermLength::OneYear);
    let others = vec![
        perpetual("250.00"),
        a_trial_of(&yearly("120.00")),
        an_offer(ProductKind::LinuxPlan, year, BillingCycle::Annual, "77.00"),
        an_offer(ProductKind::Esu, year, BillingCycle::Monthly, "77.00"),
    ];
    prop_oneof![3 => an_offer_to_live_with(), 1 => prop::sample::select(others)]
}

/// The same with a limit of seats: 30 here, and over all that the customer has.
fn with_limits() -> impl Strategy<Value = OfferTerms> {
    (any_offer(), any::<bool>(), 1_i64..4).prop_map(|(offer, is_capped, seat_minimum)| {
        if !is_capped || offer.product.is_trial {
            return offer;
        }
        let mut product = Product { seat_minimum, seat_maximum: Some(30), ..offer.product };
        product.restrictions.seats_capped_as = Some("suite".to_owned());
        OfferTerms { product, ..offer }
    })
}

/// The instants at which something about `sub` ends or begins, none before `from`.
fn edges(sub: &Subscription, from: Timestamp) -> Vec<Timestamp> {
    let deadlines = sub.batches.iter().filter_map(|batch| batch.deadline);
    let cycle = sub.next_cycle().map(|cycle| vocab::calendar::start_of(cycle.start));
    let over = sub.term.map(|term| term.over_at());
    let begins = over.and_then(|over| over.checked_add(1.minute()).ok());
    let three_days_late =
        over.and_then(|over| over.checked_add(SignedDuration::from_hours(72)).ok());
    let edges = deadlines.chain(sub.cancellable_until).chain(cycle).chain(over).chain(begins);
    let edges = edges.chain(three_days_late).chain([from]);
    let around = edges.flat_map(|edge| [just_before(edge), edge, just_after(edge)]);
    around.filter(|edge| from <= *edge).collect()
}

/// Does what was explained, by the verb's own door.
fn do_it(
    world: &World,
    sub: &Subscription,
    attempt: &Attempt,
    at: Occasion<'_>,
) -> Result<Option<Change>, Rejection> {
    let sub = &settle(sub, at).unwrap().pop().map_or_else(|| sub.clone(), |last| last.next);
    match attempt {
        Attempt::Rename(label) => rename(sub, label, at),
        Attempt::AssignReseller(reseller) => assign_reseller(sub, *reseller, at),
        Attempt::Increase(total) | Attempt::Decrease(total) => change_quantity(sub, *total, at),
        Attempt::Cancel => cancel(sub, true, at).map(Some),
        Attempt::Suspend => suspend(sub, at).map(Some),
        Attempt::Resume => resume(sub, at).map(Some),
        Attempt::SetAutoRenew(is_on) => set_auto_renew(sub, *is_on, at),
        Attempt::Schedule(set) => schedule(sub, set, &world.prices, at),
        Attempt::Transition | Attempt::ChangeAddOns(_) => attempt.carry_out(sub, &world.prices, at),
        Attempt::RemoveScheduled => remove_scheduled(sub, at),
        Attempt::ChangeBilling(billing) => change_billing(sub, *billing, &world.prices, at),
        Attempt::Transfer => give_away(sub, at).map(Some),
    }
}

/// What giving `sub` away ends with, once it has moved.
fn give_away(sub: &Subscription, at: Occasion<'_>) -> Result<Change, Rejection> {
    let transfer = TransferId(Uuid::from_u128(8));
    let given = submit(sub, transfer, at)?.next;
    let to = Handover {
        transfer,
        partner: PartnerId(Uuid::from_u128(33)),
        subscription: SubscriptionId(Uuid::from_u128(9)),
        submitted_at: at.now,
    };
    Ok(hand_over(&given, to, at).unwrap().ended)
}

/// A change without the ids that differ from call to call.
fn shape(change: &Change) -> impl PartialEq + std::fmt::Debug {
    let lines: Vec<_> = change
        .charges
        .iter()
        .map(|line| {
            (line.kind, line.quantity, line.amount, line.period_start, line.credits.is_some())
        })
        .collect();
    let next = &change.next;
    (
        (change.kind, change.effective_at, lines, change.warnings.clone()),
        (next.status, next.quantity, next.auto_renew, next.scheduled.clone(), next.update_count),
    )
}

/// Nothing, the end of a month or another day, or the end of what the customer has or has not.
fn some_end() -> impl Strategy<Value = Option<CoTerm>> {
    let day = (0_i32..80, any::<bool>()).prop_map(|(months, is_last)| {
        let day = date("2027-01-15").checked_add(months.months()).unwrap();
        CoTerm { with: None, end: Some(if is_last { day.last_of_month() } else { day }) }
    });
    let with = prop::sample::select(vec![1_u128, 9, 77])
        .prop_map(|id| CoTerm { with: Some(SubscriptionId(Uuid::from_u128(id))), end: None });
    prop::option::of(prop_oneof![day, with])
}

fn some_wishes() -> impl Strategy<Value = Wishes> {
    let set = (prop::option::of(0_i64..40), any::<bool>(), some_end());
    let set = set.prop_map(|(quantity, is_unknown, co_term)| {
        let offer = is_unknown.then(|| OfferId("nobody sells it".into()));
        ScheduledSet { quantity, offer, co_term, ..ScheduledSet::default() }
    });
    let wishes = (prop::option::of(0_i64..40), prop::option::of(set));
    wishes.prop_map(|(quantity, scheduled)| Wishes { quantity, scheduled, ..Wishes::default() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Allowed or not, the first reason, the change and its money, the deadline to the millisecond:
    /// for every action, in random states, at the edges of everything.
    #[test]
    fn sea_5_whatever_is_explained_is_what_the_verb_then_does(
        offer in with_limits(),
        acts in some_acts(),
        update_count in prop::sample::select(vec![0_i64, 1_199, 1_200]),
        wishes in some_wishes(),
        pick in any::<prop::sample::Index>(),
        others in 0_i64..30,
    ) {
        let mut world = World::new().selling(&offer).selling(&yearly("120.00"));
        let seats = if offer.product.is_trial { 25 } else { 10 };
        let first = world.try_buy(&offer, seats, "2027-01-31T13:00:00Z").unwrap();
        let another = SubscriptionId(Uuid::from_u128(9));
        world.held.count(&Subscription { id: another, quantity: others, ..first.next.clone() });
        let last = live(&world, first, &acts).pop().unwrap();
        let sub = Subscription { update_count, ..last.next };
        let edges = edges(&sub, last.committed_at);
        let now = edges[pick.index(edges.len())];
        let at = world.at(now);
        let settled = world.settled(&sub, now);
        let explained = explain(alone(&settled), &wishes, &world.prices, at);
        prop_assert_eq!(explained.len(), Action::ALL.len() + 2);
        for told in explained {
            let done = do_it(&world, &sub, &told.attempt, at);
            prop_assert_eq!(told.reasons.first(), done.as_ref().err(), "{:?}", told);
            let done = done.ok().flatten();
            prop_assert_eq!(told.change.as_ref().map(shape), done.as_ref().map(shape));
            let counts = done.is_some_and(|done| settled.update_count < done.next.update_count);
            prop_assert_eq!(told.is_counted, counts);
            let again = told.reasons.iter().enumerate();
            prop_assert!(again.clone().all(|(n, no)| !told.reasons[..n].contains(no)), "{:?}", told);
            let Some(until) = told.allowed_until else { continue };
            if told.reasons.is_empty() {
                prop_assert!(now <= until, "{:?}", told);
                prop_assert!(do_it(&world, &sub, &told.attempt, world.at(until)).is_ok(), "{:?}", told);
                let late = world.at(just_after(until));
                prop_assert!(do_it(&world, &sub, &told.attempt, late).is_err(), "{:?}", told);
            } else {
                prop_assert!(until < now, "{:?}", told);
            }
        }
    }
}
