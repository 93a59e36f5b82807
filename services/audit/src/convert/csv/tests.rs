//! Cells that would be more than text, and a line as it leaves.

use rstest::rstest;

use super::{csv_head, csv_lines, quoted};
use crate::{
    domain::{Entry, Logged},
    tests::an_entry,
};

#[rstest]
#[case::trp_66_plain("ada", "ada")]
#[case::trp_66_nothing("", "")]
#[case::trp_66_a_formula("=1+1", "'=1+1")]
#[case::trp_66_a_sum("+1", "'+1")]
#[case::trp_66_a_difference("-1", "'-1")]
#[case::trp_66_a_function("@SUM(A1)", "'@SUM(A1)")]
#[case::trp_66_behind_a_tab("\t=1", "'\t=1")]
#[case::trp_66_behind_a_return("\r=1", "\"'\r=1\"")]
#[case::trp_66_a_comma("a,b", "\"a,b\"")]
#[case::trp_66_quotes("say \"hi\"", "\"say \"\"hi\"\"\"")]
#[case::trp_66_a_formula_with_quotes("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\"")]
#[case::trp_66_two_lines("a\nb", "\"a\nb\"")]
#[case::trp_66_unicode("Zoë 東京", "Zoë 東京")]
fn a_cell(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(quoted(text), expected);
}

#[test]
fn aud_1_a_line_has_a_cell_for_each_column() {
    let entry =
        Entry { actor: "=cmd".to_owned(), test_clock_at: Some(testkit::noon()), ..an_entry(1) };
    let line = csv_lines(&[Logged::new(7, testkit::noon(), entry, [0; 16])]);
    let line = String::from_utf8(line).unwrap();
    assert!(
        line.starts_with(
            "entries/7,2026-01-10T12:01:00Z,2026-01-10T12:00:00Z,license-key,'=cmd,\
             RevealProductKey,DONE,,partners/"
        ),
        "{line}"
    );
    assert!(line.contains("\"{\"\"order\"\":\"\"orders/1\"\"}\""), "{line}");
    assert!(line.ends_with("\r\n"));
    let head = String::from_utf8(csv_head()).unwrap();
    // The comma within the details is not there: they have one item.
    assert_eq!(head.matches(',').count(), line.matches(',').count());
}
