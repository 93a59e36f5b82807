//! Taking back a purchase: when, what for, and what is left.

use rstest::rstest;
use vocab::{BillingCycle, ProductKind, TermLength};

use super::*;
use crate::domain::tests::{
    World, a_trial_of, an_offer, date, eur, instant, just_after, just_before, money,
    monthly_billed, no, perpetual, server, yearly,
};
use crate::domain::{
    OfferTerms, ScheduledSet, Warning, ring, schedule, set_auto_renew, settle, suspend,
};

const BOUGHT: &str = "2026-01-10T15:00:00Z";

fn of_kind(kind: ProductKind, price: &str) -> OfferTerms {
    an_offer(kind, Some(TermLength::OneYear), BillingCycle::Annual, price)
}

/// Each row: what was bought, when, and the last instant at which it can be cancelled.
#[rstest]
#[case::trp_11_exactly_168_hours(yearly("1.00"), BOUGHT, "2026-01-17T15:00:00Z")]
#[case::can_2_server_subscriptions(server("1.00"), BOUGHT, "2026-01-17T15:00:00Z")]
#[case::trp_13_thirty_days_to_the_end_of_the_day(
    perpetual("1.00"),
    BOUGHT,
    "2026-02-09T23:59:59.999Z"
)]
#[case::can_1_sixty_days_of_a_server(
    server("1.00"),
    "2021-05-31T23:59:59.999Z",
    "2021-07-30T23:59:59.999Z"
)]
#[case::can_1_thirty_days_of_a_server(
    server("1.00"),
    "2021-06-01T00:00:00Z",
    "2021-07-01T23:59:59.999Z"
)]
#[case::can_1_the_last_thirty_days(
    server("1.00"),
    "2022-07-10T23:59:59.999Z",
    "2022-08-09T23:59:59.999Z"
)]
#[case::can_1_the_first_168_hours(server("1.00"), "2022-07-11T00:00:00Z", "2022-07-18T00:00:00Z")]
#[case::d_9_over_a_leap_day(perpetual("1.00"), "2024-01-31T12:00:00Z", "2024-03-01T23:59:59.999Z")]
#[case::d_9_without_a_leap_day(
    perpetual("1.00"),
    "2023-01-31T12:00:00Z",
    "2023-03-02T23:59:59.999Z"
)]
#[case::d_8_over_a_leap_day(yearly("1.00"), "2024-02-26T07:08:09.010Z", "2024-03-04T07:08:09.010Z")]
#[case::trp_14_sixty_days(perpetual("1.00"), "2021-05-31T23:59:59Z", "2021-07-30T23:59:59.999Z")]
#[case::d_22_72_hours(of_kind(ProductKind::IsvSaasLicense, "1.00"), BOUGHT, "2026-01-13T15:00:00Z")]
fn the_window(#[case] offer: OfferTerms, #[case] bought: &str, #[case] until: &str) {
    let (world, until) = (World::new(), instant(until));
    let sub = world.buy(&offer, 1, bought);
    assert_eq!(world.cancel(&sub, until).unwrap().next.status, Status::Cancelled);
    let closed = world.cancel(&sub, just_after(until)).unwrap_err();
    assert_eq!((closed.reason(), closed.rule()), ("CANCELLATION_WINDOW_CLOSED", "CAN-3"));
    assert_eq!(closed.allowed_until(), Some(until));
}

#[test]
fn pcx_6_ten_seats_for_three_days() {
    let world = World::new();
    let sub = world.buy(&yearly("120.00"), 10, BOUGHT);
    let change = world.cancel(&sub, instant("2026-01-13T09:00:00Z")).unwrap();
    assert_eq!(change.total().unwrap(), eur("-1190.10"));
}

#[rstest]
#[case::can_3_still_open("2026-01-12T15:00:00Z", CancelWindow::Open {
    allowed_until: instant("2026-02-09T23:59:59.999Z"), days_left: 28 })]
#[case::can_3_passed("2026-02-10T00:00:00Z", CancelWindow::Closed {
    closed_at: instant("2026-02-09T23:59:59.999Z") })]
fn what_an_attempt_tells(#[case] now: &str, #[case] expected: CancelWindow) {
    let sub = World::new().buy(&perpetual("1.00"), 1, BOUGHT);
    assert_eq!(cancel_window(&sub, instant(now)), expected);
}

