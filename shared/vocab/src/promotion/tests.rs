//! What promotions lower, and for whom.

use rstest::rstest;

use super::*;
use crate::{BillingCycle, BillingType, Category, Cloud, Fulfilment, ProductKind, PublisherType};
use crate::{OfferId, ProductId, Restrictions};

fn an_offer() -> Offer {
    Offer {
        id: OfferId("suite-p1y-annual-de".to_owned()),
        product: ProductId("suites".to_owned()),
        sku: SkuId("suite".to_owned()),
        title: "Suite".to_owned(),
        kind: ProductKind::LicenseBased,
        publisher: "Microsoft".to_owned(),
        publisher_type: PublisherType::Microsoft,
        billing_type: BillingType::License,
        category: Category::Enterprise,
        segments: [Segment::Commercial, Segment::NonProfit].into(),
        cloud: Cloud::Commercial,
        market: "DE".parse().unwrap(),
        term: Some(TermLength::OneYear),
        billing: BillingCycle::Annual,
        price: Money::of_minor(12_000, "EUR".parse().unwrap()),
        tax_included: false,
        is_trial: false,
        converts_to: None,
        min_quantity: 1,
        max_quantity: None,
        cancellation_policy: None,
        fulfilment: Fulfilment::default(),
        is_closed_to_new_purchase: false,
        includes_evaluation: false,
        restrictions: Restrictions::default(),
    }
}

fn a_promotion() -> Promotion {
    Promotion {
        id: PromotionId("spring".to_owned()),
        title: "Spring".to_owned(),
        percent: 15,
        skus: [SkuId("suite".to_owned())].into(),
        markets: ["DE".parse().unwrap()].into(),
        segments: [Segment::Commercial].into(),
        terms: [TermLength::OneYear].into(),
        from: "2026-03-01".parse().unwrap(),
        until: "2026-05-31".parse().unwrap(),
    }
}

const SPRING: &str = "2026-04-01T12:00:00Z";

#[rstest]
#[case::pro_1_fifteen_percent(15, 12_000, 10_200)]
#[case::pro_1_half_a_cent_is_rounded_up(15, 10, 9)]
#[case::pro_1_below_half_a_cent_is_rounded_down(33, 10, 7)]
#[case::pro_1_one_percent_of_a_cent(1, 1, 1)]
#[case::pro_1_all_of_it(100, 12_000, 0)]
#[case::pro_1_nothing_stays_nothing(15, 0, 0)]
fn the_price_is_lowered_once(#[case] percent: i64, #[case] list: i64, #[case] expected: i64) {
    let euro = "EUR".parse().unwrap();
    let price = Promotion { percent, ..a_promotion() }.price(Money::of_minor(list, euro));
    assert_eq!(price, Money::of_minor(expected, euro));
}

#[rstest]
#[case::pro_2_before_its_first_day("2026-02-28T23:59:59.999Z", false)]
#[case::pro_2_its_first_millisecond("2026-03-01T00:00:00Z", true)]
#[case::pro_2_its_last_millisecond("2026-05-31T23:59:59.999Z", true)]
#[case::pro_2_after_its_last_day("2026-06-01T00:00:00Z", false)]
fn the_days_are_inclusive(#[case] at: &str, #[case] expected: bool) {
    assert_eq!(a_promotion().is_in_force(at.parse().unwrap()), expected);
    let outcome = a_promotion().check(&an_offer(), None, at.parse().unwrap());
    let reason = outcome.err().map(|why| why.reason());
    assert_eq!(reason, (!expected).then_some("PROMOTION_NOT_IN_FORCE"));
}

#[rstest]
#[case::pro_2_all_fits(|_: &mut Offer| {}, Some(Segment::Commercial), None)]
#[case::pro_2_another_market(|offer: &mut Offer| offer.market = "AT".parse().unwrap(), None, Some(("PROMOTION_MARKET", "PRO-2")))]
#[case::pro_2_another_segment(|_: &mut Offer| {}, Some(Segment::NonProfit), Some(("PROMOTION_SEGMENT", "PRO-2")))]
#[case::pro_2_any_segment_of_the_offer(|_: &mut Offer| {}, None, None)]
#[case::pro_2_no_segment_of_the_offer(|offer: &mut Offer| offer.segments = [Segment::Education].into(), None, Some(("PROMOTION_SEGMENT", "PRO-2")))]
#[case::pro_1_another_term(|offer: &mut Offer| offer.term = Some(TermLength::OneMonth), None, Some(("PROMOTION_TERM", "PRO-1")))]
#[case::pro_1_no_term(|offer: &mut Offer| offer.term = None, None, Some(("PROMOTION_TERM", "PRO-1")))]
#[case::pro_1_another_sku(|offer: &mut Offer| offer.sku = SkuId("other".to_owned()), None, Some(("PROMOTION_OTHER_SKU", "PRO-1")))]
#[case::tri_8_a_trial(|offer: &mut Offer| offer.is_trial = true, None, Some(("PROMOTION_TRIAL", "TRI-8")))]
fn who_is_eligible(
    #[case] change: fn(&mut Offer),
    #[case] segment: Option<Segment>,
    #[case] expected: Option<(&str, &str)>,
) {
    let mut offer = an_offer();
    change(&mut offer);
    let outcome = a_promotion().check(&offer, segment, SPRING.parse().unwrap());
    assert_eq!(outcome.err().map(|why| (why.reason(), why.rule())), expected);
}

#[test]
fn pro_2_an_empty_list_names_all() {
    let all =
        Promotion { markets: [].into(), segments: [].into(), terms: [].into(), ..a_promotion() };
    let at = SPRING.parse().unwrap();
    assert_eq!(all.check(&an_offer(), Some(Segment::Government), at), Ok(()));
    let once = Offer { term: None, ..an_offer() };
    assert_eq!(all.check(&once, None, at), Err(NotPromoted::OtherTerm));
}
