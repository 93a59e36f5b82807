//! The end of the next term: judged when it is saved and when it is applied, and what it then costs.

use jiff::civil::Date;
use uuid::Uuid;
use vocab::SubscriptionId;

use super::*;
use crate::domain::tests::{date, eur, instant, kinds, server};
use crate::domain::{CoTerm, ring};

const RENEWAL: &str = "2027-01-10T00:01:00Z";
/// Any id that the customer has.
const OTHER: SubscriptionId = SubscriptionId(Uuid::from_u128(77));

fn end(co_term: CoTerm) -> ScheduledSet {
    ScheduledSet { co_term: Some(co_term), ..ScheduledSet::default() }
}

fn on(day: &str) -> ScheduledSet {
    end(CoTerm { with: None, end: Some(date(day)) })
}

fn with(id: SubscriptionId) -> ScheduledSet {
    end(CoTerm { with: Some(id), end: None })
}

fn licences(length: TermLength) -> OfferTerms {
    let billing = match length {
        TermLength::OneMonth => BillingCycle::Monthly,
        TermLength::OneYear | TermLength::ThreeYears => BillingCycle::Annual,
    };
    an_offer(ProductKind::LicenseBased, Some(length), billing, "1.00")
}

/// Something that the customer has besides, since a day.
fn other(length: TermLength, since: &str) -> Subscription {
    let world = World::new();
    Subscription { id: OTHER, ..world.buy(&licences(length), 1, &format!("{since}T10:00:00Z")) }
}

/// Saves `set` for ten seats of `offer` that were bought on 2026-01-10, so that the next term begins
/// on 2027-01-10.
fn saved(world: &World, offer: &OfferTerms, set: &ScheduledSet) -> Result<Subscription, Rejection> {
    let sub = world.buy(offer, 10, BOUGHT);
    let change = schedule(&sub, set, &world.prices, world.on(BOUGHT))?;
    Ok(change.unwrap().next)
}

/// Each row: what is bought and the end of its next term; then the first charge of ten seats and the
/// sum of all charges of that term.
#[rstest]
#[case::sch_1_a_year(yearly("365.00"), "2027-06-30", ("1720.00", "1720.00"))]
#[case::sch_1_a_year_by_the_month(monthly_billed("120.00"), "2027-06-30", ("71.00", "571.00"))]
#[case::trm_8_its_first_months_end(yearly("365.00"), "2027-01-31", ("220.00", "220.00"))]
#[case::trm_8_the_last_months_end(yearly("365.00"), "2027-12-31", ("3560.00", "3560.00"))]
#[case::trp_2_into_a_leap_day(
    an_offer(ProductKind::LicenseBased, Some(TermLength::ThreeYears), BillingCycle::Triennial, "1096.00"),
    "2028-02-29", ("4160.00", "4160.00"))]
fn it_is_entered_late(#[case] offer: OfferTerms, #[case] day: &str, #[case] sums: (&str, &str)) {
    let world = World::new().selling(&offer).selling(&yearly("365.00"));
    // The three years follow on a year.
    let is_first = offer.length == Some(TermLength::OneYear);
    let bought = if is_first { offer.clone() } else { yearly("365.00") };
    let set = ScheduledSet { offer: Some(offer.product.offer.clone()), ..on(day) };
    let sub = saved(&world, &bought, &set).unwrap();
    let change = world.ring(&sub, RENEWAL).pop().unwrap();
    let term = change.next.term.unwrap();
    assert_eq!((change.kind, change.next.scheduled.clone()), (ChangeKind::Renewed, None));
    assert_eq!((term.start, term.end, term.anchor_day), (date("2027-01-10"), date(day), 1));
    let [line] = change.charges.as_slice() else { panic!("{:?}", change.charges) };
    assert_eq!((line.kind, line.amount), (crate::domain::ChargeKind::Renew, eur(sums.0)));
    assert_eq!(line.period_start, date("2027-01-10"));

    let last = vocab::calendar::last_millisecond_of(term.end).to_string();
    let later = world.ring(&change.next, &last);
    let lines = later.iter().flat_map(|change| &change.charges).chain([line]);
    assert_eq!(lines.map(|line| line.amount.minor).sum::<i64>(), eur(sums.1).minor);

    let next = world.later(&change.next, &format!("{}T00:01:00Z", term.end.tomorrow().unwrap()));
    let next = next.term.unwrap();
    assert_eq!((next.start, next.end.tomorrow().unwrap().day()), (term.end.tomorrow().unwrap(), 1));
}

