//! How a price is split over cycles.

use jiff::ToSpan;
use proptest::prelude::*;
use rstest::rstest;
use vocab::TermLength;

use super::*;
use crate::domain::tests::{date, eur};

fn all(split: Split) -> Vec<Cycle> {
    let first = split.cycle(1);
    std::iter::successors(Some(first), |cycle| split.after(cycle)).collect()
}

fn cycles(start: &str, length: TermLength, billing: BillingCycle, price: Money) -> Vec<Cycle> {
    let term = Term::starting(date(start), length, date(start).day());
    all(Split::of(&term, billing, price))
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
#[case::d_11_rounds_per_licence("4.00", "2026-04-02", "3.87")]
#[case::bil_3_the_first_day_pays_in_full("4.00", "2026-04-01", "4.00")]
#[case::bil_3_the_last_day_pays_one_day("4.00", "2026-04-30", "0.13")]
fn the_rest_of_a_cycle(#[case] price: &str, #[case] day: &str, #[case] expected: &str) {
    let april = cycles("2026-04-01", TermLength::OneMonth, BillingCycle::Monthly, eur(price));
    let per_seat = april.first().unwrap().price_from(date(day));
    assert_eq!(per_seat, eur(expected));
    assert_eq!(per_seat.checked_mul(2).unwrap().minor, 2 * eur(expected).minor);
}

/// D-40's own example, and others. Each row: the price, the billing before, after how many months it
/// changes, the billing then, and the prices of the cycles that follow.
#[rstest]
#[case::d_40_annual_to_monthly("1000.00", (BillingCycle::Annual, 12, BillingCycle::Monthly), (24, "27.78", "27.73"))]
#[case::d_40_annual_to_monthly_in_the_last_year("1000.00", (BillingCycle::Annual, 24, BillingCycle::Monthly), (12, "27.78", "27.76"))]
#[case::d_40_monthly_to_annual("1000.00", (BillingCycle::Monthly, 12, BillingCycle::Annual), (2, "333.33", "333.31"))]
#[case::d_40_the_last_may_be_shorter("1000.00", (BillingCycle::Monthly, 6, BillingCycle::Annual), (3, "333.33", "166.66"))]
#[case::d_40_thirteen_months_left("1000.00", (BillingCycle::Monthly, 23, BillingCycle::Annual), (2, "333.33", "27.73"))]
#[case::d_40_nothing_is_left_to_round("0.17", (BillingCycle::Annual, 12, BillingCycle::Monthly), (24, "0.00", "0.11"))]
#[case::d_40_too_much_for_the_whole_term("0.34", (BillingCycle::Annual, 24, BillingCycle::Monthly), (12, "0.00", "0.12"))]
#[case::d_40_free("0.00", (BillingCycle::Annual, 12, BillingCycle::Monthly), (24, "0.00", "0.00"))]
fn after_a_change(
    #[case] price: &str,
    #[case] (before, months, after): (BillingCycle, i32, BillingCycle),
    #[case] (count, each, last): (i32, &str, &str),
) {
    let term = Term::starting(date("2026-01-31"), TermLength::ThreeYears, 31);
    let was = Split::of(&term, before, eur(price));
    let since = months_after(term.start, months, 31);
    let left = was.left_before(was.around(since).index);
    let split = Split::since(&term, after, eur(price), Rebilled { since, left });
    let cycles = all(split);
    assert_eq!(i32::try_from(cycles.len()).unwrap(), count);
    assert_eq!((cycles[0].start, cycles[0].unit_price), (since, eur(each)));
    let end = cycles.last().unwrap();
    assert_eq!((end.end, end.unit_price), (term.end, eur(last)));
    assert_eq!(cycles.iter().map(|cycle| cycle.unit_price.minor).sum::<i64>(), left.minor);
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
        let start = date("2024-01-01").checked_add(day.days()).unwrap();
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

    /// A term with a given end is a full one that was entered late: its cycles cost the full price
    /// together, join from the full term's first day to the given end, and one of them holds the
    /// day of entry; in a month, or in years that begin on a day that the last month lacks, that
    /// is the natural term.
    #[test]
    fn bil_9_cycles_of_a_given_end_add_up_and_join(
        (length, billing) in a_plan(),
        minor in 0_i64..2_000_000,
        day in 0_i32..4_000,
        earlier in 0_i32..1_100,
        anchor in 28_i8..=31,
    ) {
        let start = date("2024-01-01").checked_add(day.days()).unwrap();
        let natural = Term::starting(start, length, start.day());
        let end = natural.end.checked_sub(earlier.days()).unwrap().max(start);
        // The anchor of another subscription that ends on that day.
        let after = day_after(end);
        let anchor_day = if after == after.last_of_month() { anchor.max(after.day()) } else { after.day() };
        let term = Term::ending(end, length, anchor_day, start);
        let price = Money::of_minor(minor, eur("0.00").currency);
        let split = Split::of(&term, billing, price);
        let cycles = all(split);

        prop_assert_eq!(cycles.iter().map(|cycle| cycle.unit_price.minor).sum::<i64>(), minor);
        prop_assert!(cycles.iter().all(|cycle| 0 <= cycle.unit_price.minor && 0 < cycle.days()));
        prop_assert_eq!(cycles.first().unwrap().start, term.full_start());
        prop_assert_eq!(cycles.last().unwrap().end, end);
        for pair in cycles.windows(2) {
            prop_assert_eq!(day_after(pair[0].end), pair[1].start);
        }
        let entered = split.around(start);
        prop_assert!(entered.start <= start && start <= entered.end);
        let months = length.months() / billing.months().unwrap();
        prop_assert_eq!(i32::try_from(cycles.len()).unwrap(), months);
    }

    /// However often the billing changes at a boundary, the cycles that are charged cost the term's
    /// price together, none less than nothing.
    #[test]
    fn bil_8_cycles_add_up_through_changes_of_billing(
        minor in 0_i64..5_000,
        boundaries in prop::collection::vec(1_i32..14, 0..4),
    ) {
        let term = Term::starting(date("2026-01-31"), TermLength::ThreeYears, 31);
        let price = Money::of_minor(minor, eur("0.00").currency);
        let mut billing = BillingCycle::Monthly;
        let mut split = Split::of(&term, billing, price);
        let mut charged: Vec<Cycle> = vec![];
        for count in boundaries {
            let kept = all(split).into_iter().take(usize::try_from(count).unwrap());
            charged.extend(kept);
            let Some(next) = split.after(charged.last().unwrap()) else { break };
            billing = if billing == BillingCycle::Monthly { BillingCycle::Annual } else { BillingCycle::Monthly };
            let rebilled = Rebilled { since: next.start, left: split.left_before(next.index) };
            split = Split::since(&term, billing, price, rebilled);
        }
        let is_over = charged.last().is_some_and(|cycle| cycle.end == term.end);
        charged.extend(all(split).into_iter().filter(|_| !is_over));
        prop_assert_eq!(charged.iter().map(|cycle| cycle.unit_price.minor).sum::<i64>(), minor);
        prop_assert!(charged.iter().all(|cycle| 0 <= cycle.unit_price.minor));
        prop_assert_eq!(charged.last().unwrap().end, term.end);
        for pair in charged.windows(2) {
            prop_assert_eq!(day_after(pair[0].end), pair[1].start);
        }
    }
}
