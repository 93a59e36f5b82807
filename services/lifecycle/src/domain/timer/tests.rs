//! Where alarms stand, and for how long.

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use uuid::Uuid;
use vocab::{CustomerId, PartnerId, SubscriptionId};

use super::{Timer, TimerOf, TimerState};

const NOW: Timestamp = Timestamp::constant(1_768_046_400, 0);

fn timer(rings_in_millis: Option<i64>, attempts: i64, is_parked: bool) -> Timer {
    let rings_at = rings_in_millis.map(|millis| NOW + SignedDuration::from_millis(millis));
    Timer {
        of: TimerOf::Subscription(CustomerId(Uuid::nil()), SubscriptionId(Uuid::nil())),
        partner: PartnerId(Uuid::nil()),
        clock: None,
        due_at: rings_at,
        rings_at,
        attempts,
        last_error: None,
        parked_at: is_parked.then_some(NOW),
    }
}

#[rstest]
#[case::d_31_never(None, 0, false, TimerState::None)]
#[case::d_31_not_yet(Some(1), 0, false, TimerState::Waiting)]
#[case::d_31_now(Some(0), 0, false, TimerState::Due)]
#[case::d_31_a_minute_ago(Some(-60_000), 0, false, TimerState::Due)]
#[case::d_31_longer_ago(Some(-60_001), 0, false, TimerState::Late)]
#[case::d_31_failed_once(Some(2_000), 1, false, TimerState::Retrying)]
#[case::d_31_failed_and_due_again(Some(-1), 1, false, TimerState::Retrying)]
#[case::d_31_failed_ten_times(None, 10, true, TimerState::Parked)]
fn a_timer_stands(
    #[case] rings_in_millis: Option<i64>,
    #[case] attempts: i64,
    #[case] is_parked: bool,
    #[case] expected: TimerState,
) {
    let timer = timer(rings_in_millis, attempts, is_parked);

    assert_eq!(timer.state(NOW), expected);
    let retried = timer.retried(NOW);
    assert_eq!(retried.is_some(), 0 < attempts);
    assert_eq!(retried.map_or(TimerState::Due, |it| it.state(NOW)), TimerState::Due);
}

#[test]
fn d_31_lateness_counts_from_the_instant_that_was_missed() {
    let missed = timer(Some(-90_000), 0, false);
    assert_eq!(missed.lateness(NOW), SignedDuration::from_secs(90));
    let retrying = Timer { rings_at: Some(NOW + SignedDuration::from_secs(8)), ..missed };
    assert_eq!(retrying.lateness(NOW), SignedDuration::from_secs(90));
    assert_eq!(timer(Some(1), 0, false).lateness(NOW), SignedDuration::ZERO);
}
