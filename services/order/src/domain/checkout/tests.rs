//! Every rule that can speak against a purchase, at its edges.

use std::collections::BTreeSet;

use rstest::rstest;
use testkit::noon;
use vocab::{Cloud, Restrictions, Segment, Workload};

use super::super::tests::{
    AGENT, CUSTOMER, PARTNER, a_customer, a_perpetual, a_reservation, a_suite, an_item, an_offer,
    confirmed, market, money, words,
};
use super::*;
use crate::domain::{Capacity, refused_by};

fn restricted(offer: Offer, how: fn(&mut Restrictions)) -> Offer {
    let mut restrictions = Restrictions::default();
    how(&mut restrictions);
    Offer { restrictions, ..offer }
}

fn blocked() -> Vec<BlockedMarkets> {
    vec![BlockedMarkets {
        kind: ProductKind::AzureReservation,
        version: "2024-01".to_owned(),
        effective_at: noon(),
        markets: BTreeSet::from([market("XK"), market("CN"), market("BQ"), market("SJ")]),
    }]
}

fn sold(offer: Offer) -> Listing {
    Listing::Sold(Box::new(offer))
}

fn a_customer_in(code: &str) -> Customer {
    let mut customer = a_customer();
    customer.facts.market = market(code);
    customer
}

fn judged(customer: &Customer, buyer: Buyer, lines: Vec<(Item, Listing)>) -> Judgement {
    judge(&Basket {
        customer,
        buyer,
        seller: Some(PARTNER),
        lines,
        promotions: &Promotions::default(),
        blocked: &blocked(),
        now: noon(),
    })
}

/// The reasons and rules that speak against one line.
fn against(customer: &Customer, offer: Offer, quantity: i64) -> Vec<(&'static str, &'static str)> {
    let lines = vec![(an_item(offer.id.as_str(), quantity), sold(offer))];
    let judgement = judged(customer, AGENT, lines);
    judgement.lines[0].refusals.iter().map(words).collect()
}

#[rstest]
#[case::ord_4_nothing(|offer| offer, 1, vec![])]
#[case::cat_5_another_market(
    |offer| Offer { market: market("FR"), ..offer }, 1, vec![("NOT_TRANSACTABLE_HERE", "CAT-5")]
)]
#[case::cat_4_another_segment(
    |offer| Offer { segments: [Segment::Education].into(), ..offer },
    1,
    vec![("NOT_TRANSACTABLE_HERE", "CAT-4")]
)]
#[case::par_13_another_cloud(
    |offer| Offer { cloud: Cloud::UsGovernment, ..offer },
    1,
    vec![("NOT_TRANSACTABLE_HERE", "PAR-13")]
)]
#[case::cat_10_closed_to_new_purchase(
    |offer| Offer { is_closed_to_new_purchase: true, ..offer },
    1,
    vec![("NOT_TRANSACTABLE_HERE", "CAT-10")]
)]
#[case::cat_7_sold_by_others_alone(
    |offer| restricted(offer, |it| it.exclusive_to = [PartnerId(CUSTOMER.0)].into()),
    1,
    vec![("EXCLUSIVE_TO_OTHER_PARTNERS", "CAT-7")]
)]
#[case::cat_7_sold_by_us_and_others(
    |offer| restricted(offer, |it| it.exclusive_to = [PartnerId(CUSTOMER.0), PARTNER].into()),
    1,
    vec![]
)]
#[case::mkt_6_a_country_without_support(
    |offer| restricted(offer, |it| it.unsupported_markets = [market("DE"), market("FR")].into()),
    1,
    vec![("ISV_COUNTRY_UNSUPPORTED", "MKT-6")]
)]
#[case::mkt_6_another_country(
    |offer| restricted(offer, |it| it.unsupported_markets = [market("FR")].into()), 1, vec![]
)]
#[case::cat_5_left_out_of_the_programme(
    |offer| restricted(offer, |it| it.is_outside_csp = true), 1, vec![("ISV_NOT_IN_CSP", "CAT-5")]
)]
#[case::cat_2_sold_in_the_cloud_portal(
    |offer| restricted(offer, |it| it.runs_on = Some(Workload::VirtualMachines)),
    1,
    vec![("NOT_TRANSACTABLE_HERE", "CAT-2")]
)]
#[case::ord_10_a_legacy_add_on(
    |offer| Offer {
        kind: ProductKind::LicenseLegacy,
        ..restricted(offer, |it| it.is_add_on = true)
    },
    1,
    vec![("NOT_TRANSACTABLE_HERE", "ORD-10")]
)]
#[case::ord_10_an_add_on_of_new_commerce(
    |offer| restricted(offer, |it| it.is_add_on = true), 1, vec![]
)]
#[case::ord_2_the_fewest(|offer| Offer { min_quantity: 5, ..offer }, 5, vec![])]
#[case::ord_2_too_few(
    |offer| Offer { min_quantity: 5, ..offer }, 4, vec![("MIN_SEATS", "ORD-2")]
)]
#[case::cat_9_the_most(|offer| Offer { max_quantity: Some(300), ..offer }, 300, vec![])]
#[case::cat_9_too_many(
    |offer| Offer { max_quantity: Some(300), ..offer }, 301, vec![("SEAT_LIMIT", "CAT-9")]
)]
#[case::d_11_too_much_money(
    |offer| Offer { price: money("90000000000000000.00", "EUR"), ..offer },
    2,
    vec![("QUANTITY_INVALID", "D-11")]
)]
#[case::ord_4_everything_at_once(
    |offer| Offer {
        market: market("FR"),
        segments: [Segment::Education].into(),
        is_closed_to_new_purchase: true,
        min_quantity: 2,
        ..offer
    },
    1,
    vec![
        ("NOT_TRANSACTABLE_HERE", "CAT-5"),
        ("NOT_TRANSACTABLE_HERE", "CAT-4"),
        ("NOT_TRANSACTABLE_HERE", "CAT-10"),
        ("MIN_SEATS", "ORD-2"),
    ]
)]
fn what_speaks_against_a_line(
    #[case] change: fn(Offer) -> Offer,
    #[case] quantity: i64,
    #[case] expected: Vec<(&'static str, &'static str)>,
) {
    assert_eq!(against(&a_customer(), change(an_offer("o")), quantity), expected);
}

