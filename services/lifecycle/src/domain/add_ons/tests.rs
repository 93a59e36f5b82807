//! Which add-ons a base can have, and what they cost: to the day and to the cent.

use rstest::rstest;
use vocab::{
    BillingCycle, ProductKind, QuantityRule, QuantityRuleKind, Segment, SkuId, TermLength,
};

use super::*;
use crate::domain::tests::{World, alone, an_offer, date, eur, instant, money, no, yearly};
use crate::domain::{NoAddOn, suspend};

const BOUGHT: &str = "2026-03-10T15:00:00Z";
const LATER: &str = "2026-06-01T09:00:00Z";

/// A traditional licence for a year, of 10.00 a month.
pub(in crate::domain) fn a_base() -> OfferTerms {
    legacy("base", TermLength::OneYear, BillingCycle::Monthly, "120.00")
}

/// What extends it: 1.00 a day for a year, charged once.
pub(in crate::domain) fn an_add_on() -> OfferTerms {
    let mut offer = legacy("add-on", TermLength::OneYear, BillingCycle::Annual, "365.00");
    offer.product.restrictions.is_add_on = true;
    offer.product.restrictions.prerequisites = [SkuId("base".into())].into();
    offer
}

fn legacy(sku: &str, length: TermLength, billing: BillingCycle, price: &str) -> OfferTerms {
    let mut offer = an_offer(ProductKind::LicenseLegacy, Some(length), billing, price);
    offer.product.sku = SkuId(sku.into());
    offer.product.offer = OfferId(format!("{sku}-{length}-{billing}"));
    offer.product.title = sku.to_owned();
    offer
}

fn world() -> World {
    World::new().selling(&a_base()).selling(&an_add_on())
}

/// A base of ten seats that its customer is known to have.
fn a_household() -> (World, Subscription) {
    let world = world();
    let base =
        Subscription { segment: Some(Segment::Commercial), ..world.buy(&a_base(), 10, BOUGHT) };
    (world.holding(&base), base)
}

fn wish(offer: &OfferTerms, quantity: i64) -> AddOnWish {
    AddOnWish { offer: offer.product.offer.clone(), quantity }
}

fn set(
    world: &World,
    family: Family<'_>,
    wishes: &[AddOnWish],
    now: &str,
) -> Result<Vec<Change>, Rejection> {
    set_add_ons(family, wishes, &world.prices, world.on(now))
}

/// The add-on of that many seats, bought later.
fn bought(world: &World, base: &Subscription, quantity: i64) -> Subscription {
    let changes = set(world, alone(base), &[wish(&an_add_on(), quantity)], LATER).unwrap();
    changes.into_iter().next().unwrap().next
}

/// It starts aligned with its base, and is charged from the day of the purchase to the end of its cycle.
#[rstest]
#[case::add_1_on_the_first_day(BOUGHT, "365.00")]
#[case::add_1_on_the_second_day("2026-03-11T00:00:00Z", "364.00")]
#[case::add_1_after_83_days(LATER, "282.00")]
#[case::add_1_on_the_last_day("2027-03-09T23:59:59Z", "1.00")]
fn the_first_charge(#[case] now: &str, #[case] per_seat: &str) {
    let (world, base) = a_household();
    let base = world.settled(&base, instant(now));
    let changes = set(&world, alone(&base), &[wish(&an_add_on(), 3)], now).unwrap();
    let charged = eur(per_seat).checked_mul(3).unwrap().to_string();
    assert_eq!(money(&changes), [(ChargeKind::New, 3, charged)]);
    let sub = &changes[0].next;
    assert_eq!((changes[0].kind, changes[0].quantity_before), (ChangeKind::Started, 0));
    let (of_base, term) = (base.term.unwrap(), sub.term.unwrap());
    assert_eq!((term.end, term.anchor_day), (date("2027-03-09"), of_base.anchor_day));
    assert_eq!((sub.base, sub.order.0.is_nil()), (Some(base.id), true));
    assert_eq!(
        (sub.auto_renew, sub.status, sub.policy.id.as_str()),
        (true, Status::Active, "SUPPORT")
    );
    // Nothing is done to it at the end of the term but by its base.
    assert_eq!(sub.alarm(), None);
}

