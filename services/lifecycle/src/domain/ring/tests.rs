//! What time does, in which order, dated when.

use rstest::rstest;
use vocab::TermLength;

use super::*;
use crate::domain::tests::{
    World, an_offer, date, eur, instant, just_after, just_before, kinds, money, month_to_month,
    monthly_billed, no, perpetual, server, yearly,
};
use crate::domain::{resume, set_auto_renew, suspend};

const BOUGHT: &str = "2026-01-10T15:00:00Z";

/// Each row: what was bought, and the alarms up to the second year, in order.
#[rstest]
#[case::d_12_a_year_charged_at_once(yearly("1.00"), &["2026-01-17T15:00:00.001Z", "2027-01-10T00:01:00Z"])]
#[case::can_3_a_perpetual_window_and_then_nothing(perpetual("1.00"), &["2026-02-10T00:00:00Z"])]
fn alarms(#[case] offer: crate::domain::OfferTerms, #[case] expected: &[&str]) {
    let world = World::new().selling(&offer);
    let mut sub = world.buy(&offer, 1, BOUGHT);
    for due_at in expected {
        assert_eq!(sub.alarm(), Some(instant(due_at)));
        sub = step(&sub, &world.prices, world.on(due_at)).unwrap().unwrap().next;
    }
}

#[test]
fn d_8_the_windows_close_leaves_a_change() {
    let world = World::new();
    let sub = world.resized(&world.buy(&yearly("1.00"), 1, BOUGHT), 2, "2026-01-12T00:00:00Z");
    let changes = world.ring(&sub, "2026-03-01T00:00:00Z");
    assert_eq!(kinds(&changes), [ChangeKind::WindowClosed; 2]);
    let at: Vec<_> = changes.iter().map(|change| change.effective_at).collect();
    assert_eq!(at, [instant("2026-01-17T15:00:00.001Z"), instant("2026-01-19T00:00:00.001Z")]);
    assert_eq!(changes[0].committed_at, instant("2026-03-01T00:00:00Z"));
}

#[test]
fn bil_3_a_cycle_is_charged_on_its_first_day() {
    let world = World::new();
    let sub = world.later(&world.buy(&monthly_billed("120.00"), 2, BOUGHT), "2026-02-01T00:00:00Z");
    assert_eq!(sub.alarm(), Some(instant("2026-02-10T00:00:00Z")));
    let changes = world.ring(&sub, "2026-02-10T00:00:00Z");
    assert_eq!(money(&changes), [(ChargeKind::Cycle, 2, "20.00 EUR".to_owned())]);
    let line = &changes[0].charges[0];
    assert_eq!((line.period_start, line.period_end), (date("2026-02-10"), date("2026-03-09")));
}

/// A three-year term, charged by the year: no cycle is skipped, and the last takes the remainder.
#[test]
fn trm_2_three_years_charged_by_the_year() {
    let offer = an_offer(
        vocab::ProductKind::LicenseBased,
        Some(TermLength::ThreeYears),
        vocab::BillingCycle::Annual,
        "1000.00",
    );
    let world = World::new();
    let changes = world.ring(&world.buy(&offer, 1, BOUGHT), "2029-01-10T00:00:59Z");
    let amounts: Vec<_> =
        changes.iter().flat_map(|change| &change.charges).map(|line| line.amount).collect();
    assert_eq!(amounts, [eur("333.33"), eur("333.34")]);
}

#[test]
fn trm_3_the_whole_term_is_owed_whatever_happens_after_the_window() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("120.00"), 1, BOUGHT);
    let off = set_auto_renew(&sub, false, world.on("2026-02-01T00:00:00Z")).unwrap().unwrap().next;
    let blocked = suspend(&off, world.on("2026-02-02T00:00:00Z")).unwrap().next;
    let changes = world.ring(&blocked, "2030-01-01T00:00:00Z");
    assert_eq!(changes.iter().map(|change| change.total().unwrap().minor).sum::<i64>(), 11_000);
}

#[test]
fn ren_3_with_auto_renew_off_it_expires_at_the_end_of_its_term() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let off = set_auto_renew(&sub, false, world.on(BOUGHT)).unwrap().unwrap().next;
    assert_eq!(world.later(&off, "2027-01-09T23:59:59.999Z").status, Status::Active);
    let changes = world.ring(&off, "2028-01-01T00:00:00Z");
    assert_eq!(kinds(&changes), [ChangeKind::WindowClosed, ChangeKind::Expired]);
    let next = &changes[1].next;
    assert_eq!(
        (next.status, next.status_since),
        (Status::Expired, instant("2027-01-10T00:00:00Z"))
    );
    assert_eq!(next.status_reason, StatusReason::AutoRenewOff);
}

