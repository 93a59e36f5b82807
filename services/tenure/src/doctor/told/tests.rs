//! How findings are written.

use super::{as_json, as_text};
use crate::cli::ServiceName::{Audit, Order};
use crate::doctor::finding::Finding;

#[test]
fn the_wrong_comes_before_the_doubtful_and_each_remedy_once() {
    let findings = [
        Finding::fine(Audit, "schema", "up to date"),
        Finding::fine(Audit, "clock of database", "3s behind").doubtful("set the clock"),
        Finding::fine(Order, "database", "away").wrong("start it"),
        Finding::fine(Audit, "database", "away").wrong("start it"),
    ];
    assert_eq!(
        as_text(&findings),
        "SERVICE  ABOUT              STATE\n\
         audit    schema             fine      up to date\n\
         audit    clock of database  doubtful  3s behind\n\
         order    database           wrong     away\n\
         audit    database           wrong     away\n\
         \n\
         What to do:\n\
         * database of order, audit:\n  start it\n\
         * clock of database of audit:\n  set the clock"
    );
    assert!(as_text(&findings[..1]).ends_with("All is well."));
}

#[test]
fn a_program_reads_one_object_a_line() {
    let finding = Finding::fine(Order, "database", "line\nbreak").wrong("start it");
    let line = as_json(&finding);
    assert!(!line.contains('\n'));
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&read["service"], &read["state"]), (&"order".into(), &"wrong".into()));
    assert_eq!((&read["text"], &read["remedy"]), (&"line\nbreak".into(), &"start it".into()));
}
