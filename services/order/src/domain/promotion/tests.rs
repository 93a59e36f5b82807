//! Which promotion applies, at its edges.

use jiff::ToSpan;
use rstest::rstest;
use testkit::noon;

use super::super::tests::{a_perpetual, a_promotion, a_suite, money};
use super::*;

fn suite() -> Offer {
    a_suite("o")
}

/// The id of what applies, or the reason and the rule why what was named does not.
fn applied(
    all: &[Promotion],
    offer: &Offer,
    named: Option<&str>,
) -> Result<Option<String>, (String, String)> {
    let promotions: Promotions = all.iter().cloned().collect();
    let named = named.map(|id| PromotionId(id.to_owned()));
    let found = promotions.applied(offer, named.as_ref(), Segment::Commercial, noon());
    let refused = |why: Rejection| (why.reason().to_owned(), why.rule().to_owned());
    found.map(|one| one.map(|one| one.id.0)).map_err(refused)
}

#[rstest]
#[case::pro_1_the_most(&[("a", 10), ("b", 20), ("c", 15)], Some("b"))]
#[case::pro_1_of_equal_ones_the_smallest_id(&[("c", 20), ("b", 20), ("a", 10)], Some("b"))]
#[case::pro_1_all_of_it(&[("a", 100)], Some("a"))]
#[case::pro_1_none(&[], None)]
fn by_itself(#[case] all: &[(&str, i64)], #[case] expected: Option<&str>) {
    let all: Vec<_> = all.iter().map(|(id, percent)| a_promotion(id, *percent)).collect();
    assert_eq!(applied(&all, &suite(), None), Ok(expected.map(ToOwned::to_owned)));
}

#[rstest]
#[case::pro_2_over(|it: &mut Promotion| it.until = it.from.yesterday().unwrap(), "PROMOTION_NOT_IN_FORCE", "PRO-2")]
#[case::pro_1_another_sku(|it: &mut Promotion| it.skus = [vocab::SkuId("x".to_owned())].into(), "PROMOTION_OTHER_SKU", "PRO-1")]
#[case::pro_2_another_market(|it: &mut Promotion| it.markets = ["FR".parse().unwrap()].into(), "PROMOTION_MARKET", "PRO-2")]
#[case::pro_2_another_segment(|it: &mut Promotion| it.segments = [Segment::Education].into(), "PROMOTION_SEGMENT", "PRO-2")]
#[case::pro_1_another_term(|it: &mut Promotion| it.terms = [vocab::TermLength::ThreeYears].into(), "PROMOTION_TERM", "PRO-1")]
fn what_does_not_apply(
    #[case] change: fn(&mut Promotion),
    #[case] reason: &str,
    #[case] rule: &str,
) {
    let mut better = a_promotion("better", 50);
    change(&mut better);
    let all = [a_promotion("good", 10), better];
    // By itself it is passed over; named it is refused, and nothing takes its place.
    assert_eq!(applied(&all, &suite(), None), Ok(Some("good".to_owned())));
    let refused = Err((reason.to_owned(), rule.to_owned()));
    assert_eq!(applied(&all, &suite(), Some("better")), refused);
    assert_eq!(applied(&all, &suite(), Some("good")), Ok(Some("good".to_owned())));
}

#[test]
fn tri_8_a_trial_has_none() {
    let trial = Offer { is_trial: true, ..suite() };
    let all = [a_promotion("a", 10)];
    assert_eq!(applied(&all, &trial, None), Ok(None));
    let refused = Err(("PROMOTION_TRIAL".to_owned(), "TRI-8".to_owned()));
    assert_eq!(applied(&all, &trial, Some("a")), refused);
}

#[test]
fn pro_1_what_is_bought_once_has_none() {
    let once = a_perpetual("o");
    let all = [Promotion { skus: [once.sku.clone()].into(), ..a_promotion("a", 10) }];
    assert_eq!(applied(&all, &once, None), Ok(None));
}

#[test]
fn pro_1_what_lowers_nothing_does_not_apply_by_itself() {
    let cent = Offer { price: money("0.01", "EUR"), ..suite() };
    let all = [a_promotion("a", 10)];
    assert_eq!(applied(&all, &cent, None), Ok(None));
    assert_eq!(applied(&all, &cent, Some("a")), Ok(Some("a".to_owned())));
}

#[test]
fn pro_2_an_unknown_one_is_refused() {
    let refused = Err(("PROMOTION_NOT_IN_FORCE".to_owned(), "PRO-2".to_owned()));
    assert_eq!(applied(&[], &suite(), Some("a")), refused);
}

/// Every value of the message.
#[test]
fn pro_2_a_refusal_says_which_and_until_when() {
    let over = a_promotion("a", 10);
    let promotions: Promotions = [over.clone()].into_iter().collect();
    let late = noon() + 240.hours();
    let why = promotions.applied(&suite(), Some(&over.id), Segment::Commercial, late).unwrap_err();
    let values = why.metadata();
    for (name, value) in [
        ("promotion", "a".to_owned()),
        ("from", over.from.to_string()),
        ("until", over.until.to_string()),
    ] {
        assert!(values.contains(&(name, value.clone())), "{name}");
        assert!(why.to_string().contains(&value), "{why}");
    }
}