#[test]
fn trm_6_software_from_before_expires_on_its_date() {
    let world = World::new().selling(&server("1.00"));
    let sub = world.buy(&server("1.00"), 1, "2021-10-13T23:59:59Z");
    assert_eq!(world.later(&sub, "2023-01-01T00:00:00Z").status, Status::Expired);
}

#[test]
fn sus_5_what_is_suspended_at_the_end_of_its_term_is_deleted() {
    let world = World::new();
    let blocked = suspend(&world.buy(&yearly("1.00"), 1, BOUGHT), world.on(BOUGHT)).unwrap().next;
    let gone = world.later(&blocked, "2027-01-10T00:00:00Z");
    assert_eq!(
        (gone.status, gone.status_reason),
        (Status::Deleted, StatusReason::SuspendedAtTermEnd)
    );
    assert_eq!(gone.alarm(), None);
}

#[test]
fn trp_20_resuming_works_on_the_last_millisecond_and_not_after() {
    let world = World::new();
    let blocked = suspend(&world.buy(&yearly("1.00"), 1, BOUGHT), world.on(BOUGHT)).unwrap().next;
    let over = instant("2027-01-10T00:00:00Z");
    let last = just_before(over);
    assert!(resume(&world.settled(&blocked, last), world.at(last)).is_ok());
    assert_eq!(
        no(resume(&world.settled(&blocked, over), world.at(over))),
        ("NOT_SUSPENDED", "D-46")
    );
}

#[test]
fn trp_21_billing_goes_on_while_suspended() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("120.00"), 1, BOUGHT);
    let blocked = suspend(&sub, world.on("2026-01-20T00:00:00Z")).unwrap().next;
    let lines = money(&world.ring(&blocked, "2026-04-10T00:00:00Z"));
    assert_eq!(lines, vec![(ChargeKind::Cycle, 1, "10.00 EUR".to_owned()); 3]);
}

#[test]
fn trp_28_at_the_end_of_the_term_there_is_a_renewal_and_no_cycle_charge() {
    let world = World::new().selling(&monthly_billed("120.00"));
    let sub = world.later(&world.buy(&monthly_billed("120.00"), 1, BOUGHT), "2026-12-31T00:00:00Z");
    assert_eq!(sub.cycle.index, 12);
    let changes = world.ring(&sub, "2027-01-10T00:01:00Z");
    assert_eq!(kinds(&changes), [ChangeKind::Renewed]);
}

/// A month bought on the 3rd with seats added so that their window closes at the very instant at
/// which the term is over.
#[test]
fn d_31_windows_close_before_anything_else_at_the_same_instant() {
    let world = World::new();
    let sub = world.buy(&month_to_month("1.00"), 1, "2026-02-03T00:00:00Z");
    let added = just_before(instant("2026-02-24T00:00:00Z"));
    let grown = change_to(&world, &sub, 2, added);
    let off = set_auto_renew(&grown, false, world.at(added)).unwrap().unwrap().next;
    let changes = world.ring(&off, "2026-03-03T00:00:00Z");
    assert_eq!(kinds(&changes), [ChangeKind::WindowClosed, ChangeKind::Expired]);

    let windows = [
        DueKind::WindowClose,
        DueKind::CycleCharge,
        DueKind::Renewal,
        DueKind::Expiry,
        DueKind::Deletion,
    ];
    assert!(windows.is_sorted());
}

fn change_to(world: &World, sub: &Subscription, total: i64, now: Timestamp) -> Subscription {
    let settled = world.settled(sub, now);
    crate::domain::change_quantity(&settled, total, world.at(now)).unwrap().unwrap().next
}

/// A verb finds a due cycle charged for the seats of the due instant, then adds its own.
#[test]
fn d_33_a_verb_first_does_what_is_due() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("120.00"), 1, BOUGHT);
    let now = instant("2026-02-12T00:00:00Z");
    let settled = settle(&sub, world.at(now)).unwrap();
    assert_eq!(kinds(&settled), [ChangeKind::WindowClosed, ChangeKind::CycleCharged]);
    assert_eq!(money(&settled), [(ChargeKind::Cycle, 1, "10.00 EUR".to_owned())]);
    assert_eq!(settled[1].effective_at, instant("2026-02-10T00:00:00Z"));
    assert_eq!(settled[1].committed_at, now);
    let grown = change_to(&world, &sub, 3, now);
    assert_eq!((grown.quantity, grown.cycle.index), (3, 2));
    assert_eq!(grown.version, 4);
}

#[test]
fn d_33_a_verb_never_renews() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let settled = settle(&sub, world.on("2028-01-01T00:00:00Z")).unwrap();
    assert_eq!(kinds(&settled), [ChangeKind::WindowClosed]);
    assert!(settled[0].next.is_renewal_pending(instant("2028-01-01T00:00:00Z")));
}

