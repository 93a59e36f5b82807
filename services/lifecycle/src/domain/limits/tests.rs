//! Every limit at its edges: what the customer has, what an order asks for, and what is said of each
//! line.

use rstest::rstest;
use uuid::Uuid;
use vocab::{ProductKind, QuantityRule, Restrictions, SubscriptionId, TransferId};

use super::*;
use crate::domain::tests::{World, a_purchase, instant, yearly};
use crate::domain::{
    Handover, OfferTerms, ScheduledSet, Status, change_quantity, hand_over, schedule, start, submit,
};

const NOW: &str = "2026-01-10T15:00:00Z";

const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(2));
const OWN: PartnerId = PartnerId(Uuid::from_u128(3));
const OTHER: PartnerId = PartnerId(Uuid::from_u128(33));

fn skus(ids: &[&str]) -> BTreeSet<SkuId> {
    ids.iter().map(|id| SkuId((*id).to_owned())).collect()
}

/// What is sold: SKUs whose name says what restricts them.
fn a_product(sku: &str) -> Product {
    let rule =
        |kind| Some(QuantityRule { kind, base: skus(&["base", "bigger-base", "base-trial"]) });
    let restrictions = match sku {
        "single" => Restrictions { is_single_per_customer: true, ..Restrictions::default() },
        "multi-geo" => Restrictions {
            quantity_rule: rule(QuantityRuleKind::FivePercentOfBase),
            ..Restrictions::default()
        },
        "copilot" => Restrictions {
            quantity_rule: rule(QuantityRuleKind::AtMostBase),
            ..Restrictions::default()
        },
        "upgrade" => Restrictions {
            prerequisites: skus(&["base", "bigger-base"]),
            ..Restrictions::default()
        },
        "add-on" => Restrictions {
            prerequisites: skus(&["base"]),
            is_add_on: true,
            ..Restrictions::default()
        },
        "smb" | "smb-no-teams" | "smb-trial" => {
            Restrictions { seats_capped_as: Some("smb".to_owned()), ..Restrictions::default() }
        }
        _ => Restrictions::default(),
    };
    let kind =
        if sku == "server" { ProductKind::SoftwareSubscription } else { ProductKind::LicenseBased };
    let seat_maximum = if sku.starts_with("smb") { Some(300) } else { None };
    let is_trial = sku.ends_with("-trial");
    let plain = yearly("120.00").product;
    Product { sku: SkuId(sku.to_owned()), kind, is_trial, seat_maximum, restrictions, ..plain }
}

