//! Purchases from before, at the edges of their old windows, their terms and the import.

use rstest::rstest;
use vocab::{BillingCycle, ProductKind, TermLength};

use super::*;
use crate::domain::tests::{
    World, a_purchase, an_offer, date, eur, instant, just_after, kinds, money, no, perpetual,
    server,
};
use crate::domain::{
    ChangeKind, ChargeKind, InvoiceKey, OfferTerms, Status, Subscription, set_auto_renew,
};

/// A server subscription of three years, charged every year: 100.00, 100.00 and 100.00.
fn three_years() -> OfferTerms {
    let kind = ProductKind::SoftwareSubscription;
    an_offer(kind, Some(TermLength::ThreeYears), BillingCycle::Annual, "300.00")
}

/// Brings in what was ordered at an instant, at another one.
fn brought_in(world: &World, offer: &OfferTerms, ordered_at: &str, now: &str) -> Vec<Change> {
    bring_in(&a_purchase(offer, 2, ordered_at), instant(now), world.on(now)).unwrap()
}

fn last(changes: &[Change]) -> Subscription {
    changes.last().unwrap().next.clone()
}

#[rstest]
#[case::can_1_sw60_to_its_last_millisecond(
    server("365.00"),
    "2021-05-31T23:59:59.999Z",
    "SW60",
    "2021-07-30T23:59:59.999Z"
)]
#[case::can_1_sw30_from_the_first_millisecond(
    server("365.00"),
    "2021-06-01T00:00:00Z",
    "SW30",
    "2021-07-01T23:59:59.999Z"
)]
#[case::can_1_sw60_of_what_was_bought_once(
    perpetual("100.00"),
    "2021-05-31T23:59:59.999Z",
    "SW60",
    "2021-07-30T23:59:59.999Z"
)]
#[case::can_1_perp30_from_the_first_millisecond(
    perpetual("100.00"),
    "2021-06-01T00:00:00Z",
    "PERP30",
    "2021-07-01T23:59:59.999Z"
)]
#[case::trp_14_the_last_second_of_may(
    server("365.00"),
    "2021-05-31T23:59:59Z",
    "SW60",
    "2021-07-30T23:59:59.999Z"
)]
#[case::trp_13_the_time_of_day_does_not_count(
    server("365.00"),
    "2021-03-01T00:00:00Z",
    "SW60",
    "2021-04-30T23:59:59.999Z"
)]
#[case::d_9_over_the_end_of_a_year(
    perpetual("100.00"),
    "2020-12-15T12:00:00Z",
    "SW60",
    "2021-02-13T23:59:59.999Z"
)]
fn keeps_its_old_window(
    #[case] offer: OfferTerms,
    #[case] ordered_at: &str,
    #[case] policy: &str,
    #[case] until: &str,
) {
    let world = World::new();
    let sub = last(&brought_in(&world, &offer, ordered_at, until));
    assert_eq!((sub.policy.id.as_str(), sub.cancellable_until), (policy, Some(instant(until))));
    assert_eq!(world.cancel(&sub, instant(until)).unwrap().next.status, Status::Cancelled);
    let late = world.cancel(&sub, just_after(instant(until)));
    assert_eq!(no(late), ("CANCELLATION_WINDOW_CLOSED", "CAN-3"));
}

#[rstest]
#[case::trp_16_the_second_before("2021-10-13T23:59:59Z")]
#[case::trp_16_the_millisecond_before("2021-10-13T23:59:59.999Z")]
#[case::trm_6_long_before("2020-02-29T08:00:00Z")]
fn never_renews(#[case] ordered_at: &str) {
    let world = World::new();
    let sub = last(&brought_in(&world, &server("365.00"), ordered_at, ordered_at));
    assert!(!sub.auto_renew && !sub.is_listed_as_subscription());
    let refused = set_auto_renew(&sub, true, world.on(ordered_at));
    assert_eq!(no(refused), ("AUTO_RENEW_NOT_OFFERED", "D-2"));
    let over_at = sub.term.unwrap().over_at();
    assert_eq!(world.settled(&sub, over_at).status, Status::Expired);
}

