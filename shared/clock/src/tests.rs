//! The clocks by themselves, and the test clocks on both engines.

use std::sync::Arc;

use db::Migration;
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use testkit::{Backend, TestDb};
use uuid::Uuid;
use vocab::ClockId;

use crate::{Clock, ClockError, Clocks, ManualClock, SystemClock, TEST_CLOCKS};

const MIGRATIONS: &[Migration] = &[Migration { version: 1, name: "test clocks", sql: TEST_CLOCKS }];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[rstest]
#[case::tim_6_whole("2026-01-10T12:00:00.123Z", "2026-01-10T12:00:00.123Z")]
#[case::tim_6_finer("2026-01-10T12:00:00.123999999Z", "2026-01-10T12:00:00.123Z")]
fn a_manual_clock_shows_whole_milliseconds(#[case] given: &str, #[case] expected: &str) {
    let clock = ManualClock::new(at(given));
    assert_eq!(clock.now(), at(expected));
    clock.set(at(given));
    assert_eq!(clock.now(), at(expected));
}

#[test]
fn a_manual_clock_stops_at_the_ends_of_time() {
    for (end, by) in [(Timestamp::MIN, SignedDuration::MIN), (Timestamp::MAX, SignedDuration::MAX)]
    {
        let clock = ManualClock::new(end);
        let shown = clock.now();
        assert_eq!(clock.advance(by), shown);
    }
}

#[test]
fn tim_6_the_real_clock_shows_whole_milliseconds_and_goes_on() {
    let (first, second) = (SystemClock.now(), SystemClock.now());
    assert_eq!(first.subsec_nanosecond() % 1_000_000, 0);
    assert!(first <= second);
}

#[test]
fn a_manual_clock_stands_still_until_it_is_moved() {
    let clock = ManualClock::new(at("2026-01-10T12:00:00Z"));
    assert_eq!(clock.now(), clock.now());
    assert_eq!(clock.advance(SignedDuration::from_millis(1)), at("2026-01-10T12:00:00.001Z"));
    clock.set(at("2025-01-01T00:00:00Z"));
    assert_eq!(clock.now(), at("2025-01-01T00:00:00Z"));
}

#[rstest]
#[tokio::test]
async fn a_test_clock_shows_its_own_time_and_only_moves_forward(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let test = TestDb::fresh(backend, MIGRATIONS).await;
    let real = at("2026-01-10T12:00:00Z");
    let clocks = Clocks::new(Arc::new(ManualClock::new(real)));
    let (id, other) = (ClockId(Uuid::from_u128(1)), ClockId(Uuid::from_u128(2)));
    let mut tx = test.db.begin().await.unwrap();

    for (set, moved, shown) in [
        ("2030-01-01T00:00:00.0019Z", true, "2030-01-01T00:00:00.001Z"),
        ("2029-01-01T00:00:00Z", false, "2030-01-01T00:00:00.001Z"),
        ("2030-01-01T00:00:00.001Z", false, "2030-01-01T00:00:00.001Z"),
        ("2031-01-01T00:00:00Z", true, "2031-01-01T00:00:00Z"),
    ] {
        assert_eq!(clocks.set(&mut tx, id, at(set)).await.unwrap(), moved, "{set}");
        assert_eq!(clocks.now(&mut tx, Some(id)).await.unwrap(), at(shown), "{set}");
    }
    assert_eq!(clocks.now(&mut tx, None).await.unwrap(), real);
    let unknown = clocks.now(&mut tx, Some(other)).await.unwrap_err();
    assert!(matches!(unknown, ClockError::Unknown(id) if id == other), "{unknown:?}");
}
