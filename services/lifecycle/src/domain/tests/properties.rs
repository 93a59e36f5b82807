//! Properties of whole lives: random verbs and years.

use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::*;

/// Something that a caller, or nobody, does after a while.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Wait,
    Resize(i64),
    Suspend,
    Resume,
    AutoRenew(bool),
    Schedule(i64),
    ScheduleEnd(i32),
    Bill(BillingCycle),
    Cancel,
}

fn an_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Wait),
        4 => (1_i64..30).prop_map(Act::Resize),
        1 => Just(Act::Suspend),
        2 => Just(Act::Resume),
        2 => any::<bool>().prop_map(Act::AutoRenew),
        1 => (1_i64..30).prop_map(Act::Schedule),
        1 => (0_i32..48).prop_map(Act::ScheduleEnd),
        1 => prop::sample::select(vec![BillingCycle::Monthly, BillingCycle::Annual]).prop_map(Act::Bill),
        1 => Just(Act::Cancel),
    ]
}

pub(super) fn an_offer_to_live_with() -> impl Strategy<Value = OfferTerms> {
    let plans = vec![
        (ProductKind::LicenseBased, TermLength::OneMonth, BillingCycle::Monthly),
        (ProductKind::LicenseBased, TermLength::OneYear, BillingCycle::Monthly),
        (ProductKind::LicenseBased, TermLength::OneYear, BillingCycle::Annual),
        (ProductKind::LicenseBased, TermLength::ThreeYears, BillingCycle::Monthly),
        (ProductKind::SoftwareSubscription, TermLength::ThreeYears, BillingCycle::Annual),
        (ProductKind::IsvSaasLicense, TermLength::OneMonth, BillingCycle::Monthly),
    ];
    (prop::sample::select(plans), 0_i64..500_000).prop_map(|((kind, length, billing), minor)| {
        let offer = an_offer(kind, Some(length), billing, "0.00");
        // A publisher's service comes with a free evaluation (D-39).
        let includes_evaluation = kind == ProductKind::IsvSaasLicense;
        let price = Money::of_minor(minor, offer.price.currency);
        OfferTerms { price, includes_evaluation, ..offer }
    })
}

/// A world that sells `offer`, and its term by the month and by the year.
fn a_world_with_plans_of(offer: &OfferTerms) -> World {
    let plans = [BillingCycle::Monthly, BillingCycle::Annual].map(|billing| {
        let offer_id = OfferId(format!("{}-by-{billing}", offer.product.offer));
        let product = Product { offer: offer_id, ..offer.product.clone() };
        OfferTerms { product, billing, ..offer.clone() }
    });
    plans.iter().fold(World::new().selling(offer), World::selling)
}

/// The months until the end that a first term is given; its natural one where it cannot have that.
fn an_end() -> impl Strategy<Value = Option<i32>> {
    prop::option::of(0_i32..36)
}

/// The end of the month that comes `months` after that of `since`.
fn month_end(since: Timestamp, months: i32) -> CoTerm {
    let month = vocab::calendar::day_of(since).first_of_month();
    let end = month.checked_add(months.months()).unwrap().last_of_month();
    CoTerm { with: None, end: Some(end) }
}

fn bought(world: &World, offer: &OfferTerms, end: Option<i32>, at: &str) -> Change {
    let purchase = a_purchase(offer, 10, at);
    let co_term = end.map(|months| month_end(purchase.ordered_at, months));
    let aligned = Purchase { co_term, ..purchase.clone() };
    let started = start(&aligned, world.on(at)).or_else(|_| start(&purchase, world.on(at)));
    started.unwrap()
}

/// Does one act as a caller does: settled first; what is refused changes nothing.
fn act(world: &World, sub: &Subscription, act: &Act, at: Occasion<'_>) -> Vec<Change> {
    let mut changes = settle(sub, at).unwrap();
    let sub = changes.last().map_or_else(|| sub.clone(), |last| last.next.clone());
    let wanted = |quantity| ScheduledSet { quantity: Some(quantity), ..ScheduledSet::default() };
    let done = match act {
        Act::Wait => Ok(None),
        Act::Resize(total) => change_quantity(&sub, *total, at),
        Act::Suspend => suspend(&sub, at).map(Some),
        Act::Resume => resume(&sub, at).map(Some),
        Act::AutoRenew(is_on) => set_auto_renew(&sub, *is_on, at),
        Act::Schedule(quantity) => schedule(&sub, &wanted(*quantity), &world.prices, at),
        Act::ScheduleEnd(months) => {
            let co_term = Some(month_end(at.now, *months));
            let set = ScheduledSet { co_term, ..ScheduledSet::default() };
            schedule(&sub, &set, &world.prices, at)
        }
        Act::Bill(billing) => change_billing(&sub, *billing, &world.prices, at),
        Act::Cancel => cancel(&sub, true, at).map(Some),
    };
    changes.extend(done.ok().flatten());
    changes
}

/// Lives through `acts`, each after some hours; the worker rings before each, or is down.
pub(super) fn live(world: &World, first: Change, acts: &[(i64, bool, Act)]) -> Vec<Change> {
    let mut now = first.effective_at;
    let mut history = vec![first];
    for (hours, is_awake, what) in acts {
        now = now.checked_add(SignedDuration::from_hours(*hours)).unwrap();
        let sub = history.last().unwrap().next.clone();
        if *is_awake {
            history.extend(ring(&sub, &world.prices, world.at(now)).unwrap());
        }
        let sub = history.last().unwrap().next.clone();
        history.extend(act(world, &sub, what, world.at(now)));
    }
    history
}

