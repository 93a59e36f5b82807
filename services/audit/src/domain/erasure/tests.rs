//! Records of erasures: as they are written they are read, and they stay entries like any other.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rstest::rstest;

use super::{RECORDED_MAX, record, recorded};
use crate::{domain::Entry, tests::an_entry};

fn a_record(erased: &[i64]) -> Entry {
    record(an_entry(1).id, "olga", erased, testkit::noon())
}

proptest! {
    #[test]
    fn aud_4_a_record_tells_what_was_erased(
        erased in prop::collection::btree_set(0_i64..5_000, 0..600)
    ) {
        let list: Vec<_> = erased.iter().copied().collect();
        let told: BTreeSet<i64> = recorded(&a_record(&list)).into_iter().flatten().collect();
        prop_assert_eq!(told, erased);
    }
}

#[test]
fn aud_4_the_longest_record_is_an_entry_like_any_other() {
    let erased: Vec<_> =
        (0..).step_by(2).map(|at| at + 10_000_000_000).take(RECORDED_MAX).collect();
    let entry = a_record(&erased);
    assert!(entry.details.len() <= 100, "{}", entry.details.len());
    assert!(entry.details.values().all(|text| text.len() <= 2_000));
    assert_eq!(recorded(&entry).len(), RECORDED_MAX);
    assert_eq!(entry.details["count"], RECORDED_MAX.to_string());
}

#[rstest]
#[case::aud_4_another_service(|entry: &mut Entry| entry.service = "order".to_owned())]
#[case::aud_4_another_action(|entry: &mut Entry| entry.action = "Erase".to_owned())]
fn nothing_else_tells_of_erasures(#[case] change: fn(&mut Entry)) {
    let mut entry = a_record(&[3, 4, 5, 9]);
    assert_eq!(recorded(&entry), [3..=5, 9..=9]);
    change(&mut entry);
    assert_eq!(recorded(&entry), []);
}