#[test]
fn add_1_its_cycles_are_its_own() {
    let (world, base) = a_household();
    let mut monthly = legacy("add-on", TermLength::OneYear, BillingCycle::Monthly, "372.00");
    monthly.product.restrictions = an_add_on().product.restrictions;
    let world = world.selling(&monthly);
    let base = world.settled(&base, instant(LATER));
    let changes = set(&world, alone(&base), &[wish(&monthly, 1)], LATER).unwrap();
    // 31.00 for the cycle of 10 May to 9 June, of which nine days are left.
    assert_eq!(money(&changes), [(ChargeKind::New, 1, "9.00 EUR".to_owned())]);
    assert_eq!(changes[0].next.alarm(), Some(instant("2026-06-10T00:00:00Z")));
}

#[test]
fn add_1_what_the_base_has_gets_more_seats() {
    let (world, base) = a_household();
    let owned = bought(&world, &base, 3);
    let add_ons = [owned.clone()];
    let family = Family { base: &base, add_ons: &add_ons };
    let changes = set(&world, family, &[wish(&an_add_on(), 5)], LATER).unwrap();
    assert_eq!(money(&changes), [(ChargeKind::AddSeats, 2, "564.00 EUR".to_owned())]);
    assert_eq!((changes[0].next.id, changes[0].next.update_count), (owned.id, 1));
    assert!(set(&world, family, &[wish(&an_add_on(), 3)], LATER).unwrap().is_empty());
    let none = set(&world, family, &[wish(&an_add_on(), 0)], LATER);
    assert_eq!(no(none), ("USE_CANCEL", "SEA-9"));
}

fn with(change: impl FnOnce(&mut OfferTerms)) -> OfferTerms {
    let mut offer = an_add_on();
    change(&mut offer);
    offer
}

/// What is no add-on of this base for this customer, or cannot end with it.
#[rstest]
#[case::add_1_a_licence(legacy("base", TermLength::OneYear, BillingCycle::Annual, "1.00"), ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::add_1_of_another_base(
    with(|it| it.product.restrictions.prerequisites = [SkuId("other".into())].into()),
    ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::add_2_of_new_commerce(
    with(|it| it.product.kind = ProductKind::LicenseBased), ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::mkt_5_another_market(
    with(|it| it.product.market = "FR".parse().unwrap()), ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::mkt_6_an_unsupported_market(
    with(|it| it.product.restrictions.unsupported_markets = ["DE".parse().unwrap()].into()),
    ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::cat_7_exclusive_to_others(
    with(|it| it.product.restrictions.exclusive_to = [vocab::PartnerId(Uuid::nil())].into()),
    ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::cat_4_another_segment(
    with(|it| it.segments = [Segment::Education].into()), ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::add_1_another_term(
    with(|it| it.length = Some(TermLength::OneMonth)), ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::cat_10_closed(with(|it| it.is_closed = true), ("NOT_TRANSACTABLE_HERE", "CAT-10"))]
#[case::sea_13_too_few(with(|it| it.product.seat_minimum = 4), ("MIN_SEATS", "SEA-13"))]
#[case::cat_9_too_many(with(|it| it.product.seat_maximum = Some(2)), ("SEAT_LIMIT", "CAT-9"))]
#[case::trm_4_a_plan_that_does_not_fit(
    with(|it| it.billing = BillingCycle::Triennial), ("BILLING_NOT_OFFERED", "TRM-4"))]
fn what_cannot_be_had(#[case] offer: OfferTerms, #[case] expected: (&str, &str)) {
    let (world, base) = a_household();
    let mut offer = offer;
    offer.product.offer = OfferId("it".into());
    let world = world.selling(&offer);
    let refused = set(&world, alone(&base), &[wish(&offer, 3)], LATER);
    assert_eq!(no(refused), expected);
    // Only what is eligible is shown, and what is refused for its seats alone.
    let shown = add_ons(alone(&base), &[offer], &world.prices, world.on(LATER));
    let is_shown = matches!(expected.0, "MIN_SEATS" | "SEAT_LIMIT" | "BILLING_NOT_OFFERED");
    assert_eq!(shown.len(), usize::from(is_shown));
}

#[test]
fn ren_6_an_add_on_that_is_sold_no_more_is_not_bought() {
    let (world, base) = a_household();
    let world = world.withdrawing_from("2026-06-01T00:00:00Z", &an_add_on());
    let refused = set(&world, alone(&base), &[wish(&an_add_on(), 1)], LATER);
    assert_eq!(no(refused), ("OFFER_WITHDRAWN", "REN-6"));
}

/// A base in use and paid for, and one that is legacy.
#[rstest]
#[case::add_1_suspended(|base: Subscription, at: Occasion<'_>| suspend(&base, at).unwrap().next,
    ("NOT_ACTIVE", "SUS-9"))]
#[case::add_1_over(|base: Subscription, _: Occasion<'_>| Subscription { status: Status::Cancelled, ..base },
    ("NOT_ACTIVE", "SUS-9"))]