pub(super) fn some_acts() -> impl Strategy<Value = Vec<(i64, bool, Act)>> {
    prop::collection::vec((0_i64..2_000, any::<bool>(), an_act()), 1..25)
}

/// What was charged and not credited, line by line; a credit beyond its line is a panic.
fn check_credits(history: &[Change]) {
    let lines: Vec<&Charge> = history.iter().flat_map(|change| &change.charges).collect();
    for line in &lines {
        assert_eq!(line.amount.minor, line.effective_unit_price.minor * line.quantity);
        let Some(credited) = line.credits else {
            assert!(0 <= line.amount.minor, "{line:?}");
            continue;
        };
        assert!(line.amount.minor <= 0, "{line:?}");
        let charged = lines.iter().find(|other| other.id == credited).unwrap();
        let credits = lines.iter().filter(|other| other.credits == Some(credited));
        let (amount, seats) = credits.fold((0, 0), |(amount, seats), other| {
            (amount + other.amount.minor, seats + other.quantity)
        });
        assert!(0 <= charged.amount.minor + amount, "{charged:?} credited {amount}");
        assert!(seats <= charged.quantity, "{charged:?} credited for {seats} seats");
    }
}

/// The seats of the batches are the seats of the subscription, as long as it is in use.
fn check_seats(sub: &Subscription) {
    assert_eq!(sub.batches.iter().map(|batch| batch.quantity).sum::<i64>(), sub.quantity);
    assert!(sub.batches.iter().all(|batch| 0 < batch.quantity));
}

proptest! {
    /// Time does something exactly when the alarm is due, and then the alarm lies in the future:
    /// no timer is forgotten, and none rings in vain for ever. (Invariant 4.)
    #[test]
    fn ren_1_alarm_and_rule_agree(
        offer in an_offer_to_live_with(),
        end in an_end(),
        acts in some_acts(),
        wait in 0_i64..40_000,
    ) {
        let world = a_world_with_plans_of(&offer);
        let first = bought(&world, &offer, end, "2027-01-31T13:00:00Z");
        let history = live(&world, first, &acts);
        let last = history.last().unwrap();
        let now = last.committed_at.checked_add(SignedDuration::from_hours(wait)).unwrap();
        let changes = ring(&last.next, &world.prices, world.at(now)).unwrap();
        prop_assert_eq!(!changes.is_empty(), last.alarm().is_some_and(|due| due <= now));
        let after = changes.last().map_or(last.alarm(), Change::alarm);
        prop_assert!(after.is_none_or(|due| now < due));
        prop_assert!(changes.windows(2).all(|pair| pair[0].effective_at <= pair[1].effective_at));
    }

    /// Whatever happens, no credit is below nothing or above what its line charged; seats and
    /// batches agree; versions have no gap.
    #[test]
    fn bil_11_credits_stay_within_what_was_charged(
        offer in an_offer_to_live_with(),
        end in an_end(),
        acts in some_acts(),
    ) {
        let world = a_world_with_plans_of(&offer);
        let first = bought(&world, &offer, end, "2027-01-31T13:00:00Z");
        let history = live(&world, first, &acts);
        check_credits(&history);
        for (index, change) in history.iter().enumerate() {
            check_seats(&change.next);
            prop_assert_eq!(change.next.version, i64::try_from(index).unwrap() + 1);
        }
    }

    /// Years slept through in one go end where years stepped day by day end: the same charges,
    /// periods and due instants. Only what counts from a completion differs. (Invariant 5.)
    #[test]
    fn d_30_late_is_dated_as_if_in_time(
        offer in an_offer_to_live_with(),
        end in an_end(),
        start_day in 0_i32..1_500,
        days in 1_i32..1_300,
    ) {
        let world = a_world_with_plans_of(&offer);
        let at = instant("2024-01-31T13:00:00Z").checked_add((24 * start_day).hours()).unwrap();
        let sub = bought(&world, &offer, end, &at.to_string()).next;
        let end = at.checked_add((24 * days).hours()).unwrap();

        let at_once = ring(&sub, &world.prices, world.at(end)).unwrap();
        let mut stepped: Vec<Change> = Vec::new();
        for day in 0..=days {
            let now = at.checked_add((24 * day).hours()).unwrap();
            let present = stepped.last().map_or(&sub, |last| &last.next).clone();
            stepped.extend(ring(&present, &world.prices, world.at(now)).unwrap());
        }

        let told = |changes: &[Change]| -> Vec<_> {
            changes
                .iter()
                .filter(|change| change.kind != ChangeKind::WindowClosed)
                .map(|change| (change.kind, change.effective_at, change.charges.iter().map(|line| {
                    (line.kind, line.amount.minor, line.period_start, line.period_end, line.effective_at)
                }).collect::<Vec<_>>()))
                .collect()
        };
        prop_assert_eq!(told(&at_once), told(&stepped));
        let last = |changes: &[Change]| {
            let sub = changes.last().map_or(&sub, |last| &last.next);
            (sub.status, sub.term, sub.cycle, sub.quantity, sub.auto_renew)
        };
        prop_assert_eq!(last(&at_once), last(&stepped));
    }
}
