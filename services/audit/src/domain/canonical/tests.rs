//! The bytes of an entry: pinned for ever, and another's for nothing.

use rstest::rstest;

use super::encode;
use crate::{
    domain::{Entry, Hash, Outcome},
    tests::an_entry,
};

const ACTOR: Hash = Hash([0xaa; 32]);

fn full() -> Entry {
    Entry { test_clock_at: Some(testkit::noon()), ..an_entry(1) }
}

/// Whoever changes these bytes makes every stored entry look forged.
#[test]
fn aud_4_version_1_is_written_as_ever() {
    let hash = Hash::of_leaf(&encode(7, testkit::noon(), ACTOR, &full()));
    assert_eq!(
        format!("{hash:?}"),
        "7653ced169d0c97f47a237125e0d2f93578cbdbcf83c10115fbd83ae612a713e"
    );
}

#[rstest]
#[case::aud_4_id(|entry: &mut Entry| entry.id.0 = uuid::Uuid::from_u128(99))]
#[case::aud_4_occurred_at(|entry: &mut Entry| entry.occurred_at = jiff::Timestamp::UNIX_EPOCH)]
#[case::aud_4_test_clock(|entry: &mut Entry| entry.test_clock_at = None)]
#[case::aud_4_service(|entry: &mut Entry| entry.service.push('x'))]
#[case::aud_4_partner(|entry: &mut Entry| entry.partner = None)]
#[case::aud_4_customer(|entry: &mut Entry| entry.customer = None)]
#[case::aud_4_partner_is_no_customer(|entry: &mut Entry| {
    (entry.partner, entry.customer) = (None, entry.partner.map(|id| vocab::CustomerId(id.0)));
})]
#[case::aud_4_action(|entry: &mut Entry| entry.action.push('x'))]
#[case::aud_4_resource(|entry: &mut Entry| entry.resource.push('x'))]
#[case::aud_4_outcome(|entry: &mut Entry| entry.outcome = Outcome::Refused)]
#[case::aud_4_reason(|entry: &mut Entry| entry.reason.push('x'))]
#[case::aud_4_a_new_detail(|entry: &mut Entry| { entry.details.insert("b".to_owned(), String::new()); })]
#[case::aud_4_another_value(|entry: &mut Entry| { entry.details.insert("order".to_owned(), "x".to_owned()); })]
#[case::aud_4_no_details(|entry: &mut Entry| entry.details.clear())]
#[case::aud_4_a_moved_border(|entry: &mut Entry| {
    let last = entry.action.pop().unwrap();
    entry.resource.insert(0, last);
})]
fn every_field_counts(#[case] change: fn(&mut Entry)) {
    let mut changed = full();
    change(&mut changed);

    let (at, before) = (testkit::noon(), full());
    assert_ne!(encode(7, at, ACTOR, &before), encode(7, at, ACTOR, &changed));
}

#[test]
fn aud_4_place_instant_and_actor_count() {
    let (at, entry) = (testkit::noon(), full());
    let all = [
        encode(7, at, ACTOR, &entry),
        encode(8, at, ACTOR, &entry),
        encode(7, at + jiff::SignedDuration::from_micros(1), ACTOR, &entry),
        encode(7, at, Hash([0xab; 32]), &entry),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[index + 1..].contains(one), "{index}");
    }
}

/// What erasing a person will rest on: the leaf knows the actor by a salted hash only.
#[test]
fn aud_4_the_leaf_does_not_hold_the_actor() {
    let entry = full();
    let bytes = encode(7, testkit::noon(), ACTOR, &entry);
    let actor = entry.actor.as_bytes();
    assert!(!bytes.windows(actor.len()).any(|window| window == actor));
    let other = Entry { actor: "somebody else".to_owned(), ..entry };
    assert_eq!(bytes, encode(7, testkit::noon(), ACTOR, &other));
}