#[rstest]
#[case::mkt_1_kosovo("XK", vec![("MARKET_UNAVAILABLE", "MKT-1")])]
#[case::trp_44_a_shared_code("BQ", vec![("MARKET_UNAVAILABLE", "MKT-1")])]
#[case::mkt_1_not_on_the_list("DE", vec![])]
fn reservations_by_market(#[case] code: &str, #[case] expected: Vec<(&'static str, &'static str)>) {
    let offer = Offer { market: market(code), ..a_reservation("o") };
    assert_eq!(against(&a_customer_in(code), offer, 1), expected);
}

#[rstest]
#[case::mkt_2_server_subscriptions(an_offer("o"))]
#[case::mkt_2_perpetual_software(a_perpetual("o"))]
#[case::mkt_2_suites(a_suite("o"))]
fn other_kinds_are_sold_in_a_blocked_market(#[case] offer: Offer) {
    let offer = Offer { market: market("XK"), ..offer };
    assert_eq!(against(&a_customer_in("XK"), offer, 1), vec![]);
}

#[test]
fn mkt_1_is_the_first_reason_and_names_the_list() {
    // The offer is for Germany; the customer is in a blocked market.
    let customer = a_customer_in("XK");
    let judgement = judged(&customer, AGENT, vec![(an_item("o", 1), sold(a_reservation("o")))]);
    let first = &judgement.lines[0].refusals[0];
    assert_eq!(first.reason(), "MARKET_UNAVAILABLE");
    assert!(first.metadata().contains(&("version", "2024-01".to_owned())));
    assert!(first.metadata().contains(&("market", "XK".to_owned())));
}

#[rstest]
#[case::mkt_1_a_reservation(a_reservation("o"), 1)]
#[case::mkt_2_server_subscriptions(an_offer("o"), 0)]
fn into_a_cart_in_a_blocked_market(#[case] offer: Offer, #[case] refused: usize) {
    let lines = [(an_item("x", 1), Listing::Unknown), (an_item("o", 1), sold(offer))];
    let refusals = judge_addition(&a_customer_in("XK"), &lines, &blocked());
    assert_eq!(refusals.len(), refused);
    assert!(refusals.iter().all(|one| one.line == Some(1)));
}

