//! Tables of civil dates at their edges.

use jiff::civil::date;
use rstest::rstest;

use super::*;

#[rstest]
#[case::tim_3_one_year(date(2021, 1, 14), TermLength::OneYear, date(2022, 1, 13))]
#[case::tim_3_three_years(date(2021, 9, 14), TermLength::ThreeYears, date(2024, 9, 13))]
#[case::trm_1_one_month(date(2026, 3, 10), TermLength::OneMonth, date(2026, 4, 9))]
#[case::trp_2_a_leap_year_has_366_days(date(2028, 1, 10), TermLength::OneYear, date(2029, 1, 9))]
#[case::trp_2_from_a_leap_day(date(2028, 2, 29), TermLength::OneYear, date(2029, 2, 27))]
#[case::tim_4_from_31_january(date(2026, 1, 31), TermLength::OneMonth, date(2026, 2, 27))]
fn the_last_day_belongs_to_the_term(
    #[case] start: Date,
    #[case] length: TermLength,
    #[case] end: Date,
) {
    assert_eq!(inclusive_end(start, length, start.day()), end);
}

#[test]
fn tim_4_trp_4_a_monthly_term_from_the_31st_never_drifts() {
    let mut start = date(2026, 1, 31);
    let mut terms = vec![];
    for _ in 0..4 {
        let end = inclusive_end(start, TermLength::OneMonth, 31);
        terms.push((start, end));
        start = day_after(end);
    }
    assert_eq!(
        terms,
        [
            (date(2026, 1, 31), date(2026, 2, 27)),
            (date(2026, 2, 28), date(2026, 3, 30)),
            (date(2026, 3, 31), date(2026, 4, 29)),
            (date(2026, 4, 30), date(2026, 5, 30)),
        ]
    );
}

#[test]
fn trp_3_a_leap_day_anchor_comes_back_every_fourth_year() {
    let mut start = date(2028, 2, 29);
    let mut starts = vec![start];
    for _ in 0..4 {
        start = months_after(start, 12, 29);
        starts.push(start);
    }
    assert_eq!(starts.last(), Some(&date(2032, 2, 29)));
    assert_eq!(starts[1..4], [date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28)]);
    assert_eq!(day_before(start), date(2032, 2, 28));
}

#[rstest]
#[case::trp_5_without_a_leap_day(date(2025, 1, 1), 1095)]
#[case::trp_5_with_a_leap_day(date(2026, 1, 1), 1096)]
fn a_three_year_cycle(#[case] start: Date, #[case] days: i64) {
    assert_eq!(days_between(start, months_after(start, 36, start.day())), days);
}

#[test]
fn tim_2_trp_1_the_renewal_begins_after_the_whole_last_day() {
    let end = inclusive_end(date(2022, 3, 2), TermLength::OneYear, 2);
    assert_eq!(end, date(2023, 3, 1));
    assert_eq!(start_of(day_after(end)).to_string(), "2023-03-02T00:00:00Z");
}

#[test]
fn tim_1_a_day_is_a_day_in_utc() {
    let late: Timestamp = "2026-01-10T23:59:59.999-11:00".parse().unwrap();
    assert_eq!(day_of(late), date(2026, 1, 11));
}

#[test]
fn tim_6_an_instant_is_cut_to_whole_milliseconds() {
    let instant: Timestamp = "2026-01-10T15:00:00.123999999Z".parse().unwrap();
    assert_eq!(whole_millisecond(instant).to_string(), "2026-01-10T15:00:00.123Z");
}

#[test]
fn the_last_millisecond_of_a_day_is_still_that_day() {
    let last = last_millisecond_of(date(2026, 1, 10));
    assert_eq!(last.to_string(), "2026-01-10T23:59:59.999Z");
    assert_eq!(day_of(last), date(2026, 1, 10));
}