/// A subscription of some seats, sold by somebody, in some state.
type Has = (&'static str, i64, PartnerId, Status);

const fn own(sku: &'static str, quantity: i64) -> Has {
    (sku, quantity, OWN, Status::Active)
}

const fn others(sku: &'static str, quantity: i64) -> Has {
    (sku, quantity, OTHER, Status::Active)
}

fn world(has: &[Has]) -> World {
    let mut world = World::new();
    for (number, (sku, quantity, partner, status)) in (100..).zip(has) {
        let offer = OfferTerms { product: a_product(sku), ..yearly("120.00") };
        // A trial's number of seats is its own rule.
        let bought = world.buy(&yearly("120.00"), *quantity, NOW);
        world.held.count(&Subscription {
            id: SubscriptionId(Uuid::from_u128(number)),
            partner: *partner,
            status: *status,
            product: offer.product,
            ..bought
        });
    }
    world
}

/// What is said of each line of an order.
fn judged(world: &World, lines: &[(&str, i64)]) -> Vec<Vec<Limit>> {
    let products: Vec<_> = lines.iter().map(|(sku, seats)| (a_product(sku), *seats)).collect();
    let wanted = products.iter();
    let lines: Vec<_> =
        wanted.map(|(product, quantity)| Wanted { product, quantity: *quantity }).collect();
    judge(Basket { customer: CUSTOMER, partner: OWN, lines: &lines }, world.on(NOW))
}

fn reasons(world: &World, lines: &[(&str, i64)]) -> Vec<String> {
    let told = |limits: &Vec<Limit>| {
        let reasons: Vec<_> = limits.iter().map(Limit::reason).collect();
        reasons.join(" ")
    };
    judged(world, lines).iter().map(told).collect()
}

const OWNED: &str = "ALREADY_OWNED_SINGLE";
const MIN: &str = "MIN_ADDON_SEATS";
const OVER: &str = "BASE_SEATS_NOT_MET";
const BASE: &str = "BASE_REQUIRED";
const FIRST: &str = "PREREQUISITE_REQUIRED";
const SEATS: &str = "SEAT_LIMIT";

#[rstest]
// One for each customer.
#[case::cat_6_the_first(&[], &[("single", 1)], &[""])]
#[case::cat_6_the_second(&[own("single", 1)], &[("single", 1)], &[OWNED])]
#[case::cat_6_another_partners(&[others("single", 1)], &[("single", 1)], &[OWNED])]
#[case::cat_6_one_that_is_over(&[("single", 1, OWN, Status::Cancelled)], &[("single", 1)], &[""])]
#[case::cat_6_one_that_expired(&[("single", 1, OWN, Status::Expired)], &[("single", 1)], &[""])]
#[case::qty_6_one_that_is_pending(&[("single", 1, OWN, Status::Pending)], &[("single", 1)], &[OWNED])]
#[case::cat_6_two_lines(&[], &[("single", 1), ("single", 1)], &["", OWNED])]
#[case::cat_6_other_skus_do_not_matter(&[own("base", 1)], &[("single", 1), ("base", 1)], &["", ""])]
#[case::trp_42_a_suspended_one(
    &[("single", 1, OWN, Status::Suspended)], &[("single", 1)], &["EXISTING_SUSPENDED"]
)]
#[case::sus_8_another_partners_suspended_one(
    &[("single", 1, OTHER, Status::Suspended)], &[("single", 1)], &["EXISTING_SUSPENDED"]
)]
// At least five in a hundred.
#[case::qty_1_exactly(&[own("base", 400)], &[("multi-geo", 20)], &[""])]
#[case::qty_1_one_too_few(&[own("base", 400)], &[("multi-geo", 19)], &[MIN])]
#[case::trp_40_a_started_hundredth_counts(&[own("base", 401)], &[("multi-geo", 20)], &[MIN])]
#[case::trp_40_and_no_more(&[own("base", 401)], &[("multi-geo", 21)], &[""])]
#[case::qty_1_over_all_bases(
    &[own("base", 200), own("bigger-base", 200)], &[("multi-geo", 19)], &[MIN]
)]
#[case::qty_6_those_it_has_count(
    &[own("base", 400), own("multi-geo", 15)], &[("multi-geo", 5)], &[""]
)]
#[case::qty_3_bases_of_all_partners(
    &[own("base", 200), others("base", 201)], &[("multi-geo", 20)], &[MIN]
)]
#[case::qty_1_a_base_of_the_same_cart_raises_it(
    &[own("base", 200)], &[("multi-geo", 19), ("base", 200)], &[MIN, ""]
)]
#[case::qty_1_two_lines_together(
    &[own("base", 400)], &[("multi-geo", 10), ("multi-geo", 10)], &["", ""]
)]
#[case::trp_41_no_base(&[], &[("multi-geo", 1)], &[BASE])]
#[case::trp_41_a_base_that_is_over(&[("base", 9, OWN, Status::Expired)], &[("multi-geo", 1)], &[BASE])]
// At most the base seats.
#[case::qty_2_as_many(&[own("base", 250)], &[("copilot", 250)], &[""])]
#[case::qty_2_one_more(&[own("base", 250)], &[("copilot", 251)], &[OVER])]
#[case::qty_5_those_it_has_count(
    &[own("base", 250), own("copilot", 200)], &[("copilot", 51)], &[OVER]
)]
#[case::qty_5_and_fill_it(&[own("base", 250), own("copilot", 200)], &[("copilot", 50)], &[""])]
#[case::qty_3_another_partners_bases(&[others("base", 250)], &[("copilot", 250)], &[""])]
#[case::trp_38_another_partners_add_ons(
    &[own("base", 250), others("copilot", 200)], &[("copilot", 51)], &[OVER]
)]
#[case::trp_38_suspended_add_ons(
    &[own("base", 250), ("copilot", 200, OWN, Status::Suspended)], &[("copilot", 51)], &[OVER]
)]
#[case::qty_4_a_base_before_it(&[], &[("base", 250), ("copilot", 250)], &["", ""])]
#[case::trp_38_a_base_after_it(&[], &[("copilot", 250), ("base", 250)], &["", ""])]
#[case::ord_11_a_base_that_is_too_small(&[], &[("copilot", 251), ("base", 250)], &[OVER, ""])]
#[case::qty_4_two_lines_share_the_bases(
    &[own("base", 10)], &[("copilot", 6), ("copilot", 5)], &["", OVER]
)]
#[case::qty_5_a_suspended_base(
    &[own("base", 10), ("base", 250, OWN, Status::Suspended)], &[("copilot", 11)], &[OVER]
)]
#[case::qty_5_a_trial_base(&[own("base-trial", 25)], &[("copilot", 1)], &[BASE])]
#[case::qty_5_a_trial_in_the_cart(&[], &[("copilot", 1), ("base-trial", 25)], &[BASE, ""])]
// What is needed first.
#[case::cat_16_nothing(&[], &[("upgrade", 1)], &[FIRST])]
#[case::cat_16_any_one(&[others("bigger-base", 1)], &[("upgrade", 9)], &[""])]
#[case::cat_16_in_the_same_cart(&[], &[("upgrade", 9), ("base", 1)], &["", ""])]
#[case::cat_16_suspended(&[("base", 1, OWN, Status::Suspended)], &[("upgrade", 1)], &[FIRST])]
#[case::cat_16_another_sku(&[own("server", 1)], &[("upgrade", 1)], &[FIRST])]
#[case::add_2_an_add_on_without_its_base(&[], &[("add-on", 1)], &[BASE])]
#[case::add_2_an_add_on_with_its_base(&[own("base", 1)], &[("add-on", 9)], &[""])]
#[case::mkt_5_an_add_on_of_another_base(&[own("bigger-base", 1)], &[("add-on", 1)], &[BASE])]
// A cap on all seats of a customer.
#[case::cat_9_as_many(&[own("smb", 200)], &[("smb", 100)], &[""])]
#[case::cat_9_one_more(&[own("smb", 200)], &[("smb", 101)], &[SEATS])]
#[case::cat_9_of_all_partners(&[others("smb", 300)], &[("smb", 1)], &[SEATS])]
#[case::cat_9_of_the_same_suite(&[own("smb-no-teams", 300)], &[("smb", 1)], &[SEATS])]
#[case::cat_9_suspended_and_pending(
    &[("smb", 150, OWN, Status::Suspended), ("smb", 150, OWN, Status::Pending)],
    &[("smb", 1)],
    &[SEATS]
)]
#[case::cat_9_what_is_over(&[("smb", 300, OWN, Status::Cancelled)], &[("smb", 300)], &[""])]
#[case::cat_9_trials_do_not_count(&[own("smb-trial", 25)], &[("smb", 300)], &[""])]
#[case::cat_9_a_trial_beside_a_full_suite(&[own("smb", 300)], &[("smb-trial", 25)], &[""])]
#[case::cat_9_two_lines(&[], &[("smb", 200), ("smb-no-teams", 101)], &["", SEATS])]
#[case::cat_9_alone_too_many_is_told_by_the_offer(&[], &[("smb", 301)], &[""])]
fn what_limits_say(#[case] has: &[Has], #[case] lines: &[(&str, i64)], #[case] expected: &[&str]) {
    assert_eq!(reasons(&world(has), lines), expected);
}

