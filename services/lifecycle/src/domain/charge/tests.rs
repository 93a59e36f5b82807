//! Days used and what is paid back.

use rstest::rstest;

use super::*;
use crate::domain::tests::{World, date, eur, instant, monthly_billed, yearly};

#[rstest]
#[case::d_10_at_once("2026-01-10T15:00:00Z", 1)]
#[case::d_10_one_day_to_the_millisecond("2026-01-11T15:00:00Z", 1)]
#[case::d_10_a_started_day_counts("2026-01-11T15:00:00.001Z", 2)]
#[case::d_10_the_whole_window("2026-01-17T15:00:00Z", 7)]
fn days_used(#[case] now: &str, #[case] expected: i64) {
    assert_eq!(used_days(instant("2026-01-10T15:00:00Z"), instant(now)), expected);
}

#[rstest]
#[case::pcx_6_an_unused_seat("10.00", "10.00", 0, "10.00")]
#[case::pcx_6_one_day("10.00", "10.00", 1, "9.68")]
#[case::trp_55_never_below_nothing("10.00", "3.00", 20, "0.00")]
#[case::trp_55_never_above_what_was_charged("10.00", "3.00", 0, "3.00")]
#[case::trp_58_nothing_of_nothing("0.00", "0.00", 5, "0.00")]
fn refund(
    #[case] unit_price: &str,
    #[case] charged: &str,
    #[case] used_days: i64,
    #[case] expected: &str,
) {
    let (start, end) = (date("2026-01-01"), date("2026-01-31"));
    let cycle = Cycle { index: 1, start, end, unit_price: eur(unit_price) };
    let paid = PaidCycle {
        charge: ChargeId(uuid::Uuid::from_u128(1)),
        charged_per_seat: eur(charged),
        billed_from: start,
        cycle,
    };
    assert_eq!(refund_per_seat(&paid, used_days), eur(expected));
}

#[test]
fn bil_1_a_line_says_what_it_is_made_of() {
    let world = World::new();
    let change = world.try_buy(&monthly_billed("120.00"), 3, "2026-01-31T10:00:00Z").unwrap();
    let [line] = change.charges.as_slice() else { panic!("{:?}", change.charges) };
    assert_eq!(line.kind, ChargeKind::New);
    assert_eq!((line.unit_price, line.effective_unit_price), (eur("10.00"), eur("10.00")));
    assert_eq!((line.quantity, line.amount), (3, eur("30.00")));
    assert_eq!((line.period_start, line.period_end), (date("2026-01-31"), date("2026-02-27")));
    assert_eq!((line.billed_days, line.cycle_days), (28, 28));
    assert_eq!(line.credits, None);
}

#[test]
fn bil_1_a_credit_negates_and_names_what_was_charged() {
    let world = World::new();
    let sub = world.buy(&yearly("365.00"), 2, "2026-01-10T15:00:00Z");
    let cancelled = world.cancel(&sub, instant("2026-01-12T15:00:00Z")).unwrap();
    let [line] = cancelled.charges.as_slice() else { panic!("{:?}", cancelled.charges) };
    assert_eq!(line.credits, Some(sub.batches[0].charge));
    assert_eq!((line.unit_price, line.effective_unit_price), (eur("365.00"), eur("-363.00")));
    assert_eq!((line.quantity, line.amount), (2, eur("-726.00")));
    assert_eq!((line.period_start, line.period_end), (date("2026-01-12"), date("2027-01-09")));
    assert_eq!((line.billed_days, line.cycle_days), (363, 365));
}

#[test]
fn trp_45_an_amount_that_includes_tax_says_so_and_gets_none_added() {
    let world = World::new();
    let offer = crate::domain::OfferTerms { tax_included: true, ..yearly("120.00") };
    let bought = world.try_buy(&offer, 1, "2026-01-10T15:00:00Z").unwrap();
    let cancelled = world.cancel(&bought.next, instant("2026-01-10T15:00:00Z")).unwrap();
    assert!(bought.charges[0].tax_included && cancelled.charges[0].tax_included);
    assert_eq!(bought.charges[0].amount, eur("120.00"), "none is added");
}
