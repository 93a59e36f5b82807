//! Random chains of transitions: no seat is lost, and none appears.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::domain::{settle, step};

/// After so many hours, from one of the subscriptions, so many seats, to the SKU above or into another.
#[derive(Debug, Clone)]
struct Step {
    hours: i64,
    source: prop::sample::Index,
    quantity: prop::sample::Index,
    into: Option<prop::sample::Index>,
    is_monthly: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = (0_i64..24 * 60, index(), index(), prop::option::of(index()), any::<bool>());
    let step = step.prop_map(|(hours, source, quantity, into, is_monthly)| Step {
        hours,
        source,
        quantity,
        into,
        is_monthly,
    });
    prop::collection::vec(step, 1..12)
}

/// The suite that is `rank` steps above the lowest, in one of two plans.
fn suite(rank: usize, is_monthly: bool) -> OfferTerms {
    let like = if is_monthly { monthly_billed("0.00") } else { yearly("0.00") };
    of_sku(&format!("suite-{rank}"), &like, &format!("{}.07", 100 * (rank + 1)))
}

fn rank(sub: &Subscription) -> usize {
    sub.product.sku.as_str().trim_start_matches("suite-").parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Each seat is somewhere: what leaves one side arrives at the other, in its batches, charged to the
    /// day; nobody is credited more than was charged; whatever is left has its alarm ahead.
    #[test]
    fn upg_7_seats_are_conserved_over_any_chain(steps in steps(), seats in 1_i64..40) {
        let mut world = World::new();
        for rank in 0..14 {
            world = world.selling(&suite(rank, true)).selling(&suite(rank, false));
        }
        let first = world.buy(&suite(0, true), seats, BOUGHT);
        let second = Subscription {
            id: SubscriptionId(Uuid::from_u128(77)),
            ..world.buy(&suite(0, false), seats, BOUGHT)
        };
        let mut live: BTreeMap<SubscriptionId, Subscription> =
            [first, second].into_iter().map(|sub| (sub.id, sub)).collect();
        let mut now = instant(BOUGHT);
        for next in steps {
            now = now.checked_add(SignedDuration::from_hours(next.hours)).unwrap();
            let at = world.at(now);
            for sub in live.values_mut() {
                while let Some(change) = step(sub, &world.prices, at).unwrap() {
                    *sub = change.next;
                }
                prop_assert!(settle(sub, at).unwrap().is_empty());
            }
            let all: Vec<_> = live.values().cloned().collect();
            let source = &all[next.source.index(all.len())];
            let quantity = 1 + i64::try_from(next.quantity.index(usize::try_from(source.quantity).unwrap())).unwrap();
            let target = next.into.map(|into| &all[into.index(all.len())]);
            let target = target.filter(|target| target.id != source.id && rank(source) < rank(target));
            let offer = suite(rank(source) + 1, next.is_monthly);
            let to = target.map_or(Destination::New(&offer), Destination::Existing);
            let done = go(&world, source, to, quantity, &now.to_string());
            let Ok(done) = done else { continue };
            for credit in done.source.charges.iter().filter(|line| line.credits.is_some()) {
                prop_assert!(credit.amount.minor <= 0 && credit.effective_unit_price.minor <= 0);
                let paid = source.batches.iter().find(|it| Some(it.charge) == credit.credits).unwrap();
                prop_assert!(-credit.effective_unit_price.minor <= paid.charged_per_seat.minor);
            }
            for change in std::iter::once(done.source).chain(done.target) {
                let sub = change.next;
                prop_assert_eq!(sub.batches.iter().map(|it| it.quantity).sum::<i64>(), sub.quantity);
                prop_assert!(sub.alarm().is_none_or(|alarm| now < alarm));
                if sub.is_live() { live.insert(sub.id, sub); } else { live.remove(&sub.id); }
            }
            let total: i64 = live.values().map(|sub| sub.quantity).sum();
            prop_assert_eq!(total, 2 * seats);
        }
    }
}