/// Each row: what the customer has besides and since when; then the end and the anchor day of the term
/// that begins on 2027-01-10.
#[rstest]
#[case::tim_5_its_anchor_day(TermLength::OneYear, "2026-03-31", "2027-03-30", 31)]
#[case::t_53_its_term_of_then(TermLength::OneYear, "2025-06-15", "2027-06-14", 15)]
#[case::t_53_a_term_that_begins_with_it(TermLength::OneYear, "2026-01-10", "2028-01-09", 10)]
#[case::t_53_a_term_that_ends_when_it_begins(TermLength::OneYear, "2026-01-11", "2027-01-10", 11)]
#[case::t_53_three_years(TermLength::ThreeYears, "2024-06-15", "2027-06-14", 15)]
fn it_ends_with_another(
    #[case] length: TermLength,
    #[case] since: &str,
    #[case] expected: Date,
    #[case] anchor_day: i8,
) {
    let world = World::new().selling(&yearly("365.00")).holding(&other(length, since));
    let sub = saved(&world, &yearly("365.00"), &with(OTHER)).unwrap();
    let term = world.later(&sub, RENEWAL).term.unwrap();
    assert_eq!((term.end, term.anchor_day), (expected, anchor_day));
}

#[rstest]
#[case::trm_8_a_day_within_a_month(on("2027-06-15"), "CO_TERM_END_INVALID")]
#[case::trm_8_before_it_begins(on("2026-12-31"), "CO_TERM_END_INVALID")]
#[case::trm_8_after_its_natural_end(on("2028-01-31"), "CO_TERM_END_INVALID")]
#[case::par_14_of_nobody(with(SubscriptionId(Uuid::from_u128(404))), "NOT_FOUND")]
#[case::t_53_with_itself(with(SubscriptionId(Uuid::from_u128(1))), "NOT_FOUND")]
#[case::trm_8_another_day_than_the_others(
    end(CoTerm { with: Some(OTHER), end: Some(date("2027-01-31")) }), "CO_TERM_END_INVALID")]
fn an_end_that_cannot_be_had(#[case] set: ScheduledSet, #[case] reason: &str) {
    let world = world().holding(&other(TermLength::OneYear, "2026-03-31"));
    assert_eq!(no(saved(&world, &yearly("120.00"), &set)).0, reason);
}

#[rstest]
#[case::trm_8_a_month(other(TermLength::OneMonth, "2026-01-05"), "CO_TERM_NOT_OFFERED")]
#[case::trm_8_after_the_natural_end(
    other(TermLength::ThreeYears, "2026-01-05"),
    "CO_TERM_END_INVALID"
)]
#[case::t_53_that_ends_before(
    Subscription { auto_renew: false, ..other(TermLength::OneYear, "2026-01-05") }, "CO_TERM_END_INVALID")]
#[case::par_14_anothers(
    Subscription { partner: vocab::PartnerId(Uuid::from_u128(9)), ..other(TermLength::OneYear, "2026-03-31") },
    "NOT_FOUND")]
fn not_with_that_one(#[case] other: Subscription, #[case] reason: &str) {
    let world = world().holding(&other);
    assert_eq!(no(saved(&world, &yearly("120.00"), &with(OTHER))).0, reason);
}

#[test]
fn trm_8_software_is_given_no_end() {
    let world = World::new().selling(&server("1.00"));
    assert_eq!(
        no(saved(&world, &server("1.00"), &on("2027-06-30"))),
        ("CO_TERM_NOT_OFFERED", "TRM-8")
    );
}

#[test]
fn ren_6_an_end_that_is_gone_is_dropped_and_the_renewal_goes_on() {
    let with_another = world().holding(&other(TermLength::OneYear, "2026-03-31"));
    let sub = saved(&with_another, &yearly("120.00"), &with(OTHER)).unwrap();
    let changes = world().ring(&sub, RENEWAL);
    let expected = [ChangeKind::WindowClosed, ChangeKind::ScheduleDropped, ChangeKind::Renewed];
    assert_eq!(kinds(&changes), expected);
    assert_eq!(changes[1].reason, Some("NOT_FOUND"));
    assert_eq!(changes[2].next.term.unwrap().end, date("2028-01-09"));
}

/// The worker was down for two years, and what it ends with was renewed before it was.
#[test]
fn d_30_a_late_renewal_ends_as_it_would_have_in_time() {
    let world = World::new().selling(&yearly("120.00")).selling(&licences(TermLength::OneYear));
    let other = other(TermLength::OneYear, "2025-06-15");
    let world = world.holding(&other);
    let sub = saved(&world, &yearly("120.00"), &with(OTHER)).unwrap();
    let years_later = world.later(&other, "2029-01-01T00:00:00Z");
    assert_eq!(years_later.term.unwrap().start, date("2028-06-15"));
    let world = world.holding(&years_later);
    let late = ring(&sub, &world.prices, world.at(instant("2029-01-01T00:00:00Z"))).unwrap();
    let renewed = late.iter().find(|change| change.kind == ChangeKind::Renewed).unwrap();
    assert_eq!(renewed.next.term.unwrap().end, date("2027-06-14"));
}

#[test]
fn ord_12_what_is_saved_says_how_it_ends() {
    assert_eq!(on("2027-06-30").to_string(), "a term ending on 2027-06-30");
    let set = ScheduledSet { quantity: Some(5), ..with(OTHER) };
    assert_eq!(set.to_string(), format!("5 seats ending with subscription {OTHER}"));
}
