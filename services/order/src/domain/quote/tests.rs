//! What a purchase costs, to the minor unit.

use rstest::rstest;
use vocab::{BillingCycle, TermLength};

use super::super::tests::{an_offer, money};
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
    let quote = Quote::of(&offer, 1).unwrap();
    assert_eq!(quote.first_charge, money(first, "EUR"));
    assert_eq!(quote.term_total, money(price, "EUR"));
}

#[test]
fn d_11_a_seat_is_rounded_before_it_is_multiplied() {
    let offer =
        Offer { billing: BillingCycle::Monthly, price: money("100.00", "EUR"), ..an_offer("o") };
    let quote = Quote::of(&offer, 1_000).unwrap();
    assert_eq!(quote.first_charge, money("8330.00", "EUR"));
    assert_eq!(quote.term_total, money("100000.00", "EUR"));
}

#[test]
fn d_11_an_amount_that_cannot_be_kept_is_refused() {
    let offer =
        Offer { price: Money { minor: i64::MAX / 2, ..an_offer("o").price }, ..an_offer("o") };
    assert_eq!(Quote::of(&offer, 3), Err(Rejection::AmountTooLarge { quantity: 3 }));
}

#[test]
fn ord_3_totals_are_kept_apart_by_currency() {
    let charges = [money("1.50", "USD"), money("2.00", "EUR"), money("0.25", "USD")];
    let expected = vec![money("2.00", "EUR"), money("1.75", "USD")];
    assert_eq!(totals(charges.into_iter()), Ok(expected));
}