#[case::t_38_a_trial(|base: Subscription, _: Occasion<'_>| {
        Subscription { product: Product { is_trial: true, ..base.product.clone() }, ..base }
    }, ("TRIAL_LOCKED", "D-15"))]
#[case::add_2_of_new_commerce(|base: Subscription, _: Occasion<'_>| {
        Subscription { product: yearly("1.00").product, ..base }
    }, ("ADD_ON_NOT_OFFERED", "ADD-1"))]
#[case::add_1_an_add_on_itself(|base: Subscription, _: Occasion<'_>| {
        Subscription { product: an_add_on().product, ..base }
    }, ("ADD_ON_NOT_OFFERED", "ADD-1"))]
fn what_is_no_base(
    #[case] make: fn(Subscription, Occasion<'_>) -> Subscription,
    #[case] expected: (&str, &str),
) {
    let (world, base) = a_household();
    let base = make(base, world.on(LATER));
    let refused = set(&world, alone(&base), &[wish(&an_add_on(), 1)], LATER);
    assert_eq!(no(refused), expected);
}

#[test]
fn lck_4_while_the_base_renews_no_add_on_is_bought() {
    let (world, base) = a_household();
    let refused = set(&world, alone(&base), &[wish(&an_add_on(), 1)], "2027-03-10T00:00:00Z");
    assert_eq!(no(refused), ("RENEWAL_PENDING_RETRY", "LCK-4"));
}

#[test]
fn add_1_one_plan_of_an_add_on_is_enough() {
    let (world, base) = a_household();
    let owned = [bought(&world, &base, 3)];
    let other = with(|it| it.product.offer = OfferId("another-plan".into()));
    let world = world.selling(&other);
    let family = Family { base: &base, add_ons: &owned };
    let refused = set(&world, family, &[wish(&other, 4)], LATER).unwrap_err();
    let has = an_add_on().product.offer;
    assert_eq!(refused, NoAddOn::OtherPlan { offer: other.product.offer.clone(), has }.into());
    let shown = add_ons(family, &[an_add_on(), other], &world.prices, world.on(LATER));
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].owned, shown[0].price), (Some((owned[0].id, 3)), eur("365.00")));
}

