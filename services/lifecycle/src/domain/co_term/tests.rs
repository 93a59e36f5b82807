//! Ends that a first term can be given, and what it then costs.

use rstest::rstest;
use vocab::{BillingCycle, SubscriptionId};

use super::*;
use crate::domain::tests::{
    World, a_purchase, a_trial_of, an_offer, date, eur, instant, kinds, money, month_to_month,
    monthly_billed, no, perpetual, server, yearly,
};
use crate::domain::{Change, ChangeKind, Held, Purchase, Rejection, Status, Subscription, start};

fn on(end: &str) -> CoTerm {
    CoTerm { with: None, end: Some(date(end)) }
}

fn with(sub: &Subscription) -> CoTerm {
    CoTerm { with: Some(sub.id), end: None }
}

fn licences(length: TermLength, billing: BillingCycle, price: &str) -> OfferTerms {
    an_offer(ProductKind::LicenseBased, Some(length), billing, price)
}

fn buy(world: &World, offer: &OfferTerms, at: &str, end: CoTerm) -> Result<Change, Rejection> {
    let purchase = Purchase { co_term: Some(end), ..a_purchase(offer, 10, at) };
    start(&purchase, world.on(at))
}

/// Something that the customer has already.
fn existing(world: &World, offer: &OfferTerms, at: &str) -> Subscription {
    let id = SubscriptionId(uuid::Uuid::from_u128(77));
    Subscription { id, ..world.buy(offer, 1, at) }
}

/// Each row: what is bought, when, and its end; then the place and the first day of the full cycle
/// in which it is entered, and per seat the cycle's price, the first charge, and all charges of the
/// term.
#[rstest]
#[case::bil_9_a_year(yearly("365.00"), "2026-01-10", "2026-06-30",
    (1, "2025-07-01", "365.00", "172.00", "172.00"))]
#[case::bil_9_a_year_by_the_month(monthly_billed("120.00"), "2026-01-10", "2026-06-30",
    (7, "2026-01-01", "10.00", "7.10", "57.10"))]
#[case::bil_9_the_last_cycle_takes_the_remainder(monthly_billed("100.00"), "2026-01-10", "2026-06-30",
    (7, "2026-01-01", "8.33", "5.91", "47.60"))]
#[case::bil_9_a_leap_year(yearly("366.00"), "2028-02-29", "2028-12-31",
    (1, "2028-01-01", "366.00", "307.00", "307.00"))]
#[case::bil_9_a_term_that_ends_on_the_29th(
    licences(TermLength::ThreeYears, BillingCycle::Triennial, "1096.00"), "2026-03-15", "2028-02-29",
    (1, "2025-03-01", "1096.00", "717.00", "717.00"))]
#[case::bil_9_three_years_by_the_year(
    licences(TermLength::ThreeYears, BillingCycle::Annual, "1000.00"), "2026-03-15", "2028-02-29",
    (2, "2026-03-01", "333.33", "320.54", "653.88"))]
#[case::bil_9_three_years_by_the_month(
    licences(TermLength::ThreeYears, BillingCycle::Monthly, "1000.00"), "2026-03-31", "2026-04-30",
    (35, "2026-03-01", "27.78", "0.90", "28.60"))]
#[case::trm_8_a_month(month_to_month("31.00"), "2026-01-10", "2026-01-31",
    (1, "2026-01-01", "31.00", "22.00", "22.00"))]
#[case::trm_8_its_first_day_is_its_last(yearly("365.00"), "2026-01-31", "2026-01-31",
    (1, "2025-02-01", "365.00", "1.00", "1.00"))]
#[case::trm_8_its_natural_end(yearly("365.00"), "2026-02-01", "2027-01-31",
    (1, "2026-02-01", "365.00", "365.00", "365.00"))]