#[test]
fn can_3_the_refusal_says_until_when_and_what_to_do() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let closed = world.cancel(&sub, instant("2026-01-17T15:00:00.001Z")).unwrap_err();
    assert_eq!(
        closed.to_string(),
        "the cancellation window closed at 2026-01-17T15:00:00Z; let it end after 2027-01-09 with \
         auto-renew off, or call SupportService/CreateSupportRequest"
    );
}

#[test]
fn can_4_nothing_moves_what_is_cancelled() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let gone = world.cancel(&sub, instant(BOUGHT)).unwrap().next;
    assert_eq!(gone.alarm(), None);
    assert_eq!(ring(&gone, &world.prices, world.on("2036-01-01T00:00:00Z")).unwrap(), []);
    assert_eq!(no(world.cancel(&gone, instant(BOUGHT))), ("NOT_ACTIVE", "CAN-12"));
    assert_eq!(no(set_auto_renew(&gone, true, world.on(BOUGHT))), ("NOT_ACTIVE", "SUS-9"));
}

#[test]
fn can_5_needs_the_step_yes_cancel() {
    let world = World::new();
    let sub = world.buy(&yearly("1.00"), 1, BOUGHT);
    let missing = cancel(&sub, false, world.on(BOUGHT)).unwrap_err();
    assert_eq!((missing.reason(), missing.rule()), ("ACKNOWLEDGEMENT_REQUIRED", "CAN-5"));
    assert_eq!(missing.allowed_until(), sub.cancellable_until);
}

#[rstest]
#[case::can_7_server_subscriptions(ProductKind::SoftwareSubscription, true)]
#[case::can_7_perpetual(ProductKind::SoftwarePerpetual, true)]
#[case::can_7_licences(ProductKind::LicenseBased, false)]
fn an_admin_agent(#[case] kind: ProductKind, #[case] expected: bool) {
    assert_eq!(needs_admin_agent(kind), expected);
}

#[test]
fn can_10_cancelling_deletes_scheduled_changes() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 5, BOUGHT);
    let wanted = ScheduledSet { quantity: Some(3), ..ScheduledSet::default() };
    let saved = schedule(&sub, &wanted, &world.prices, world.on(BOUGHT)).unwrap().unwrap().next;
    let change = world.cancel(&saved, instant(BOUGHT)).unwrap();
    assert_eq!(change.next.scheduled, None);
    assert_eq!(change.warnings, [Warning::ScheduledChangesDropped { dropped: wanted }]);
}

#[test]
fn can_11_what_is_cancelled_has_no_seats() {
    let world = World::new();
    let change = world.cancel(&world.buy(&perpetual("1.00"), 4, BOUGHT), instant(BOUGHT)).unwrap();
    assert_eq!((change.quantity_before, change.next.quantity), (4, 0));
    assert_eq!(change.next.batches, []);
}

#[rstest]
#[case::can_12_suspended(Status::Suspended, None)]
#[case::can_12_expired(Status::Expired, Some(("NOT_ACTIVE", "CAN-12")))]
#[case::can_12_cancelled(Status::Cancelled, Some(("NOT_ACTIVE", "CAN-12")))]
#[case::can_12_deleted(Status::Deleted, Some(("NOT_ACTIVE", "CAN-12")))]
fn by_status(#[case] status: Status, #[case] expected: Option<(&str, &str)>) {
    let world = World::new();
    let sub = Subscription { status, ..world.buy(&yearly("1.00"), 1, BOUGHT) };
    let refused = world.cancel(&sub, instant(BOUGHT)).err();
    assert_eq!(refused.map(|no| (no.reason(), no.rule())), expected);
}

#[rstest]
#[case::can_12_a_trial(a_trial_of(&yearly("1.00")), 25, ("TRIAL_LOCKED", "D-15"))]
#[case::cat_17_redhat(of_kind(ProductKind::LinuxPlan, "1.00"), 1, ("CANCELLATION_WINDOW_CLOSED", "CAT-17"))]
#[case::d_26_a_reservation(
    of_kind(ProductKind::AzureReservation, "1.00"), 1, ("USE_SUPPORT_REQUEST", "CAN-9"))]
#[case::can_9_legacy(of_kind(ProductKind::LicenseLegacy, "1.00"), 1, ("USE_SUPPORT_REQUEST", "CAN-9"))]
fn never_by_self_service(
    #[case] offer: OfferTerms,
    #[case] quantity: i64,
    #[case] expected: (&'static str, &'static str),
) {
    let world = World::new();
    assert_eq!(no(world.cancel(&world.buy(&offer, quantity, BOUGHT), instant(BOUGHT))), expected);
}

