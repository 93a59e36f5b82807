//! Cells that would be more than text.

use rstest::rstest;

use super::Row;

#[rstest]
#[case::trp_66_nothing("", "")]
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

#[test]
fn trp_66_an_empty_cell_is_a_cell() {
    let row = Row::default().text("").text("").number(1).end();
    assert_eq!(String::from_utf8(row).unwrap(), ",,1\r\n");
}