fn an_end_of_a_month(
    #[case] offer: OfferTerms,
    #[case] day: &str,
    #[case] end: &str,
    #[case] expected: (i32, &str, &str, &str, &str),
) {
    let world = World::new().selling(&offer);
    let (index, full_start, unit_price, first, whole) = expected;
    let change = buy(&world, &offer, &format!("{day}T15:00:00Z"), on(end)).unwrap();
    let sub = &change.next;
    let term = sub.term.unwrap();
    assert_eq!((term.start, term.end), (date(day), date(end)));
    assert_eq!(term.anchor_day, 1, "the day after the end");
    assert_eq!((sub.cycle.index, sub.cycle.start), (index, date(full_start)));
    let [line] = change.charges.as_slice() else { panic!("{:?}", change.charges) };
    assert_eq!((line.unit_price, line.effective_unit_price), (eur(unit_price), eur(first)));
    assert_eq!(line.amount, eur(first).checked_mul(10).unwrap());
    assert_eq!((line.period_start, line.period_end), (date(day), sub.cycle.end));
    assert_eq!(line.cycle_days, sub.cycle.days());

    let last = vocab::calendar::last_millisecond_of(term.end).to_string();
    let later = world.ring(sub, &last);
    let all = later.iter().flat_map(|change| &change.charges).chain([line]);
    let total: i64 = all.map(|line| line.amount.minor).sum();
    assert_eq!(total, eur(whole).minor * 10);
}

/// Each row: what the customer has and since when; then the day of entry, its full cycle's first
/// day, and the first charge per seat of 120.00 a year by the month.
#[rstest]
#[case::tim_5_the_31st("2026-01-31", "2026-03-15", ("2026-02-28", "2027-01-30", 31, "5.16"))]
#[case::tim_5_the_29th_of_february("2028-02-29", "2028-06-10", ("2028-05-29", "2029-02-27", 29, "6.13"))]
#[case::tim_5_the_same_day("2026-01-10", "2026-01-10", ("2026-01-10", "2027-01-09", 10, "10.00"))]
fn trm_8_the_end_and_the_anchor_of_a_subscription(
    #[case] since: &str,
    #[case] day: &str,
    #[case] expected: (&str, &str, i8, &str),
) {
    let world = World::new().selling(&monthly_billed("120.00"));
    let other = existing(&world, &yearly("1.00"), &format!("{since}T10:00:00Z"));
    let world = world.holding(&other);
    let at = format!("{day}T15:00:00Z");
    let change = buy(&world, &monthly_billed("120.00"), &at, with(&other)).unwrap();
    let (cycle_start, end, anchor_day, first) = expected;
    let term = change.next.term.unwrap();
    assert_eq!((term.end, term.anchor_day), (date(end), anchor_day));
    assert_eq!(change.next.cycle.start, date(cycle_start));
    assert_eq!(change.charges[0].effective_unit_price, eur(first));
}

#[test]
fn tim_5_it_renews_in_full_from_the_day_after_the_given_end() {
    let world = World::new().selling(&yearly("365.00"));
    let sub =
        buy(&world, &yearly("365.00"), "2026-01-10T15:00:00Z", on("2026-02-28")).unwrap().next;
    let changes = world.ring(&sub, "2026-03-01T00:01:00Z");
    assert_eq!(kinds(&changes), [ChangeKind::WindowClosed, ChangeKind::Renewed]);
    let term = changes[1].next.term.unwrap();
    assert_eq!((term.start, term.end), (date("2026-03-01"), date("2027-02-28")));
    assert_eq!(changes[1].total().unwrap(), eur("3650.00"));
}

/// Two days of 365 are used, whatever the term's own length (PCX-6).
#[test]
fn bil_9_a_credit_counts_in_days_of_the_full_cycle() {
    let world = World::new().selling(&yearly("365.00"));
    let sub =
        buy(&world, &yearly("365.00"), "2026-01-10T15:00:00Z", on("2026-06-30")).unwrap().next;
    let change = world.cancel(&sub, instant("2026-01-12T09:00:00Z")).unwrap();
    assert_eq!(change.total().unwrap(), eur("-1700.00"));
    let grown = world.resize(&sub, 11, "2026-06-30T09:00:00Z").unwrap().unwrap();
    assert_eq!(money(&[grown])[0].2, "1.00 EUR");
}

#[rstest]
#[case::trm_8_a_trial(a_trial_of(&yearly("1.00")))]
#[case::trm_8_software(server("1.00"))]
#[case::trm_8_bought_once(perpetual("1.00"))]
#[case::trm_8_legacy(an_offer(
    ProductKind::LicenseLegacy,
    Some(TermLength::OneYear),
    BillingCycle::Annual,
    "1.00"
))]
fn not_offered(#[case] offer: OfferTerms) {
    let world = World::new();
    let quantity = if offer.product.is_trial { 25 } else { 10 };
    let purchase = Purchase {
        co_term: Some(on("2026-01-31")),
        ..a_purchase(&offer, quantity, "2026-01-10T15:00:00Z")
    };
    let started = start(&purchase, world.on("2026-01-10T15:00:00Z"));
    assert_eq!(no(started), ("CO_TERM_NOT_OFFERED", "TRM-8"));
}