#[rstest]
#[case::ent_1_the_last(299, "base", 1, &[""])]
#[case::d_23_the_301st(300, "base", 1, &["TENANT_SUBSCRIPTION_LIMIT"])]
#[case::d_23_the_301st_in_one_order(299, "base", 2, &["", "TENANT_SUBSCRIPTION_LIMIT"])]
#[case::d_23_other_kinds_are_not_counted(300, "server", 1, &[""])]
#[case::ord_6_one_over(301, "base", 1, &["TENANT_SUBSCRIPTION_LIMIT"])]
fn how_many_a_tenant_takes(
    #[case] held: usize,
    #[case] sku: &str,
    #[case] lines: usize,
    #[case] expected: &[&str],
) {
    let has: Vec<_> =
        (0..held).map(|n| if n % 2 == 0 { own("base", 1) } else { others("base", 1) }).collect();
    assert_eq!(reasons(&world(&has), &vec![(sku, 1); lines]), expected);
}

#[test]
fn d_23_the_limit_is_configuration() {
    let mut world = world(&[own("base", 1)]);
    world.policy.subscription_limit = 1;
    assert_eq!(judged(&world, &[("base", 1)]), [[Limit::Tenant { limit: 1 }]]);
}

#[test]
fn qty_5_suspended_and_trial_bases_count_where_configured() {
    let mut world = world(&[("base", 5, OWN, Status::Suspended), own("base-trial", 25)]);
    assert_eq!(reasons(&world, &[("copilot", 1)]), [BASE]);
    world.policy.suspended_bases_count = true;
    assert_eq!(reasons(&world, &[("copilot", 6)]), [OVER]);
    world.policy.trial_bases_count = true;
    assert_eq!(reasons(&world, &[("copilot", 30)]), [""]);
}

