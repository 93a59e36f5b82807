//! Usage at the edges of a subscription's life, and what no refund gives back.

use rstest::rstest;
use vocab::{BillingCycle, TermLength};

use super::*;
use crate::domain::tests::{World, an_offer, date, eur, instant, money, no, yearly};
use crate::domain::{OfferTerms, set_auto_renew};

const BOUGHT: &str = "2026-01-10T15:00:00Z";

fn metered() -> OfferTerms {
    let year = Some(TermLength::OneYear);
    an_offer(ProductKind::IsvSaasMetered, year, BillingCycle::Monthly, "120.00")
}

fn used(from: &str, to: &str) -> Usage {
    Usage { quantity: 300, amount: eur("25.00"), from: date(from), to: date(to) }
}

#[test]
fn bil_12_usage_is_a_line_of_its_own() {
    let world = World::new();
    let sub = world.buy(&metered(), 10, BOUGHT);
    let usage = used("2026-01-10", "2026-01-31");
    let change = record_usage(&sub, usage, world.on("2026-02-01T00:00:00Z")).unwrap();
    let [line] = change.charges.as_slice() else { panic!("{:?}", change.charges) };
    assert_eq!((line.kind, line.quantity, line.amount), (ChargeKind::Usage, 300, eur("25.00")));
    assert_eq!((line.period_start, line.period_end), (usage.from, usage.to));
    assert_eq!((line.billed_days, line.effective_unit_price), (22, eur("0.08")));
    assert_eq!((change.kind, change.next.version), (ChangeKind::UsageRecorded, sub.version + 1));
    assert_eq!(change.next.update_count, sub.update_count);
}

/// Each row: the days of use, and the instant at which it is reported.
#[rstest]
#[case::bil_12_the_day_of_the_purchase("2026-01-10", "2026-01-10", BOUGHT, None)]
#[case::bil_12_the_day_before("2026-01-09", "2026-01-10", BOUGHT, Some("2026-01-09"))]
#[case::bil_12_today("2026-03-01", "2026-03-01", "2026-03-01T00:00:00Z", None)]
#[case::bil_12_tomorrow("2026-03-01", "2026-03-02", "2026-03-01T23:59:59.999Z", Some("2026-03-02"))]
#[case::bil_12_its_last_day("2027-01-09", "2027-01-09", "2027-02-01T00:00:00Z", None)]
#[case::bil_12_the_day_after_it_ended(
    "2027-01-09",
    "2027-01-10",
    "2027-02-01T00:00:00Z",
    Some("2027-01-10")
)]
fn when_it_was_in_use(
    #[case] from: &str,
    #[case] to: &str,
    #[case] now: &str,
    #[case] refused: Option<&str>,
) {
    let world = World::new();
    let sub = world.buy(&metered(), 10, BOUGHT);
    let sub = set_auto_renew(&sub, false, world.on(BOUGHT)).unwrap().unwrap().next;
    let sub = world.settled(&sub, instant(now));
    let outcome = record_usage(&sub, used(from, to), world.on(now));
    match refused {
        None => assert!(outcome.is_ok(), "{outcome:?}"),
        Some(day) => {
            let no = outcome.unwrap_err();
            assert_eq!((no.reason(), no.rule()), ("USAGE_NOT_POSSIBLE", "BIL-12"));
            assert!(no.to_string().contains(day), "{no}");
        }
    }
}

#[rstest]
#[case::bil_12_what_is_not_metered(yearly("1.00"))]
#[case::bil_12_licences_of_a_publisher(an_offer(
    ProductKind::IsvSaasLicense,
    Some(TermLength::OneYear),
    BillingCycle::Annual,
    "1.00"
))]
fn not_metered(#[case] offer: OfferTerms) {
    let world = World::new();
    let sub = world.buy(&offer, 10, BOUGHT);
    let refused = record_usage(&sub, used("2026-01-10", "2026-01-10"), world.on(BOUGHT));
    assert_eq!(no(refused), ("USAGE_NOT_POSSIBLE", "BIL-12"));
}

#[test]
fn bil_12_in_the_currency_of_the_subscription() {
    let world = World::new();
    let sub = world.buy(&metered(), 10, BOUGHT);
    let amount = Money::parse("25.00", "USD".parse().unwrap()).unwrap();
    let usage = Usage { amount, ..used("2026-01-10", "2026-01-10") };
    let refused = record_usage(&sub, usage, world.on(BOUGHT));
    assert_eq!(no(refused), ("USAGE_NOT_POSSIBLE", "BIL-12"));
}

#[rstest]
#[case::d_39_within("2026-01-10", "2026-02-08", Some("0.00"))]
#[case::d_39_after("2026-02-09", "2026-02-09", Some("25.00"))]
#[case::d_39_both("2026-02-08", "2026-02-09", None)]
fn in_a_free_evaluation(#[case] from: &str, #[case] to: &str, #[case] expected: Option<&str>) {
    let world = World::new();
    let offer = OfferTerms { includes_evaluation: true, ..metered() };
    let sub = world.later(&world.buy(&offer, 10, BOUGHT), "2026-02-10T00:00:00Z");
    let outcome = record_usage(&sub, used(from, to), world.on("2026-02-10T00:00:00Z"));
    assert_eq!(outcome.ok().map(|change| change.charges[0].amount), expected.map(eur));
}

/// Everything that was charged for the seats comes back, and not a cent of what was used.
#[test]
fn trp_57_a_full_refund_leaves_usage_out() {
    let world = World::new();
    let sub = world.buy(&metered(), 10, BOUGHT);
    let at = "2026-01-12T00:00:00Z";
    let usage = used("2026-01-10", "2026-01-11");
    let charged = record_usage(&sub, usage, world.on(at)).unwrap();
    let cancelled = world.cancel(&charged.next, instant(at)).unwrap();
    let expected = [(ChargeKind::Cancel, 10, "-100.00 EUR".to_owned())];
    assert_eq!(money(std::slice::from_ref(&cancelled)), expected);
    let late = record_usage(&cancelled.next, used("2026-01-11", "2026-01-11"), world.on(at));
    assert!(late.is_ok(), "what was used before the end is owed: {late:?}");
}
