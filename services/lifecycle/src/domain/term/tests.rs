//! Dates of terms and cycles, and how a price is split over them.

use proptest::prelude::*;
use rstest::rstest;
use vocab::calendar::{day_after, start_of};

use super::*;
use crate::domain::tests::{date, eur, instant};

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

fn cycles(start: &str, length: TermLength, billing: BillingCycle, price: Money) -> Vec<Cycle> {
    let term = Term::starting(date(start), length, date(start).day());
    let first = Cycle::at(1, &term, billing, price);
    std::iter::successors(Some(first), |cycle| cycle.after(&term, billing, price)).collect()
}

#[rstest]
#[case::trp_5_without_a_leap_day("2028-03-01", 1095)]
#[case::trp_5_with_a_leap_day("2026-03-01", 1096)]
fn days_of_three_years(#[case] start: &str, #[case] days: i64) {
    let whole = cycles(start, TermLength::ThreeYears, BillingCycle::Triennial, eur("1.00"));
    assert_eq!(whole.iter().map(Cycle::days).collect::<Vec<_>>(), [days]);
}

/// Each row: the price, and what the first and the last cycle cost.
#[rstest]
#[case::bil_4_divides_evenly("120.00", "10.00", "10.00")]
#[case::bil_4_the_last_takes_the_remainder("100.00", "8.33", "8.37")]
#[case::bil_4_rounds_half_up("100.02", "8.34", "8.28")]
#[case::bil_4_the_last_may_be_less("119.00", "9.92", "9.88")]
#[case::bil_4_nothing_may_be_left("0.11", "0.01", "0.00")]
#[case::bil_4_a_negative_remainder_rounds_down("0.08", "0.00", "0.08")]
#[case::bil_4_a_cent_and_a_half_each("0.18", "0.01", "0.07")]
#[case::bil_4_free("0.00", "0.00", "0.00")]
fn a_year_in_months(#[case] price: &str, #[case] first: &str, #[case] last: &str) {
    let all = cycles("2026-01-31", TermLength::OneYear, BillingCycle::Monthly, eur(price));
    assert_eq!(all.len(), 12);
    assert_eq!(all.first().unwrap().unit_price, eur(first));
    assert_eq!(all.last().unwrap().unit_price, eur(last));
}

#[test]
fn bil_4_boundaries_follow_the_anchor_day() {
    let all = cycles("2027-10-31", TermLength::OneYear, BillingCycle::Monthly, eur("12.00"));
    let starts: Vec<_> = all.iter().map(|cycle| cycle.start.to_string()).collect();
    assert_eq!(
        starts,
        [
            "2027-10-31",
            "2027-11-30",
            "2027-12-31",
            "2028-01-31",
            "2028-02-29",
            "2028-03-31",
            "2028-04-30",
            "2028-05-31",
            "2028-06-30",
            "2028-07-31",
            "2028-08-31",
            "2028-09-30",
        ]
    );
    assert_eq!(all.last().unwrap().end, date("2028-10-30"));
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

#[rstest]
#[case::d_11_rounds_per_licence("4.00", "2026-04-02", "3.87")]
#[case::bil_3_the_first_day_pays_in_full("4.00", "2026-04-01", "4.00")]
#[case::bil_3_the_last_day_pays_one_day("4.00", "2026-04-30", "0.13")]
fn the_rest_of_a_cycle(#[case] price: &str, #[case] day: &str, #[case] expected: &str) {
    let april = cycles("2026-04-01", TermLength::OneMonth, BillingCycle::Monthly, eur(price));
    let per_seat = april.first().unwrap().price_from(date(day));
    assert_eq!(per_seat, eur(expected));
    assert_eq!(per_seat.checked_mul(2).unwrap().minor, 2 * eur(expected).minor);
}

fn a_plan() -> impl Strategy<Value = (TermLength, BillingCycle)> {
    prop::sample::select(vec![
        (TermLength::OneMonth, BillingCycle::Monthly),
        (TermLength::OneYear, BillingCycle::Monthly),
        (TermLength::OneYear, BillingCycle::Annual),
        (TermLength::ThreeYears, BillingCycle::Monthly),
        (TermLength::ThreeYears, BillingCycle::Annual),
        (TermLength::ThreeYears, BillingCycle::Triennial),
    ])
}

proptest! {
    /// The cycles of any term cost the term's price together, none of them less than nothing, and
    /// cover its days without a gap or an overlap.
    #[test]
    fn bil_4_cycles_add_up_and_join(
        (length, billing) in a_plan(),
        minor in 0_i64..2_000_000,
        day in 0_i32..4_000,
    ) {
        let start = date("2024-01-01").checked_add(jiff::ToSpan::days(day)).unwrap();
        let price = Money::of_minor(minor, eur("0.00").currency);
        let all = cycles(&start.to_string(), length, billing, price);
        let term = Term::starting(start, length, start.day());

        prop_assert_eq!(all.iter().map(|cycle| cycle.unit_price.minor).sum::<i64>(), minor);
        prop_assert!(all.iter().all(|cycle| 0 <= cycle.unit_price.minor));
        prop_assert_eq!(all.first().unwrap().start, term.start);
        prop_assert_eq!(all.last().unwrap().end, term.end);
        for pair in all.windows(2) {
            prop_assert_eq!(day_after(pair[0].end), pair[1].start);
        }
    }
}
