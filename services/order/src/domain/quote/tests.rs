//! What a purchase costs, to the minor unit.

use rstest::rstest;
use vocab::{BillingCycle, TermLength};

use super::super::tests::{a_promotion, a_suite, an_offer, money};
use super::*;

#[rstest]
#[case::bil_4_charged_once(Some(TermLength::OneYear), BillingCycle::Annual, "120.00", "120.00")]
#[case::bil_4_rounded_half_up(Some(TermLength::OneYear), BillingCycle::Monthly, "100.00", "8.33")]
#[case::bil_4_half_a_cent_up(Some(TermLength::OneYear), BillingCycle::Monthly, "6.06", "0.51")]
#[case::bil_4_three_years_a_month(
    Some(TermLength::ThreeYears),
    BillingCycle::Monthly,
    "1000.00",
    "27.78"
)]
#[case::bil_4_three_years_a_year(
    Some(TermLength::ThreeYears),
    BillingCycle::Annual,
    "1000.00",
    "333.33"
)]
#[case::bil_4_down_where_nothing_would_be_left(
    Some(TermLength::OneYear),
    BillingCycle::Monthly,
    "0.18",
    "0.01"
)]
#[case::bil_4_a_month(Some(TermLength::OneMonth), BillingCycle::Monthly, "9.99", "9.99")]
#[case::bil_4_bought_once(None, BillingCycle::OneTime, "1000.00", "1000.00")]
#[case::trp_58_free(Some(TermLength::OneMonth), BillingCycle::Monthly, "0.00", "0.00")]
fn first_charge_of_a_seat(
    #[case] term: Option<TermLength>,
    #[case] billing: BillingCycle,
    #[case] price: &str,
    #[case] first: &str,
) {
    let offer = Offer { term, billing, price: money(price, "EUR"), ..an_offer("o") };
    let quote = Quote::of(&offer, offer.price, 1).unwrap();
    assert_eq!(quote.first_charge, money(first, "EUR"));
    assert_eq!(quote.term_total, money(price, "EUR"));
}

#[test]
fn d_11_a_seat_is_rounded_before_it_is_multiplied() {
    let offer =
        Offer { billing: BillingCycle::Monthly, price: money("100.00", "EUR"), ..an_offer("o") };
    let quote = Quote::of(&offer, offer.price, 1_000).unwrap();
    assert_eq!(quote.first_charge, money("8330.00", "EUR"));
    assert_eq!(quote.term_total, money("100000.00", "EUR"));
}

#[test]
fn d_11_an_amount_that_cannot_be_kept_is_refused() {
    let offer =
        Offer { price: Money { minor: i64::MAX / 2, ..an_offer("o").price }, ..an_offer("o") };
    assert_eq!(Quote::of(&offer, offer.price, 3), Err(Rejection::AmountTooLarge { quantity: 3 }));
}

#[test]
fn ord_3_totals_are_kept_apart_by_currency() {
    let charges = [money("1.50", "USD"), money("2.00", "EUR"), money("0.25", "USD")];
    let expected = vec![money("2.00", "EUR"), money("1.75", "USD")];
    assert_eq!(totals(charges.into_iter()), Ok(expected));
}

#[rstest]
#[case::pro_1_before_it_is_split("100.00", 10, "90.00", "7.50")]
#[case::pro_1_half_a_cent_up("0.99", 50, "0.50", "0.04")]
#[case::pro_1_for_nothing("100.00", 100, "0.00", "0.00")]
fn with_a_promotion(
    #[case] price: &str,
    #[case] percent: i64,
    #[case] term: &str,
    #[case] first: &str,
) {
    let offer = Offer { price: money(price, "EUR"), ..a_suite("o") };
    let price = term_price(&offer, Some(&a_promotion("p", percent)));
    assert_eq!(price, money(term, "EUR"));
    let quote = Quote::of(&offer, price, 2).unwrap();
    assert_eq!(quote.first_charge, money(first, "EUR").checked_mul(2).unwrap());
    assert_eq!(quote.term_total, price.checked_mul(2).unwrap());
}

#[test]
fn ord_8_an_evaluation_is_free_and_the_term_costs_what_it_costs() {
    let offer = Offer { includes_evaluation: true, ..a_suite("o") };
    let quote = Quote::of(&offer, offer.price, 3).unwrap();
    assert_eq!(quote.first_charge, money("0.00", "EUR"));
    assert_eq!(quote.term_total, money("300.00", "EUR"));
}

#[rstest]
#[case::ord_8_the_start_and_29_days_more("2026-01-10T23:59:59.999Z", "2026-02-08")]
#[case::ord_8_across_a_leap_day("2028-02-01T00:00:00Z", "2028-03-01")]
fn the_last_day_of_an_evaluation(#[case] at: Timestamp, #[case] expected: Date) {
    let offer = Offer { includes_evaluation: true, ..a_suite("o") };
    assert_eq!(evaluation_end(&offer, at), Some(expected));
    assert_eq!(evaluation_end(&a_suite("o"), at), None);
}
