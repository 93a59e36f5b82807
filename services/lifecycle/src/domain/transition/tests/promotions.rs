//! Which promotion an upgrade has: one that is in force at that new start, and never the source's.

use rstest::rstest;
use vocab::{Promotion, PromotionId, Segment};

use super::*;

/// A promotion of everybody's for the bigger suite, in force in the month of the upgrade.
fn spring(id: &str, percent: i64) -> Promotion {
    Promotion {
        id: PromotionId(id.into()),
        title: "Spring".into(),
        percent,
        skus: [SkuId("big".into())].into(),
        markets: [].into(),
        segments: [].into(),
        terms: [].into(),
        from: date("2026-03-01"),
        until: date("2026-03-31"),
    }
}

/// Each row: the promotions that there are, the customer's segment, and the one that the target then
/// has, with its price; what the source was bought with, is gone.
#[rstest]
#[case::pro_2_the_sources_own_ends(&[], None, None, "744.00")]
#[case::pro_2_in_force_at_the_upgrade(&[spring("spring", 10)], None, Some("spring"), "669.60")]
#[case::pro_2_the_largest_percentage(&[spring("a", 10), spring("b", 20)], None, Some("b"), "595.20")]
#[case::pro_2_its_last_day(
    &[Promotion { until: date("2026-03-20"), ..spring("spring", 10) }], None, Some("spring"), "669.60")]
#[case::pro_2_its_days_are_over(
    &[Promotion { until: date("2026-03-19"), ..spring("spring", 10) }], None, None, "744.00")]
#[case::pro_2_its_days_are_to_come(
    &[Promotion { from: date("2026-03-21"), ..spring("spring", 10) }], None, None, "744.00")]
#[case::pro_2_only_for_the_source(
    &[Promotion { skus: [SkuId("small".into())].into(), ..spring("spring", 10) }], None, None, "744.00")]
#[case::pro_2_the_customers_segment(
    &[Promotion { segments: [Segment::Education].into(), ..spring("spring", 10) }],
    Some(Segment::Education), Some("spring"), "669.60")]
#[case::pro_2_another_segment(
    &[Promotion { segments: [Segment::Education].into(), ..spring("spring", 10) }],
    Some(Segment::Commercial), None, "744.00")]
#[case::pro_2_another_term(
    &[Promotion { terms: [TermLength::ThreeYears].into(), ..spring("spring", 10) }], None, None, "744.00")]
fn the_promotion_of_an_upgrade(
    #[case] promotions: &[Promotion],
    #[case] segment: Option<Segment>,
    #[case] expected: Option<&str>,
    #[case] price: &str,
    #[values(10, 4)] quantity: i64,
) {
    let (world, small, big) = two_suites();
    let world = promotions.iter().fold(world, World::promoting);
    let bought = world.buy(&small, 10, BOUGHT);
    let source = Subscription { segment, promotion: Some("winter".into()), ..bought };
    let done = go(&world, &source, Destination::New(&big), quantity, LATER).unwrap();
    // All seats in place, or some as a child.
    let target = done.target.as_ref().unwrap_or(&done.source);
    assert_eq!(target.next.promotion.as_deref(), expected);
    assert_eq!(target.next.price, eur(price));
    let charged = target.charges.iter().find(|line| line.credits.is_none()).unwrap();
    assert_eq!(charged.promotion.as_deref(), expected);
    // What is credited was charged with the source's.
    let credit = done.source.charges.iter().find(|line| line.credits.is_some()).unwrap();
    assert_eq!(credit.promotion.as_deref(), Some("winter"));
}

/// An existing target started its term before: its price is locked, with its own promotion or none.
#[rstest]
#[case::pro_2_an_existing_target_keeps_its_own(Some("winter"))]
#[case::pro_2_an_existing_target_gains_none(None)]
fn the_promotion_of_an_existing_target(#[case] its_own: Option<&str>) {
    let (world, small, big) = two_suites();
    let world = world.promoting(&spring("spring", 10));
    let source = world.buy(&small, 10, BOUGHT);
    let bought = world.buy(&big, 5, BOUGHT);
    let target = Subscription {
        id: SubscriptionId(Uuid::from_u128(77)),
        promotion: its_own.map(str::to_owned),
        ..bought
    };
    let done = go(&world, &source, Destination::Existing(&target), 10, LATER).unwrap();
    let joined = done.target.unwrap();
    assert_eq!((joined.next.promotion.as_deref(), joined.next.price), (its_own, target.price));
    assert_eq!(joined.charges[0].promotion.as_deref(), its_own);
}
