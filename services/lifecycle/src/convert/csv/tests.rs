//! Texts that spreadsheets would run, and amounts, as CSV.

use rstest::rstest;

use super::{Row, decimal};
use vocab::Money;

#[rstest]
#[case::trp_66_plain("Office", "Office")]
#[case::trp_66_unicode("Bürö 日本 😀", "Bürö 日本 😀")]
#[case::trp_66_comma("a, b", "\"a, b\"")]
#[case::trp_66_quotes("the \"best\"", "\"the \"\"best\"\"\"")]
#[case::trp_66_line_feed("a\nb", "\"a\nb\"")]
#[case::trp_66_equals("=1+1", "\"'=1+1\"")]
#[case::trp_66_plus("+1", "\"'+1\"")]
#[case::trp_66_minus("-1", "\"'-1\"")]
#[case::trp_66_at("@SUM(A1)", "\"'@SUM(A1)\"")]
#[case::trp_66_tab("\t=1", "\"'\t=1\"")]
#[case::trp_66_carriage_return("\r=1", "\"'\r=1\"")]
#[case::trp_66_blanks_first("  =1", "\"'  =1\"")]
#[case::trp_66_wide("＝1", "\"'＝1\"")]
#[case::trp_66_quotes_and_formula("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"")]
#[case::trp_66_inside_is_harmless("a=b", "a=b")]
#[case::trp_66_a_quote_before_a_formula("\"=1", "\"\"\"=1\"")]
fn a_text_is_disarmed(#[case] text: &str, #[case] expected: &str) {
    let row = String::from_utf8(Row::default().number(1).text(text).end()).unwrap();
    assert_eq!(row, format!("1,{expected}\r\n"));
}

#[rstest]
#[case::bil_7_euro(119_010, "EUR", "1190.10")]
#[case::bil_7_credit(-387, "EUR", "-3.87")]
#[case::bil_7_cents(-5, "EUR", "-0.05")]
#[case::bil_7_no_minor_unit(-1_200, "JPY", "-1200")]
#[case::bil_7_three_decimals(1_005, "KWD", "1.005")]
fn an_amount_is_a_number(#[case] minor: i64, #[case] currency: &str, #[case] expected: &str) {
    assert_eq!(decimal(Money::of_minor(minor, currency.parse().unwrap())), expected);
}
