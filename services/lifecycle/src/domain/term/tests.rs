//! Dates of terms.

use rstest::rstest;
use vocab::calendar::{day_after, start_of};

use super::*;
use crate::domain::tests::{date, instant};

#[rstest]
#[case::tim_3_one_year("2021-01-14", TermLength::OneYear, "2022-01-13")]
#[case::tim_3_three_years("2021-09-14", TermLength::ThreeYears, "2024-09-13")]
#[case::trp_2_a_leap_year("2028-01-10", TermLength::OneYear, "2029-01-09")]
#[case::trp_2_from_the_29th("2028-02-29", TermLength::OneYear, "2029-02-27")]
#[case::tim_4_a_month_from_the_31st("2026-01-31", TermLength::OneMonth, "2026-02-27")]
fn inclusive_end_of(#[case] start: &str, #[case] length: TermLength, #[case] end: &str) {
    let start = date(start);
    assert_eq!(Term::starting(start, length, start.day()).end, date(end));
}

/// Each row: the first day, the length, and the first days of the terms that follow.
#[rstest]
#[case::trp_3_anchor_29_february(
    "2028-02-29", TermLength::OneYear,
    &["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"])]
#[case::trp_4_month_ends_do_not_drift(
    "2026-01-31", TermLength::OneMonth,
    &["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"])]
#[case::tim_4_the_31st_of_january(
    "2027-01-31", TermLength::OneMonth, &["2027-02-28", "2027-03-31", "2027-04-30"])]
fn terms_in_a_row(#[case] start: &str, #[case] length: TermLength, #[case] starts: &[&str]) {
    let mut term = Term::starting(date(start), length, date(start).day());
    for expected in starts {
        term = Term::starting(day_after(term.end), length, term.anchor_day);
        assert_eq!(term.start, date(expected));
    }
}

#[test]
fn trp_1_the_first_renewal_moment_is_the_day_after_the_inclusive_end() {
    let term = Term::starting(date("2022-03-02"), TermLength::OneYear, 2);
    assert_eq!(term.end, date("2023-03-01"));
    assert_eq!(term.over_at(), instant("2023-03-02T00:00:00Z"));
    assert_eq!(term.over_at(), start_of(day_after(term.end)));
}

/// Each row: a term with a given end, and the first day of the full term that ends with it.
#[rstest]
#[case::bil_9_a_year("2026-06-30", TermLength::OneYear, 1, "2026-01-10", "2025-07-01")]
#[case::bil_9_three_years("2028-02-29", TermLength::ThreeYears, 1, "2026-03-15", "2025-03-01")]
#[case::bil_9_the_anchor_is_kept("2027-02-27", TermLength::OneYear, 31, "2026-05-05", "2026-02-28")]
#[case::bil_9_from_the_29th("2029-02-27", TermLength::OneYear, 29, "2028-06-01", "2028-02-29")]
#[case::bil_9_entered_in_time("2027-01-30", TermLength::OneYear, 31, "2026-01-31", "2026-01-31")]
#[case::bil_9_the_natural_term_of_a_shorter_month(
    "2026-02-27",
    TermLength::OneMonth,
    31,
    "2026-01-29",
    "2026-01-29"
)]
fn full_terms(
    #[case] end: &str,
    #[case] length: TermLength,
    #[case] anchor_day: i8,
    #[case] start: &str,
    #[case] full_start: &str,
) {
    let term = Term::ending(date(end), length, anchor_day, date(start));
    assert_eq!(term.full_start(), date(full_start));
}

#[rstest]
#[case::trm_4_a_month_monthly(TermLength::OneMonth, BillingCycle::Monthly, true)]
#[case::trm_4_a_month_annually(TermLength::OneMonth, BillingCycle::Annual, false)]
#[case::trm_4_a_year_monthly(TermLength::OneYear, BillingCycle::Monthly, true)]
#[case::trm_4_a_year_annually(TermLength::OneYear, BillingCycle::Annual, true)]
#[case::trm_4_a_year_triennially(TermLength::OneYear, BillingCycle::Triennial, false)]
#[case::trm_4_three_years_monthly(TermLength::ThreeYears, BillingCycle::Monthly, true)]
#[case::trm_4_three_years_annually(TermLength::ThreeYears, BillingCycle::Annual, true)]
#[case::trm_4_three_years_triennially(TermLength::ThreeYears, BillingCycle::Triennial, true)]
#[case::trm_4_a_year_once(TermLength::OneYear, BillingCycle::OneTime, false)]
fn valid_pairs(#[case] length: TermLength, #[case] billing: BillingCycle, #[case] expected: bool) {
    assert_eq!(can_be_billed(length, billing), expected);
}