const SELLER: Buyer = Buyer { may_buy: true, may_buy_software: false };
const GLOBAL_ADMIN: Buyer = Buyer { may_buy: false, may_buy_software: true };
const NOBODY: Buyer = Buyer { may_buy: false, may_buy_software: false };

#[rstest]
#[case::par_12_seller_buys_a_suite(SELLER, a_suite("o"), None)]
#[case::par_12_seller_buys_no_subscription_software(
    SELLER,
    an_offer("o"),
    Some("ADMIN_AGENT, GLOBAL_ADMIN")
)]
#[case::par_12_seller_buys_no_perpetual_software(
    SELLER,
    a_perpetual("o"),
    Some("ADMIN_AGENT, GLOBAL_ADMIN")
)]
#[case::par_12_global_admin_buys_software(GLOBAL_ADMIN, an_offer("o"), None)]
#[case::par_12_global_admin_buys_no_suite(
    GLOBAL_ADMIN,
    a_suite("o"),
    Some("ADMIN_AGENT, SALES_AGENT, BILLING_ADMIN, HELPDESK_AGENT")
)]
#[case::par_12_reader_buys_nothing(NOBODY, an_offer("o"), Some("ADMIN_AGENT, GLOBAL_ADMIN"))]
fn who_buys_what(#[case] buyer: Buyer, #[case] offer: Offer, #[case] roles: Option<&str>) {
    let judgement = judged(&a_customer(), buyer, vec![(an_item("o", 1), sold(offer))]);
    let refusals = &judgement.lines[0].refusals;
    let expected = roles.map(|roles| ("ROLE_REQUIRED", vec![("roles", roles.to_owned())]));
    let found = refusals.first().map(|why| (why.reason(), why.metadata()));
    assert_eq!(found, expected);
}

#[test]
fn ord_11_every_line_has_its_own_reason() {
    let lines = vec![
        (an_item("gone", 1), Listing::Withdrawn { since: noon() }),
        (an_item("good", 2), sold(an_offer("good"))),
        (an_item("never", 1), Listing::Unknown),
    ];
    let judgement = judged(&a_customer(), AGENT, lines);
    let refused = refused_by(&judgement, Capacity::DirectPartner, None);
    let told: Vec<_> = refused.iter().map(|one| (one.line, one.why.reason())).collect();
    let expected = [
        (Some(0), "OFFER_WITHDRAWN"),
        (Some(2), "NOT_TRANSACTABLE_HERE"),
        (None, "ATTESTATION_REQUIRED"),
    ];
    assert_eq!(told, expected);
    assert_eq!(judgement.totals().unwrap(), [money("240.00", "EUR")]);
}

#[test]
fn ord_4_nothing_speaks_against_a_good_order() {
    let lines = vec![
        (an_item("a", 2), sold(an_offer("a"))),
        (an_item("b", 10), sold(a_suite("b"))),
        (an_item("c", 1), sold(a_perpetual("c"))),
    ];
    let judgement = judged(&a_customer(), AGENT, lines);
    let confirmation = confirmed("direct-partner-1");
    assert_eq!(refused_by(&judgement, Capacity::DirectPartner, Some(&confirmation)), vec![]);
    assert_eq!(judgement.totals().unwrap(), [money("1323.30", "EUR")]);
}

#[rstest]
#[case::trp_45_australia("AU", "AUD")]
#[case::trp_45_brazil("BR", "BRL")]
fn tax_that_is_included_is_not_added(#[case] code: &str, #[case] currency: &str) {
    let offer = Offer {
        market: market(code),
        price: money("110.00", currency),
        tax_included: true,
        ..an_offer("o")
    };
    let judgement = judged(&a_customer_in(code), AGENT, vec![(an_item("o", 3), sold(offer))]);
    assert_eq!(judgement.totals().unwrap(), [money("330.00", currency)]);
    assert!(judgement.lines[0].offer.as_ref().unwrap().tax_included);
}

#[test]
fn d_11_a_sum_of_lines_that_cannot_be_kept_is_refused() {
    let dear = Offer { price: money("90000000000000000.00", "EUR"), ..an_offer("o") };
    let lines = vec![(an_item("o", 1), sold(dear.clone())), (an_item("o", 1), sold(dear))];
    let judgement = judged(&a_customer(), AGENT, lines);
    assert_eq!(judgement.totals(), Err(Rejection::AmountTooLarge { quantity: 2 }));
}