#[test]
fn d_2_what_ended_before_is_expired_since_its_end() {
    let world = World::new();
    let changes =
        brought_in(&world, &server("365.00"), "2020-01-10T15:00:00Z", "2026-01-10T12:00:00Z");
    let expected = [ChangeKind::Started, ChangeKind::WindowClosed, ChangeKind::Expired];
    assert_eq!(kinds(&changes), expected);
    let sub = last(&changes);
    assert_eq!(sub.ends_on(), Some(date("2021-01-09")));
    assert_eq!((sub.status, sub.status_since), (Status::Expired, instant("2021-01-10T00:00:00Z")));
    assert_eq!((sub.alarm(), sub.version), (None, 3));
    let effective: Vec<_> = changes.iter().map(|change| change.effective_at.to_string()).collect();
    let expected = ["2020-01-10T15:00:00Z", "2020-03-11T00:00:00Z", "2021-01-10T00:00:00Z"];
    assert_eq!(effective, expected, "each dated as if it had been here");
}

/// What was due by the import was billed elsewhere, to the millisecond; the rest is ours.
#[rstest]
#[case::bil_10_just_before_a_cycle("2021-01-09T23:59:59.999Z", "2021-01-10T00:00:00Z", 1, 1)]
#[case::bil_10_on_its_first_instant("2021-01-10T00:00:00Z", "2021-01-10T00:00:00Z", 2, 0)]
#[case::bil_10_when_the_letter_is_late("2020-06-01T00:00:00Z", "2022-06-01T00:00:00Z", 1, 2)]
fn cycles_due_by_the_import_were_billed_elsewhere(
    #[case] brought_in_at: &str,
    #[case] now: &str,
    #[case] elsewhere: usize,
    #[case] here: usize,
) {
    let world = World::new();
    let purchase = a_purchase(&three_years(), 2, "2020-01-10T15:00:00Z");
    let changes = bring_in(&purchase, instant(brought_in_at), world.on(now)).unwrap();
    let lines: Vec<_> = changes.iter().flat_map(|change| &change.charges).collect();
    let flags: Vec<bool> = lines.iter().map(|line| line.billed_elsewhere).collect();
    assert_eq!(flags, [vec![true; elsewhere], vec![false; here]].concat());
    let sub = last(&changes);
    let invoiced = lines.iter().filter(|line| InvoiceKey::of(&sub, line).is_some()).count();
    assert_eq!(invoiced, here);
    assert_eq!(money(&changes)[0], (ChargeKind::New, 2, "200.00 EUR".to_owned()));
}

#[test]
fn bil_3_later_cycles_are_charged_here() {
    let world = World::new();
    let sub =
        last(&brought_in(&world, &three_years(), "2020-01-10T15:00:00Z", "2020-06-01T00:00:00Z"));
    let later = world.ring(&sub, "2023-01-10T00:00:00Z");
    let expected = vec![(ChargeKind::Cycle, 2, "200.00 EUR".to_owned()); 2];
    assert_eq!(money(&later), expected);
    assert!(later.iter().flat_map(|change| &change.charges).all(|line| !line.billed_elsewhere));
    assert_eq!(last(&later).status, Status::Expired);
}

/// The credit is ours, and comes to what was charged elsewhere at most.
#[rstest]
#[case::trp_55_all_of_what_was_bought_once(perpetual("100.00"), "-200.00")]
#[case::pcx_6_prorated_by_the_days_used(server("365.00"), "-720.00")]
fn credited_here(#[case] offer: OfferTerms, #[case] credit: &str) {
    let world = World::new();
    let changes = brought_in(&world, &offer, "2021-05-01T10:00:00Z", "2021-05-03T10:00:00Z");
    let (sub, charged) = (last(&changes), changes[0].charges[0].clone());
    assert!(charged.billed_elsewhere);

    let cancelled = world.cancel(&sub, instant("2021-05-06T10:00:00Z")).unwrap();

    let [line] = &cancelled.charges[..] else { panic!("{cancelled:?}") };
    assert_eq!((line.amount, line.credits), (eur(credit), Some(charged.id)));
    let key = InvoiceKey::of(&cancelled.next, line).unwrap();
    assert_eq!(key.month, date("2021-05-01"));
}
