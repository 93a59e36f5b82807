//! Which verbs count towards the limit of updates, and what happens to each at it.

use rstest::rstest;
use vocab::TransferId;

use super::*;

const BOUGHT: &str = "2026-01-10T15:00:00Z";

/// What happens to the subscription, to whatever it becomes and to whomever it goes.
fn done(
    world: &World,
    sub: &Subscription,
    attempt: &Attempt,
    at: Occasion<'_>,
) -> Result<Change, Rejection> {
    if *attempt == Attempt::Transfer {
        return submit(sub, TransferId(Uuid::from_u128(8)), at);
    }
    if *attempt != Attempt::Transition {
        return attempt.carry_out(sub, &world.prices, at).map(Option::unwrap);
    }
    let mut offer = OfferTerms { price: eur("720.00"), ..three_years().2 };
    offer.product.sku = SkuId("bigger".into());
    let path = Path {
        from: sub.product.sku.clone(),
        product: offer.product.id.clone(),
        to: offer.product.sku.clone(),
        title: offer.product.title.clone(),
        kind: PathKind::Linear,
        refusal: None,
    };
    let (to, path) = (Destination::New(&offer), Some(&path));
    let (quantity, transfers_licences) = (sub.quantity, true);
    let wanted = Transition { source: sub, to, path, quantity, transfers_licences };
    wanted.carry_out(&world.prices, at).map(|done| done.source)
}

fn fewer() -> ScheduledSet {
    ScheduledSet { quantity: Some(5), ..ScheduledSet::default() }
}

/// Three years of ten seats by the month, which could be by the year as well.
fn three_years() -> (World, Subscription, OfferTerms) {
    let by = |billing| {
        an_offer(ProductKind::LicenseBased, Some(TermLength::ThreeYears), billing, "360.00")
    };
    let (monthly, annual) = (by(BillingCycle::Monthly), by(BillingCycle::Annual));
    let world = World::new().selling(&monthly).selling(&annual);
    let sub = world.buy(&monthly, 10, BOUGHT);
    (world, Subscription { reseller: Some(PartnerId(Uuid::from_u128(31))), ..sub }, monthly)
}

#[rstest]
#[case::sea_7_more_seats(Attempt::Increase(11), true)]
#[case::sea_7_fewer_seats(Attempt::Decrease(9), true)]
#[case::sea_7_scheduling(Attempt::Schedule(fewer()), true)]
#[case::sea_7_the_billing_cycle(Attempt::ChangeBilling(BillingCycle::Annual), true)]
#[case::sea_7_cancel(Attempt::Cancel, false)]
#[case::sea_7_suspend(Attempt::Suspend, false)]
#[case::sea_7_resume(Attempt::Resume, false)]
#[case::sea_7_auto_renew(Attempt::SetAutoRenew(false), false)]
#[case::sea_7_labels(Attempt::Rename("Head office".to_owned()), false)]
#[case::sea_7_reseller(Attempt::AssignReseller(None), false)]
#[case::sea_7_transition(Attempt::Transition, true)]
#[case::sea_7_transfer(Attempt::Transfer, false)]
#[case::sea_7_removing_what_is_scheduled(Attempt::RemoveScheduled, false)]
fn counted(#[case] attempt: Attempt, #[case] counts: bool) {
    let (world, sub, _) = three_years();
    let at = world.on("2026-01-11T00:00:00Z");
    let sub = if attempt == Attempt::Resume {
        suspend(&sub, at).unwrap().next
    } else if attempt == Attempt::RemoveScheduled {
        schedule(&sub, &fewer(), &world.prices, at).unwrap().unwrap().next
    } else {
        sub
    };
    for update_count in [1_199, 1_200] {
        let sub = Subscription { update_count, ..sub.clone() };
        let outcome = done(&world, &sub, &attempt, at);
        if counts && update_count == 1_200 {
            let refused = outcome.unwrap_err();
            assert_eq!((refused.reason(), refused.rule()), ("UPDATE_LIMIT_1200", "SEA-7"));
            let advice = "buy a second subscription of the SKU and align its end date";
            assert!(refused.to_string().contains(advice), "{refused}");
        } else {
            let next = outcome.unwrap().next;
            assert_eq!(next.update_count, update_count + i64::from(counts), "{attempt:?}");
        }
    }
}
