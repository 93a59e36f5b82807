//! A line as it leaves.

use super::{csv_head, csv_lines};
use crate::{
    domain::{Entry, Logged},
    tests::an_entry,
};

#[test]
fn aud_1_a_line_has_a_cell_for_each_column() {
    let entry =
        Entry { actor: "=cmd".to_owned(), test_clock_at: Some(testkit::noon()), ..an_entry(1) };
    let line = csv_lines(&[Logged::new(7, testkit::noon(), entry, [0; 16])]);
    let line = String::from_utf8(line).unwrap();
    assert!(
        line.starts_with(
            "entries/7,2026-01-10T12:01:00Z,2026-01-10T12:00:00Z,license-key,\"'=cmd\",\
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
