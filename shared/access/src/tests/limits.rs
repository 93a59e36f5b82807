//! How much one caller may ask for, to the millisecond.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan};
use rpc::{Classify, Kind};
use rstest::rstest;
use testkit::noon;

use crate::{Limited, Limits, LimitsConfig};

/// Ten calls a second, three at once after a pause, two under way.
fn config() -> LimitsConfig {
    LimitsConfig { calls_per_second: 10, burst: 3, concurrent_calls: 2, ..LimitsConfig::default() }
}

fn limits(config: &LimitsConfig) -> Arc<Limits> {
    Arc::new(Limits::new(config).unwrap())
}

fn calls_at(limits: &Arc<Limits>, caller: &str, now: Timestamp) -> usize {
    (0..1_000).take_while(|_| limits.begin(caller, now).is_ok()).count()
}

#[test]
fn t_149_three_at_once_and_then_one_each_tenth_of_a_second() {
    let limits = limits(&config());
    assert_eq!(calls_at(&limits, "alex", noon()), 3);
    assert_eq!(calls_at(&limits, "alex", noon() + 99.milliseconds()), 0);
    assert_eq!(calls_at(&limits, "alex", noon() + 100.milliseconds()), 1);
    assert_eq!(calls_at(&limits, "alex", noon() + 299.milliseconds()), 1);
    assert_eq!(calls_at(&limits, "alex", noon() + 1.hours()), 3);
    // Another caller has limits of its own.
    assert_eq!(calls_at(&limits, "anna", noon()), 3);
}

/// How many are let in at an instant, after a burst at noon.
#[rstest]
#[case::t_149_at_once(10, 3, 0, 0)]
#[case::t_149_before_the_first(10, 3, 99, 0)]
#[case::t_149_the_first(10, 3, 100, 1)]
#[case::t_149_after_the_first(10, 3, 101, 1)]
#[case::t_149_before_the_second(10, 3, 199, 1)]
#[case::t_149_the_second(10, 3, 200, 2)]
#[case::t_149_before_all_of_them(10, 3, 299, 2)]
#[case::t_149_all_of_them(10, 3, 300, 3)]
#[case::t_149_no_more_than_all(10, 3, 86_400_000, 3)]
#[case::t_149_one_by_one_too_early(1, 1, 999, 0)]
#[case::t_149_one_by_one(1, 1, 1_000, 1)]
#[case::t_149_a_third_of_a_second_too_early(3, 1, 333, 0)]
#[case::t_149_a_third_of_a_second(3, 1, 334, 1)]
#[case::t_149_as_many_as_can_be(100_000, 5, 0, 0)]
#[case::t_149_as_many_as_can_be_a_little_later(100_000, 5, 1, 5)]
fn after_a_burst(
    #[case] calls_per_second: u32,
    #[case] burst: u32,
    #[case] millis: i64,
    #[case] expected: usize,
) {
    let limits = limits(&LimitsConfig { calls_per_second, burst, ..config() });
    assert_eq!(calls_at(&limits, "alex", noon()), usize::try_from(burst).unwrap());
    assert_eq!(calls_at(&limits, "alex", noon() + millis.milliseconds()), expected);
}

#[test]
fn t_149_a_refusal_says_which_limit_and_until_when() {
    let limits = limits(&config());
    assert_eq!(calls_at(&limits, "alex", noon()), 3);
    let now = noon() + 40.milliseconds();
    let refused = limits.begin("alex", now).unwrap_err();
    let (until, after) = (noon() + 100.milliseconds(), Duration::from_millis(60));
    assert_eq!(refused, Limited::Rate { limit: 10, until, after });
    assert_eq!((refused.kind(), refused.reason()), (Kind::Exhausted, "RATE_LIMIT"));
    assert_eq!(refused.retry_after(), Some(after));
    assert!(refused.to_string().ends_with("call again at 2026-01-10T12:00:00.1Z"), "{refused}");
    // Who comes back then is let in: what was refused did not count.
    assert!(limits.begin("alex", until).is_ok());
}

#[test]
fn t_149_two_are_under_way_and_a_third_waits_for_one_of_them() {
    let limits = limits(&LimitsConfig { burst: 100, ..config() });
    let first = limits.begin("alex", noon()).unwrap();
    let _second = limits.begin("alex", noon()).unwrap();
    let refused = limits.begin("alex", noon()).unwrap_err();
    assert_eq!(refused, Limited::Concurrency { limit: 2 });
    assert_eq!((refused.kind(), refused.reason()), (Kind::Exhausted, "CONCURRENCY_LIMIT"));
    assert!(limits.begin("anna", noon()).is_ok());
    drop(first);
    assert!(limits.begin("alex", noon()).is_ok());
}

/// Memory is bounded: whoever is idle is forgotten, and newcomers among too many share one place.
#[test]
fn t_149_no_more_callers_are_remembered_than_there_is_room_for() {
    let limits = limits(&config());
    let busy: Vec<_> =
        (0..10_000).map(|one| limits.begin(&format!("busy {one}"), noon()).unwrap()).collect();
    let now = noon() + 1.hours();
    assert_eq!(calls_at(&limits, "late", now) + calls_at(&limits, "later", now), 3);
    drop(busy);
    assert_eq!(calls_at(&limits, "late", now), 3);
    assert_eq!(calls_at(&limits, "later", now), 3);
}

/// The last for whom there is room has limits of its own; those who come then have them together.
#[test]
fn t_149_the_ten_thousandth_caller_is_remembered_and_the_next_are_one() {
    let limits = limits(&config());
    let _busy: Vec<_> =
        (1..10_000).map(|one| limits.begin(&format!("busy {one}"), noon()).unwrap()).collect();
    let calls = ["last", "next", "after"].map(|caller| calls_at(&limits, caller, noon()));
    assert_eq!(calls, [3, 3, 0]);
}

#[test]
fn t_149_a_clock_that_is_set_back_locks_nobody_out() {
    let limits = limits(&config());
    assert_eq!(calls_at(&limits, "alex", noon()), 3);
    let before = noon() - 1.hours();
    assert_eq!(calls_at(&limits, "alex", before + 100.milliseconds()), 0);
    assert_eq!(calls_at(&limits, "alex", before + 200.milliseconds()), 1);
}

#[test]
fn t_149_without_limits_nothing_is_refused() {
    let limits = limits(&LimitsConfig::NONE);
    let all: Vec<_> = (0..5_000).map(|_| limits.begin("alex", noon())).collect();
    assert!(all.iter().all(Result::is_ok));
}

#[rstest]
#[case::too_many(LimitsConfig { calls_per_second: 100_001, ..config() }, "from 0 to 100000")]
#[case::none_at_once(LimitsConfig { burst: 0, ..config() }, "limits.burst is 0")]
#[case::negative(LimitsConfig { deadline: SignedDuration::from_secs(-1), ..config() }, "from 0s to 1h")]
#[case::for_ever(LimitsConfig { deadline: SignedDuration::from_secs(3601), ..config() }, "from 0s to 1h")]
fn t_149_limits_have_bounds(#[case] config: LimitsConfig, #[case] expected: &str) {
    let error = Limits::new(&config).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[rstest]
#[case::t_149_the_most(LimitsConfig { calls_per_second: 100_000, deadline: SignedDuration::from_hours(1), ..config() })]
#[case::t_149_the_least(LimitsConfig { burst: 1, ..LimitsConfig::NONE })]
fn bounds_are_inclusive(#[case] config: LimitsConfig) {
    Limits::new(&config).unwrap();
}