/// What a limit tells when all that it rests on is the asking partner's, and when it is not.
#[rstest]
#[case::qty_6_single("single", 1, &[("single", 1)], &[])]
#[case::qty_6_minimum("multi-geo", 19, &[("base", 400)], &[])]
#[case::qty_6_room("copilot", 251, &[("base", 250)], &[])]
#[case::qty_6_room_beside_own_bases("copilot", 51, &[("copilot", 200)], &[own("base", 250)])]
#[case::qty_6_cap("smb", 101, &[("smb", 200)], &[])]
fn what_rests_on_others_data_names_no_partner_subscription_or_number(
    #[case] sku: &str,
    #[case] quantity: i64,
    #[case] held: &[(&'static str, i64)],
    #[case] besides: &[Has],
) {
    let by = |partner| -> Vec<Has> {
        let held = held.iter().map(|(sku, seats)| (*sku, *seats, partner, Status::Active));
        held.chain(besides.iter().copied()).collect()
    };
    let told = |partner| judged(&world(&by(partner)), &[(sku, quantity)]).remove(0).remove(0);
    let (of_own, of_others) = (told(OWN), told(OTHER));
    assert_eq!((of_own.reason(), of_own.rule()), (of_others.reason(), of_others.rule()));
    let secret = ["room", "minimum", "subscription"];
    let names = |limit: &Limit| limit.metadata().into_iter().map(|(name, _)| name);
    assert!(names(&of_own).any(|name| secret.contains(&name)), "{of_own}");
    assert!(!names(&of_others).any(|name| secret.contains(&name)), "{of_others}");
    let may_be_named = [quantity.to_string(), "300".to_owned()];
    let message = of_others.to_string();
    let numbers = message
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty() && !may_be_named.contains(&(*number).to_owned()));
    assert_eq!(numbers.count(), 0, "{message}");
}

fn every_limit() -> Vec<Limit> {
    let sku = || SkuId("m365-suite".to_owned());
    let own = Some(SubscriptionId(Uuid::from_u128(7)));
    let any_of = skus(&["base", "m365-base"]);
    vec![
        Limit::OwnedAlready { sku: sku(), own },
        Limit::SuspendedExists { sku: sku(), own },
        Limit::Tenant { limit: 300 },
        Limit::PrerequisiteMissing { sku: sku(), any_of: any_of.clone() },
        Limit::BaseMissing { sku: sku(), any_of },
        Limit::CustomerSeats { name: "m365".into(), quantity: 101, limit: 300, room: Some(9) },
        Limit::TooFewAddOns { sku: sku(), quantity: 19, minimum: Some(20) },
        Limit::TooManyAddOns { sku: sku(), quantity: 251, room: Some(250) },
    ]
}

#[test]
fn qty_2_every_value_of_a_message_is_in_the_metadata() {
    for limit in every_limit() {
        let (message, values) = (limit.to_string(), limit.metadata());
        let named = message.split([' ', ',', ';']).filter(|word| word.contains(char::is_numeric));
        for word in named {
            assert!(values.iter().any(|(_, value)| value.contains(word)), "{word} of: {message}");
        }
        assert!(message.contains(';') && !message.ends_with('.'), "{message}");
    }
}

