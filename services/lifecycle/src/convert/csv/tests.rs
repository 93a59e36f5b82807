//! Amounts as CSV.

use rstest::rstest;

use super::decimal;
use vocab::Money;

#[rstest]
#[case::bil_7_euro(119_010, "EUR", "1190.10")]
#[case::bil_7_credit(-387, "EUR", "-3.87")]
#[case::bil_7_cents(-5, "EUR", "-0.05")]
#[case::bil_7_no_minor_unit(-1_200, "JPY", "-1200")]
#[case::bil_7_three_decimals(1_005, "KWD", "1.005")]
fn an_amount_is_a_number(#[case] minor: i64, #[case] currency: &str, #[case] expected: &str) {
    assert_eq!(decimal(Money::of_minor(minor, currency.parse().unwrap())), expected);
}