#[test]
fn can_12_a_suspended_one_only_inside_its_window() {
    let world = World::new();
    let sub = world.buy(&yearly("365.00"), 1, BOUGHT);
    let blocked = suspend(&sub, world.on("2026-01-11T00:00:00Z")).unwrap().next;
    let until = sub.cancellable_until.unwrap();
    assert_eq!(world.cancel(&blocked, until).unwrap().total().unwrap(), eur("-358.00"));
    assert_eq!(
        no(world.cancel(&blocked, just_after(until))),
        ("CANCELLATION_WINDOW_CLOSED", "CAN-3")
    );
}

#[test]
fn pcx_2_the_obligation_is_told() {
    for word in ["stop using", "uninstall", "downloads", "links"] {
        assert!(OBLIGATION.contains(word), "{word}");
    }
}

#[test]
fn pcx_4_the_credit_is_made_with_the_cancellation() {
    let (world, now) = (World::new(), instant("2026-01-13T09:00:00Z"));
    let change = world.cancel(&world.buy(&yearly("120.00"), 10, BOUGHT), now).unwrap();
    assert!(change.charges.iter().all(|line| line.committed_at == now && line.effective_at == now));
    assert!(change.charges.iter().all(|line| line.kind == ChargeKind::Cancel));
}

#[test]
fn pcx_5_the_item_itself_is_cancelled_at_once() {
    let (world, now) = (World::new(), instant("2026-01-13T09:00:00Z"));
    let next = world.cancel(&world.buy(&yearly("1.00"), 1, BOUGHT), now).unwrap().next;
    assert_eq!((next.status, next.status_since), (Status::Cancelled, now));
    assert_eq!(next.status_reason, StatusReason::CancelledByPartner);
}

/// Each row: what was bought at 365.00, and what comes back after a day and an hour.
#[rstest]
#[case::d_3_perpetual_in_full(perpetual("365.00"), "-365.00")]
#[case::trp_57_isv_in_full_and_nothing_metered(
    of_kind(ProductKind::IsvSaasMetered, "365.00"),
    "-365.00"
)]
#[case::d_3_every_other_kind_prorated(server("365.00"), "-363.00")]
#[case::trp_58_a_free_item(yearly("0.00"), "0.00")]
fn the_credit(#[case] offer: OfferTerms, #[case] expected: &str) {
    let world = World::new();
    let change = world.cancel(&world.buy(&offer, 1, BOUGHT), instant("2026-01-11T16:00:00Z"));
    assert_eq!(change.unwrap().total().unwrap(), eur(expected));
}

#[test]
fn bil_11_one_line_a_batch_linked_to_what_it_credits() {
    let world = World::new();
    let sub = world.buy(&yearly("365.00"), 10, BOUGHT);
    let more = world.resized(&sub, 15, "2026-01-12T15:00:00Z");
    let change = world.cancel(&more, instant("2026-01-13T15:00:00Z")).unwrap();
    assert_eq!(
        money(std::slice::from_ref(&change)),
        [
            (ChargeKind::Cancel, 10, "-3,620.00 EUR".to_owned()),
            (ChargeKind::Cancel, 5, "-1,810.00 EUR".to_owned()),
        ]
    );
    let linked: Vec<_> = change.charges.iter().map(|line| line.credits.unwrap()).collect();
    assert_eq!(linked, more.batches.iter().map(|batch| batch.charge).collect::<Vec<_>>());
}

/// The second cycle of a P1Y that was renewed just before the boundary cannot be reached by a
/// 168-hour window; a longer lawful one can.
#[test]
fn trp_56_only_the_current_cycle_comes_back_and_no_later_one_is_charged() {
    let mut world = World::new();
    world.policy.statutory.push(crate::domain::StatutoryRow {
        market: "DE".parse().unwrap(),
        kind: ProductKind::LicenseBased,
        window: crate::domain::Window::CalendarDays(60),
    });
    let sub = world.buy(&monthly_billed("372.00"), 1, "2026-01-01T10:00:00Z");
    let changes = settle(&sub, world.on("2026-02-03T00:00:00Z")).unwrap();
    assert_eq!(money(&changes), [(ChargeKind::Cycle, 1, "31.00 EUR".to_owned())]);
    let second = &changes.last().unwrap().next;
    let change = world.cancel(second, instant("2026-02-03T00:00:00Z")).unwrap();
    assert_eq!(change.total().unwrap(), eur("-28.79"));
    assert_eq!(change.charges[0].credits, Some(changes[0].charges[0].id));
    assert_eq!(change.charges[0].period_start, date("2026-02-03"));
    assert_eq!(change.next.alarm(), None);
}