/// The subscription that grows, and what its customer has beside it.
#[rstest]
#[case::cat_9_as_many("smb", 200, &[others("smb", 50)], 250, "")]
#[case::cat_9_one_more("smb", 200, &[others("smb", 50)], 251, SEATS)]
#[case::cat_9_fewer_is_not_asked("smb", 300, &[others("smb", 50)], 299, "CANCELLATION_WINDOW_CLOSED")]
#[case::qty_2_as_many("copilot", 10, &[own("base", 30), others("copilot", 5)], 25, "")]
#[case::qty_2_one_more("copilot", 10, &[own("base", 30), others("copilot", 5)], 26, OVER)]
#[case::d_25_enough_after_the_increase("multi-geo", 10, &[own("base", 400)], 20, "")]
#[case::qty_1_too_few_after_the_increase("multi-geo", 10, &[own("base", 400)], 19, MIN)]
#[case::trp_41_an_increase_needs_a_base("multi-geo", 10, &[], 11, BASE)]
#[case::ent_2_a_full_tenant_still_grows("base", 10, &[own("base", 1); 300], 11, "")]
#[case::ord_6_a_full_tenant_still_grows("base", 10, &[own("base", 1); 301], 20, "")]
#[case::trp_40_a_base_grows_freely("base", 400, &[own("multi-geo", 1)], 4000, "")]
fn what_an_increase_may_do(
    #[case] sku: &str,
    #[case] quantity: i64,
    #[case] has: &[Has],
    #[case] total: i64,
    #[case] expected: &str,
) {
    let mut world = world(has);
    let sub = grown(&mut world, sku, quantity);
    let later = instant("2026-02-20T00:00:00Z");
    let outcome = change_quantity(&world.settled(&sub, later), total, world.at(later));
    assert_eq!(outcome.err().map_or("", |no| no.reason()), expected);
}

/// A subscription that was bought, and is counted.
fn grown(world: &mut World, sku: &str, quantity: i64) -> Subscription {
    let offer = OfferTerms { product: a_product(sku), ..yearly("120.00") };
    let bought = start(&a_purchase(&offer, quantity, NOW), world.on(NOW)).unwrap().next;
    world.held.count(&bought);
    world.prices = World::new().selling(&offer).prices;
    bought
}

#[test]
fn cat_9_a_scheduled_increase_is_judged_when_saved() {
    let mut world = world(&[others("smb", 100)]);
    let sub = grown(&mut world, "smb", 100);
    let set = |quantity| ScheduledSet { quantity: Some(quantity), ..ScheduledSet::default() };
    let saved = |quantity| schedule(&sub, &set(quantity), &world.prices, world.on(NOW));
    assert_eq!(saved(201).unwrap_err().reason(), SEATS);
    assert!(saved(200).unwrap().is_some());
}

#[rstest]
#[case::cat_9_there_is_room_still(100, 200, None)]
#[case::ren_6_there_is_none_any_more(101, 100, Some(SEATS))]
fn a_scheduled_increase_is_judged_again_when_applied(
    #[case] of_others: i64,
    #[case] expected: i64,
    #[case] dropped: Option<&str>,
) {
    let mut world = world(&[]);
    let sub = grown(&mut world, "smb", 100);
    let set = ScheduledSet { quantity: Some(200), ..ScheduledSet::default() };
    let saved = schedule(&sub, &set, &world.prices, world.on(NOW)).unwrap().unwrap().next;
    world.held.count(&Subscription {
        id: SubscriptionId(Uuid::from_u128(9)),
        partner: OTHER,
        quantity: of_others,
        ..sub
    });
    let changes = world.ring(&saved, "2027-01-10T00:01:00Z");
    assert_eq!(changes.last().unwrap().next.quantity, expected);
    let reason = changes.iter().find_map(|change| change.reason.filter(|why| *why == SEATS));
    assert_eq!(reason, dropped);
}

#[test]
fn ren_6_a_renewal_is_never_refused_by_a_limit() {
    let mut world = world(&[others("smb", 300)]);
    let sub = grown(&mut world, "smb", 300);
    let renewed = world.later(&sub, "2027-01-10T00:01:00Z");
    assert_eq!((renewed.quantity, renewed.status), (300, Status::Active));
    assert!(renewed.term.unwrap().start.year() == 2027);
}