/// What is bought together is judged together: the second add-on is one subscription too many.
#[test]
fn ent_1_each_add_on_is_a_subscription_of_the_tenant() {
    let (mut world, base) = a_household();
    world.policy.subscription_limit = 2;
    let second = with(|it| {
        it.product.sku = SkuId("second".into());
        it.product.offer = OfferId("second".into());
    });
    let world = world.selling(&second);
    let both = [wish(&an_add_on(), 1), wish(&second, 1)];
    assert!(set(&world, alone(&base), &both[..1], LATER).is_ok());
    assert_eq!(no(set(&world, alone(&base), &both, LATER)), ("TENANT_SUBSCRIPTION_LIMIT", "ENT-1"));
}

#[test]
fn qty_2_no_more_seats_than_the_base_has() {
    let (world, base) = a_household();
    let rule =
        QuantityRule { kind: QuantityRuleKind::AtMostBase, base: [SkuId("base".into())].into() };
    let ruled = with(|it| it.product.restrictions.quantity_rule = Some(rule));
    let world = world.selling_from("2026-01-01T00:00:00Z", &ruled);
    let asked =
        |base: &Subscription, quantity| set(&world, alone(base), &[wish(&ruled, quantity)], LATER);
    assert!(asked(&base, 10).is_ok());
    assert_eq!(no(asked(&base, 11)), ("BASE_SEATS_NOT_MET", "QTY-2"));
    // The seats that the base gets by the same call count.
    let grown = Subscription { quantity: 11, ..base };
    assert!(asked(&grown, 11).is_ok());
}

/// Only what is eligible is shown, with its price and what the fewest seats would cost now.
#[test]
fn add_3_what_can_be_had_is_shown_with_its_first_charge() {
    let (world, base) = a_household();
    let dear = with(|it| {
        it.product.seat_minimum = 2;
        it.product.offer = OfferId("dear".into());
        it.product.sku = SkuId("dear".into());
    });
    let foreign = with(|it| it.product.restrictions.prerequisites = [SkuId("x".into())].into());
    let world = world.selling(&dear);
    let offers = [dear.clone(), foreign, an_add_on()];
    let shown = add_ons(alone(&base), &offers, &world.prices, world.on(LATER));
    let told: Vec<_> =
        shown.iter().map(|one| (one.key(), one.first_charge, one.refusals.len())).collect();
    let first = an_add_on().product.offer.to_string();
    assert_eq!(
        told,
        [(first, Some(eur("282.00")), 0), ("dear".to_owned(), Some(eur("564.00")), 0)]
    );
    // A base that is suspended has them still, and cannot have them now.
    let blocked = suspend(&base, world.on(LATER)).unwrap().next;
    let shown = add_ons(alone(&blocked), &offers, &world.prices, world.on(LATER));
    assert!(shown.iter().all(|one| one.first_charge.is_none() && one.refusals.len() == 1));
}

#[test]
fn add_1_every_value_of_a_refusal_is_in_its_metadata() {
    let (offer, sku) = (OfferId("offer-1".into()), SkuId("sku-2".into()));
    let base = SubscriptionId(Uuid::from_u128(7));
    let all = [
        NoAddOn::NotABase { sku: sku.clone() },
        NoAddOn::NotOfBase { offer: offer.clone(), sku },
        NoAddOn::OtherPlan { offer: offer.clone(), has: OfferId("offer-3".into()) },
        NoAddOn::Closed { offer: offer.clone() },
        NoAddOn::OtherTerm { offer, length: Some(TermLength::OneMonth), of_base: None },
        NoAddOn::WithBase { action: Action::Suspend, base },
        NoAddOn::AskProvider { provider: vocab::PartnerId(Uuid::from_u128(8)) },
    ];
    for no in all {
        let (message, values) = (no.to_string(), no.metadata());
        for word in message.split([' ', ',', ';']).filter(|word| word.contains(char::is_numeric)) {
            assert!(values.iter().any(|(_, value)| value.contains(word)), "{word} of: {message}");
        }
        assert!(message.contains(';') && !message.ends_with('.'), "{message}");
        assert!(proto::common::Reason::from_str_name(&format!("REASON_{}", no.reason())).is_some());
    }
}
