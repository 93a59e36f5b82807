//! Deadlines, at the instant itself and one millisecond after.

use rstest::rstest;

use super::*;
use crate::domain::tests::instant;

#[rstest]
#[case::d_8_168_hours_to_the_millisecond(
    Window::Hours(168),
    "2023-03-02T21:17:05.250Z",
    "2023-03-09T21:17:05.250Z"
)]
#[case::d_22_72_hours(Window::Hours(72), "2024-02-28T12:00:00Z", "2024-03-02T12:00:00Z")]
#[case::d_9_60_days_to_the_end_of_the_day(
    Window::CalendarDays(60),
    "2021-05-31T23:59:59Z",
    "2021-07-30T23:59:59.999Z"
)]
#[case::d_9_30_days_from_midnight(
    Window::CalendarDays(30),
    "2021-06-01T00:00:00Z",
    "2021-07-01T23:59:59.999Z"
)]
#[case::trp_13_the_time_of_day_does_not_matter(
    Window::CalendarDays(30),
    "2021-06-01T18:30:00Z",
    "2021-07-01T23:59:59.999Z"
)]
#[case::trp_12_daylight_saving_does_not_matter(
    Window::Hours(168),
    "2026-03-28T01:30:00Z",
    "2026-04-04T01:30:00Z"
)]
fn deadline(#[case] window: Window, #[case] anchor: &str, #[case] expected: &str) {
    assert_eq!(window.deadline(instant(anchor)), instant(expected));
}

#[rstest]
#[case::d_27_the_law_is_longer(Window::Hours(168), Window::CalendarDays(14), 14)]
#[case::d_27_the_policy_is_longer(Window::CalendarDays(30), Window::CalendarDays(14), 30)]
fn the_longer_window(#[case] own: Window, #[case] law: Window, #[case] days: i32) {
    let anchor = instant("2026-01-10T15:00:00Z");
    assert_eq!(own.or_longer(law, anchor), Window::CalendarDays(days));
}

#[rstest]
#[case::can_3_on_the_day_of_the_order("2021-06-01T18:30:00Z", 30)]
#[case::can_3_on_the_last_day("2021-07-01T23:59:59.999Z", 0)]
fn whole_days_left(#[case] now: &str, #[case] expected: i64) {
    assert_eq!(days_left(instant("2021-07-01T23:59:59.999Z"), instant(now)), expected);
}