#[rstest]
#[case::trm_8_the_middle_of_a_month("2026-06-29", "CO_TERM_END_INVALID")]
#[case::trm_8_after_the_natural_end("2027-01-31", "CO_TERM_END_INVALID")]
#[case::trm_8_before_it_begins("2025-12-31", "CO_TERM_END_INVALID")]
fn no_such_end(#[case] end: &str, #[case] reason: &str) {
    let bought = buy(&World::new(), &yearly("1.00"), "2026-01-10T15:00:00Z", on(end));
    assert_eq!(no(bought), (reason, "TRM-8"));
}

/// What is told of a subscription that cannot be aligned with: foreign and unknown are the same.
#[rstest]
#[case::trm_8_a_year_with_a_month(month_to_month("1.00"), |_: &mut Subscription| (),
    ("CO_TERM_NOT_OFFERED", "TRM-8"))]
#[case::trm_8_suspended(yearly("1.00"), |sub: &mut Subscription| sub.status = Status::Suspended,
    ("NOT_FOUND", "PAR-14"))]
#[case::trm_8_bought_once(perpetual("1.00"), |_: &mut Subscription| (), ("NOT_FOUND", "PAR-14"))]
#[case::par_14_another_partners(yearly("1.00"),
    |sub: &mut Subscription| sub.partner = vocab::PartnerId(uuid::Uuid::from_u128(99)),
    ("NOT_FOUND", "PAR-14"))]
#[case::par_14_another_customers(yearly("1.00"),
    |sub: &mut Subscription| sub.customer = vocab::CustomerId(uuid::Uuid::from_u128(99)),
    ("NOT_FOUND", "PAR-14"))]
#[case::trm_8_it_ends_after_the_natural_end(
    licences(TermLength::ThreeYears, BillingCycle::Annual, "1.00"), |_: &mut Subscription| (),
    ("CO_TERM_END_INVALID", "TRM-8"))]
fn cannot_end_with(
    #[case] offer: OfferTerms,
    #[case] change: fn(&mut Subscription),
    #[case] expected: (&'static str, &'static str),
) {
    let world = World::new();
    let mut other = existing(&world, &offer, "2026-01-01T10:00:00Z");
    change(&mut other);
    let world = world.holding(&other);
    let bought = buy(&world, &yearly("1.00"), "2026-01-10T15:00:00Z", with(&other));
    assert_eq!(no(bought), expected);
}

#[test]
fn trm_8_the_end_that_was_shown_must_still_be_the_subscriptions() {
    let world = World::new();
    let other = existing(&world, &yearly("1.00"), "2026-01-01T10:00:00Z");
    let world = world.holding(&other);
    let end = |end| CoTerm { end: Some(date(end)), ..with(&other) };
    let at = "2026-01-10T15:00:00Z";
    assert!(buy(&world, &yearly("1.00"), at, end("2026-12-31")).is_ok());
    let refused = buy(&world, &yearly("1.00"), at, end("2026-11-30"));
    assert_eq!(no(refused), ("CO_TERM_END_INVALID", "TRM-8"));
}

#[test]
fn trm_8_choices_are_the_ends_of_months_and_of_what_the_customer_has() {
    let world = World::new();
    let natural = Term::starting(date("2026-01-31"), TermLength::OneMonth, 31);
    let year = existing(&world, &yearly("1.00"), "2025-02-10T10:00:00Z");
    let late = existing(&world, &yearly("1.00"), "2026-01-10T10:00:00Z");
    let late = Subscription { id: SubscriptionId(uuid::Uuid::from_u128(78)), ..late };
    let mut held = Held::default();
    held.count_all([&year, &late]);
    let holdings = held.sold_by(year.partner, year.customer);
    let told = |offer: &OfferTerms| -> Vec<_> {
        let choices = choices(offer, natural, &holdings).into_iter();
        choices.map(|it| (it.end, it.with, it.refusal.map(|no| no.reason()))).collect()
    };
    let expected = [
        (date("2026-02-09"), Some(year.id), None),
        (date("2027-01-09"), Some(late.id), Some("CO_TERM_END_INVALID")),
        (date("2026-01-31"), None, None),
    ];
    // The natural end is 2026-02-27, so the tenth of February is within it.
    assert_eq!(told(&month_to_month("1.00")), expected);
    assert_eq!(told(&server("1.00")), []);
}