#[test]
fn d_32_a_full_refund_covers_every_cycle() {
    let mut world = World::new();
    world.policy.statutory.push(crate::domain::StatutoryRow {
        market: "DE".parse().unwrap(),
        kind: ProductKind::IsvSaasLicense,
        window: crate::domain::Window::CalendarDays(60),
    });
    let offer = an_offer(
        ProductKind::IsvSaasLicense,
        Some(TermLength::OneYear),
        BillingCycle::Monthly,
        "120.00",
    );
    let sub = world.buy(&offer, 2, "2026-01-01T10:00:00Z");
    let change = world.cancel(&sub, instant("2026-02-03T00:00:00Z")).unwrap();
    assert_eq!(change.total().unwrap(), eur("-40.00"));
    assert_eq!(change.charges.len(), 2);
    assert_eq!(change.charges[0].credits, Some(sub.batches[0].charge));
}

#[test]
fn trp_7_no_window_is_open_between_the_end_of_the_term_and_the_completion() {
    let world = World::new().selling(&yearly("1.00"));
    let sub = world.buy(&yearly("1.00"), 5, BOUGHT);
    let grown = world.resized(&sub, 6, "2027-01-08T00:00:00Z");
    let over = instant("2027-01-10T00:00:00Z");
    let open = world.settled(&grown, just_before(over));
    assert_eq!(crate::domain::reducible(&open, just_before(over)).total, 1);
    assert_eq!(crate::domain::reducible(&open, over).total, 0);
    let refused = world.resize(&grown, 5, "2027-01-10T00:00:00Z").unwrap_err();
    assert_eq!((refused.reason(), refused.rule()), ("RENEWAL_PENDING_RETRY", "LCK-4"));
    assert_eq!(refused.retry_after(), Some(jiff::SignedDuration::from_secs(120)));
    assert_eq!(no(world.cancel(&grown, over)), ("RENEWAL_PENDING_RETRY", "LCK-4"));
}

/// A law of fourteen calendar days in Germany, for one kind.
fn under_a_law(kind: ProductKind) -> World {
    let mut world = World::new();
    let (market, window) = ("DE".parse().unwrap(), crate::domain::Window::CalendarDays(14));
    world.policy.statutory.push(crate::domain::StatutoryRow { market, kind, window });
    world
}

#[test]
fn can_13_the_law_keeps_a_window_open_that_the_policy_closes() {
    let world = under_a_law(ProductKind::LicenseBased);
    let bought = "2026-01-10T15:00:00Z";
    let last = instant("2026-01-24T23:59:59.999Z");
    let sub = world.buy(&yearly("365.00"), 10, bought);
    assert!(world.cancel(&sub, last).is_ok());
    assert_eq!(no(world.cancel(&sub, just_after(last))), ("CANCELLATION_WINDOW_CLOSED", "CAN-3"));
    // Seats that are added have the law's window of their own (SEA-12).
    let grown = world.resized(&sub, 12, "2026-01-20T00:00:00Z");
    let added = instant("2026-02-03T23:59:59.999Z");
    assert!(world.resize(&grown, 10, &added.to_string()).is_ok());
    assert!(world.resize(&grown, 10, &just_after(added).to_string()).is_err());
    // In another market there is no such law.
    let product =
        crate::domain::Product { market: "FR".parse().unwrap(), ..yearly("365.00").product };
    let elsewhere = OfferTerms { product, ..yearly("365.00") };
    let sub = world.buy(&elsewhere, 10, bought);
    assert!(world.cancel(&sub, just_after(instant("2026-01-17T15:00:00Z"))).is_err());
}

#[rstest]
#[case::can_13_nothing_that_is_never_cancelled(ProductKind::LinuxPlan, "CAT-17")]
#[case::can_13_nothing_that_support_decides(ProductKind::Esu, "CAN-9")]
fn the_law_opens_no_window(#[case] kind: ProductKind, #[case] rule: &str) {
    let world = under_a_law(kind);
    let offer = an_offer(kind, Some(TermLength::OneYear), BillingCycle::Annual, "1.00");
    let sub = world.buy(&offer, 1, "2026-01-10T15:00:00Z");
    assert_eq!(no(world.cancel(&sub, instant("2026-01-10T15:00:00Z"))).1, rule);
}