/// Each row: the add-on's seats, what the customer has besides, and what is then wrong with it.
#[rstest]
#[case::d_25_as_many_as_there_are("copilot", 250, &[own("base", 250)], None)]
#[case::d_25_one_base_seat_fewer("copilot", 250, &[own("base", 249)], Some(OVER))]
#[case::d_25_another_add_on_takes_them("copilot", 250, &[own("base", 300), own("copilot", 51)], Some(OVER))]
#[case::d_25_the_base_is_suspended("copilot", 1, &[("base", 250, OWN, Status::Suspended)], Some(BASE))]
#[case::d_25_the_base_is_gone("multi-geo", 20, &[], Some(BASE))]
#[case::d_25_five_in_a_hundred("multi-geo", 20, &[own("base", 400)], None)]
#[case::trp_40_the_base_grew("multi-geo", 20, &[own("base", 401)], None)]
#[case::d_25_what_has_no_rule("base", 20, &[], None)]
fn what_a_smaller_base_leaves_behind(
    #[case] sku: &str,
    #[case] quantity: i64,
    #[case] has: &[Has],
    #[case] expected: Option<&str>,
) {
    let mut world = world(has);
    let sub = grown(&mut world, sku, quantity);
    let found = compliance(&sub, world.on(NOW));
    assert_eq!(found.as_ref().map(Limit::reason), expected);
    let ended = Subscription { status: Status::Cancelled, ..sub };
    assert_eq!(compliance(&ended, world.on(NOW)), None);
}

#[test]
fn qty_6_a_flag_that_rests_on_another_partner_names_no_number() {
    let room = |has: &[Has]| {
        let mut world = world(has);
        let sub = grown(&mut world, "copilot", 250);
        match compliance(&sub, world.on(NOW)) {
            Some(Limit::TooManyAddOns { room, .. }) => room,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(room(&[own("base", 200)]), Some(200));
    assert_eq!(room(&[others("base", 200)]), None);
}

/// What a customer has counts the same before, on its way and after, whoever sold it: no moment counts
/// both or neither.
#[rstest]
#[case::trf_4_as_many_as_the_base(&[("copilot", 7)], &[""])]
#[case::trf_4_more_than_the_base(&[("copilot", 8)], &[OVER])]
#[case::trp_60_the_tenant_takes_one_more(&[("server", 1), ("plain", 1)], &["", ""])]
#[case::trp_60_and_no_second(&[("plain", 1), ("other", 1)], &["", "TENANT_SUBSCRIPTION_LIMIT"])]
fn a_transfer(#[case] order: &[(&str, i64)], #[case] expected: &[&str]) {
    let mut world = world(&[own("copilot", 3)]);
    world.policy.subscription_limit = 3;
    let bought = world.buy(&yearly("120.00"), 10, NOW);
    let base = Subscription {
        id: SubscriptionId(Uuid::from_u128(7)),
        product: a_product("base"),
        ..bought
    };
    let transfer = TransferId(Uuid::from_u128(8));
    let given = submit(&base, transfer, world.on(NOW)).unwrap().next;
    let to = Handover {
        transfer,
        partner: OTHER,
        subscription: SubscriptionId(Uuid::from_u128(9)),
        submitted_at: instant(NOW),
    };
    let done = hand_over(&given, to, world.on(NOW)).unwrap();
    for step in [vec![base], vec![given], vec![done.ended.next, done.begun.next]] {
        world.held.count_all(&step);
        assert_eq!(reasons(&world, order), expected);
    }
}

/// The limit is 300 unless an operator sets another; what is left is to consolidate, by support.
#[rstest]
#[case::ent_3_the_300th(299, false)]
#[case::ent_3_the_301st(300, true)]
fn one_too_many_is_sent_to_support(#[case] held: usize, #[case] is_refused: bool) {
    let world = world(&vec![own("base", 1); held]);
    let said = judged(&world, &[("base", 1)]).remove(0);
    assert_eq!(!said.is_empty(), is_refused, "{said:?}");
    for no in said.into_iter().map(crate::domain::Rejection::from) {
        assert!(no.to_string().contains("SupportService/CreateSupportRequest to consolidate"));
        let type_of_request = ("support_issue_type", "LICENSE_CONSOLIDATION".to_owned());
        assert!(no.metadata().contains(&type_of_request), "{:?}", no.metadata());
    }
}
