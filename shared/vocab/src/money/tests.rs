//! Amounts at their edges.

use rstest::rstest;

use super::*;

fn money(amount: &str, code: &str) -> Money {
    Money::parse(amount, code.parse().unwrap()).unwrap()
}

#[rstest]
#[case::d_43_two_decimals("120.00", "EUR", 12_000)]
#[case::d_43_yen_has_none("120", "JPY", 120)]
#[case::d_43_zeros_beyond_the_minor_unit_are_nothing("120.000", "JPY", 120)]
#[case::d_43_dinar_has_three("1.005", "KWD", 1_005)]
#[case::bil_1_negative_is_owed_to_the_partner("-0.01", "USD", -1)]
fn reads_an_amount(#[case] amount: &str, #[case] code: &str, #[case] minor: i64) {
    assert_eq!(money(amount, code).minor, minor);
}

#[rstest]
#[case::d_43_a_third_decimal("1.005", "EUR", "more than 2 decimals")]
#[case::d_43_a_yen_fraction("1.5", "JPY", "more than 0 decimals")]
#[case::no_digits(".", "EUR", "not a decimal amount")]
#[case::a_point_without_decimals("1.", "EUR", "not a decimal amount")]
#[case::an_exponent("1e3", "EUR", "not a decimal amount")]
#[case::a_thousands_separator("1,000.00", "EUR", "not a decimal amount")]
#[case::beyond_what_can_be_kept("99999999999999999999", "EUR", "too large")]
fn refuses_an_amount(#[case] amount: &str, #[case] code: &str, #[case] because: &str) {
    let error = Money::parse(amount, code.parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains(because), "{error}");
}

#[rstest]
#[case("EURO")]
#[case("XXX")]
#[case("eur")]
#[case("")]
fn d_43_refuses_an_unlisted_currency(#[case] code: &str) {
    assert_eq!(code.parse::<Currency>(), Err(MoneyError::UnknownCurrency(code.to_owned())));
}

#[rstest]
#[case::d_11_example("4.00", 29, 30, "3.87 EUR")]
#[case::pcx_6_used_part("120.00", 3, 365, "0.99 EUR")]
#[case::half_goes_up("0.01", 1, 2, "0.01 EUR")]
#[case::below_half_goes_down("0.01", 49, 100, "0.00 EUR")]
#[case::of_nothing("4.00", 1, 0, "0.00 EUR")]
fn a_share_is_rounded_half_up(
    #[case] price: &str,
    #[case] part: i64,
    #[case] whole: i64,
    #[case] share: &str,
) {
    assert_eq!(money(price, "EUR").share(part, whole).to_string(), share);
}

#[test]
fn d_11_rounds_per_licence_then_multiplies() {
    let per_licence = money("4.00", "EUR").share(29, 30);
    assert_eq!(per_licence.checked_mul(2), Ok(money("7.74", "EUR")));
}

#[test]
fn sums_are_checked() {
    let largest = Money::of_minor(i64::MAX, "EUR".parse().unwrap());
    assert_eq!(largest.checked_add(money("0.01", "EUR")), Err(MoneyError::Overflow));
    assert_eq!(largest.checked_mul(2), Err(MoneyError::Overflow));
    assert!(matches!(money("1", "EUR").checked_add(money("1", "USD")), Err(MoneyError::Mixed(..))));
}

#[rstest]
#[case("1190.10", "EUR", "1,190.10 EUR")]
#[case("-1234567.89", "USD", "-1,234,567.89 USD")]
#[case("999", "JPY", "999 JPY")]
#[case("-0.05", "EUR", "-0.05 EUR")]
fn is_shown_as_people_write_it(#[case] amount: &str, #[case] code: &str, #[case] shown: &str) {
    assert_eq!(money(amount, code).to_string(), shown);
}
