//! Decisions at their edges.

use rstest::rstest;
use vocab::{BillingCycle, ProductKind, TermLength};

use super::*;
use crate::domain::tests::{
    World, a_trial_of, an_offer, eur, instant, money, no, perpetual, yearly,
};
use crate::domain::{OfferTerms, Status, Warning, ring, suspend};

const BOUGHT: &str = "2026-01-10T15:00:00Z";
/// Long after every window.
const LATE: &str = "2026-06-01T12:00:00Z";

const END: SupportDecision = SupportDecision { cancels: true, credit: None };

fn both(credit: &str) -> SupportDecision {
    SupportDecision { cancels: true, credit: Some(eur(credit)) }
}

fn a_credit(credit: &str) -> SupportDecision {
    SupportDecision { cancels: false, credit: Some(eur(credit)) }
}

fn of(kind: ProductKind) -> OfferTerms {
    an_offer(kind, Some(TermLength::OneYear), BillingCycle::Annual, "120.00")
}

#[rstest]
#[case::sup_4_after_the_window(yearly("120.00"))]
#[case::sup_4_a_term_without_a_window(of(ProductKind::IsvSaasLicense))]
#[case::d_26_a_reservation(of(ProductKind::AzureReservation))]
#[case::can_9_security_updates(of(ProductKind::Esu))]
#[case::can_9_a_legacy_licence(of(ProductKind::LicenseLegacy))]
#[case::sup_4_what_was_bought_once(perpetual("120.00"))]
fn an_end_outside_of_self_service(#[case] offer: OfferTerms) {
    let world = World::new().selling(&offer);
    let sub = world.settled(&world.buy(&offer, 10, BOUGHT), instant(LATE));
    let refused = world.cancel(&sub, instant(LATE)).unwrap_err();
    assert_eq!(refused.support_issue(), Some("PURCHASE_REFUND"), "{refused}");

    let change = settle_support(&sub, both("700.00"), eur("1200.00"), world.on(LATE)).unwrap();
    assert_eq!(change.kind, ChangeKind::Cancelled);
    let next = &change.next;
    assert_eq!((next.status, next.quantity, next.batches.len()), (Status::Cancelled, 0, 0));
    assert_eq!(next.status_reason, StatusReason::CancelledBySupport);
    assert_eq!(next.update_count, sub.update_count);
    let line = (ChargeKind::Adjustment, 1, "-700.00 EUR".to_owned());
    assert_eq!(money(std::slice::from_ref(&change)), [line]);
    assert_eq!(ring(next, &world.prices, world.on("2036-01-01T00:00:00Z")).unwrap(), []);
}

#[test]
fn sup_4_an_end_by_itself_credits_nothing() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    // Inside of the window as well: the operator, not the formula, says what is paid back.
    let change = settle_support(&sub, END, eur("1200.00"), world.on(BOUGHT)).unwrap();
    assert_eq!((change.kind, change.charges), (ChangeKind::Cancelled, vec![]));
}

#[rstest]
#[case::sup_4_all_that_was_charged("1200.00", true)]
#[case::sup_4_one_cent_more("1200.01", false)]
#[case::sup_4_one_cent("0.01", true)]
#[case::sup_4_nothing("0.00", false)]
#[case::sup_4_less_than_nothing("-0.01", false)]
fn a_credit_up_to_what_was_charged(#[case] credit: &str, #[case] is_possible: bool) {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let answer = settle_support(&sub, a_credit(credit), eur("1200.00"), world.on(LATE));
    if !is_possible {
        assert_eq!(no(answer), ("CREDIT_NOT_POSSIBLE", "SUP-4"));
        return;
    }
    let change = answer.unwrap();
    assert_eq!(change.kind, ChangeKind::Adjusted);
    assert_eq!(change.total().unwrap(), eur(credit).negated());
    let unchanged = Subscription { version: sub.version, ..change.next };
    assert_eq!(unchanged, sub);
}

#[test]
fn sup_4_a_credit_is_in_the_currency_of_the_charges() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let dollars = Money::parse("1.00", "USD".parse().unwrap()).unwrap();
    let decision = SupportDecision { cancels: false, credit: Some(dollars) };
    let answer = settle_support(&sub, decision, eur("1200.00"), world.on(LATE));
    assert_eq!(no(answer), ("CREDIT_NOT_POSSIBLE", "SUP-4"));
}

#[test]
fn sup_4_a_line_is_price_times_quantity_and_of_one_day() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let change = settle_support(&sub, a_credit("5.00"), eur("1200.00"), world.on(LATE)).unwrap();
    let line = &change.charges[0];
    assert_eq!(line.effective_unit_price.checked_mul(line.quantity).unwrap(), line.amount);
    assert_eq!(
        (line.period_start, line.period_end),
        (day_of(instant(LATE)), day_of(instant(LATE)))
    );
    assert_eq!((line.billed_days, line.credits), (0, None));
}

#[test]
fn sup_4_what_has_ended_is_credited_and_not_cancelled_again() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let gone = settle_support(&sub, END, eur("1200.00"), world.on(LATE)).unwrap().next;
    let again = settle_support(&gone, END, eur("1200.00"), world.on(LATE));
    assert_eq!(no(again), ("NOT_ACTIVE", "CAN-12"));
    let credited = settle_support(&gone, a_credit("10.00"), eur("1200.00"), world.on(LATE));
    assert_eq!(credited.unwrap().total().unwrap(), eur("-10.00"));
}

#[test]
fn can_12_what_is_suspended_is_cancelled_by_support() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let blocked = suspend(&sub, world.on(LATE)).unwrap().next;
    let change = settle_support(&blocked, END, eur("1200.00"), world.on(LATE)).unwrap();
    assert_eq!(change.next.status, Status::Cancelled);
}

#[test]
fn can_10_an_end_by_support_deletes_scheduled_changes() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let set =
        crate::domain::ScheduledSet { quantity: Some(5), ..crate::domain::ScheduledSet::default() };
    let sub = Subscription { scheduled: Some(set), ..sub };
    let change = settle_support(&sub, END, eur("1200.00"), world.on(LATE)).unwrap();
    assert_eq!(change.next.scheduled, None);
    assert!(matches!(change.warnings[..], [Warning::ScheduledChangesDropped { .. }]));
}

#[rstest]
#[case::cat_17_linux_plans(of(ProductKind::LinuxPlan), LATE, "CANCELLATION_WINDOW_CLOSED")]
#[case::d_15_trials(a_trial_of(&yearly("120.00")), "2026-01-11T00:00:00Z", "TRIAL_LOCKED")]
#[case::lck_4_a_pending_renewal(yearly("120.00"), "2027-01-10T00:00:30Z", "RENEWAL_PENDING_RETRY")]
fn what_support_does_not_end(#[case] offer: OfferTerms, #[case] now: &str, #[case] reason: &str) {
    let world = World::new().selling(&offer);
    let sub = world.settled(&world.buy(&offer, 25, BOUGHT), instant(now));
    let answer = settle_support(&sub, END, eur("1200.00"), world.on(now));
    assert_eq!(no(answer).0, reason);
}