/// Asleep for more than three years of monthly charges: every cycle and renewal, in order.
#[test]
fn bil_8_what_slept_goes_through_every_cycle_in_order() {
    let world = World::new().selling(&monthly_billed("100.00"));
    let changes =
        world.ring(&world.buy(&monthly_billed("100.00"), 1, BOUGHT), "2029-01-10T00:00:59Z");
    let lines: Vec<_> = changes.iter().flat_map(|change| &change.charges).collect();
    assert_eq!(lines.len(), 35);
    assert!(lines.windows(2).all(|pair| {
        vocab::calendar::day_after(pair[0].period_end) == pair[1].period_start
            && pair[0].effective_at < pair[1].effective_at
    }));
    assert_eq!(lines.iter().map(|line| line.amount.minor).sum::<i64>(), 3 * 10_000 - 833);
    assert!(changes.iter().all(|change| change.committed_at == instant("2029-01-10T00:00:59Z")));
}

#[test]
fn d_8_one_millisecond_after_the_deadline_the_window_is_due_to_close() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let until = sub.cancellable_until.unwrap();
    assert_eq!(settle(&sub, world.at(until)).unwrap(), []);
    assert_eq!(settle(&sub, world.at(just_after(until))).unwrap().len(), 1);
}

#[test]
fn sus_2_suspended_time_is_not_taken_off_the_charge() {
    let world = World::new();
    let sub = world.later(&world.buy(&monthly_billed("120.00"), 1, BOUGHT), "2026-02-01T00:00:00Z");
    let blocked = suspend(&sub, world.on("2026-02-01T00:00:00Z")).unwrap().next;
    let back = resume(&blocked, world.on("2026-03-01T00:00:00Z"));
    assert!(back.is_ok());
    let charged = money(&world.ring(&blocked, "2026-03-01T00:00:00Z"));
    assert_eq!(charged, [(ChargeKind::Cycle, 1, "10.00 EUR".to_owned())]);
}

#[test]
fn lck_1_both_events_begin_at_midnight_in_utc() {
    let world = World::new();
    let sub = world.later(&world.buy(&monthly_billed("1.00"), 1, BOUGHT), "2026-02-01T00:00:00Z");
    let cycle = Due { at: instant("2026-02-10T00:00:00Z"), kind: DueKind::CycleCharge };
    assert_eq!(sub.due(), Some(cycle));
    assert!(sub.is_renewal_pending(instant("2027-01-10T00:00:00Z")));
    assert!(!sub.is_renewal_pending(just_before(instant("2027-01-10T00:00:00Z"))));
}

/// While a cycle charge is due, seats, suspension and auto-renew go through: it is done first.
#[test]
fn trp_26_a_cycle_charge_blocks_nothing() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("120.00"), 1, BOUGHT);
    let midnight = instant("2026-02-10T00:00:00Z");
    let settled = world.settled(&sub, midnight);
    assert!(crate::domain::change_quantity(&settled, 2, world.at(midnight)).is_ok());
    assert!(suspend(&settled, world.at(midnight)).is_ok());
    assert!(set_auto_renew(&settled, false, world.at(midnight)).is_ok());
}

#[test]
fn trp_62_what_time_does_is_not_counted() {
    let world = World::new().selling(&monthly_billed("120.00"));
    let sub = world.resized(&world.buy(&monthly_billed("120.00"), 1, BOUGHT), 2, BOUGHT);
    assert_eq!(world.later(&sub, "2029-01-01T00:00:00Z").update_count, 1);
}

/// A cycle that fell due in January and was charged in February is on February's invoice, with
/// January's dates.
#[test]
fn bil_10_a_late_line_keeps_its_due_date() {
    let world = World::new();
    let sub = world.buy(&monthly_billed("120.00"), 1, "2025-12-20T00:00:00Z");
    let changes = world.ring(&sub, "2026-02-03T08:00:00Z");
    let line = &changes.last().unwrap().charges[0];
    assert_eq!(line.effective_at, instant("2026-01-20T00:00:00Z"));
    assert_eq!(line.period_start, date("2026-01-20"));
    assert_eq!(line.committed_at, instant("2026-02-03T08:00:00Z"));
}

#[test]
fn d_32_earlier_cycles_are_kept_no_longer_than_they_can_come_back() {
    let kind = vocab::ProductKind::IsvSaasLicense;
    let offer = an_offer(kind, Some(TermLength::OneYear), vocab::BillingCycle::Monthly, "120.00");
    let world = World::new();
    let sub = world.later(&world.buy(&offer, 1, BOUGHT), "2026-06-01T00:00:00Z");
    assert_eq!((sub.cycle.index, sub.batches[0].earlier.len()), (5, 0));
}
