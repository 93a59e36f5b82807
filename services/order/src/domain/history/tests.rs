//! What can be brought in, at the edges of what is history.

use rstest::rstest;
use testkit::noon;
use vocab::Cloud;

use super::*;
use crate::domain::PartnerDraft;
use crate::domain::tests::{
    CUSTOMER, PARTNER, a_customer, a_partner, a_perpetual, a_suite, an_offer, market, money, words,
};

const SPRING: &str = "2021-03-01T09:00:00Z";

fn a_past_line(offer: &str) -> PastLine {
    PastLine {
        offer: OfferId(offer.to_owned()),
        quantity: 2,
        price: money("365.00", "EUR"),
        tax_included: false,
        term: Some(TermLength::OneYear),
        billing: BillingCycle::Annual,
        friendly_name: String::new(),
    }
}

fn bought_once(offer: &str) -> PastLine {
    PastLine { term: None, billing: BillingCycle::OneTime, ..a_past_line(offer) }
}

fn a_past_order(lines: Vec<PastLine>) -> PastOrder {
    let ordered_at = SPRING.parse().unwrap();
    PastOrder { partner: PARTNER, reference: "A-1".to_owned(), ordered_at, lines }
}

/// What is judged by: a partner, and offers of several sorts.
fn records(customer: &Customer) -> Records<'_> {
    let offers = [
        an_offer("server"),
        a_perpetual("sql"),
        a_suite("suite"),
        Offer { is_trial: true, ..an_offer("trial") },
        Offer { market: market("FR"), ..an_offer("server-fr") },
        Offer { cloud: Cloud::UsGovernment, ..an_offer("server-gov") },
    ];
    Records {
        customer,
        partners: BTreeMap::from([(PARTNER, a_partner())]),
        offers: offers.into_iter().map(|offer| (offer.id.clone(), offer)).collect(),
        kept: BTreeMap::new(),
        now: noon(),
    }
}

/// Each refusal: its place, its reason and its rule.
fn told(refused: &[Rejection]) -> Vec<(String, &'static str, &'static str)> {
    let tell = |why: &Rejection| {
        let values = why.metadata();
        (values[0].1.clone(), words(why).0, words(why).1)
    };
    refused.iter().map(tell).collect()
}

#[rstest]
#[case::d_2_the_last_millisecond("2021-10-13T23:59:59.999Z", None)]
#[case::trp_16_one_second_earlier("2021-10-13T23:59:59Z", None)]
#[case::trp_16_the_first_instant("2021-10-14T00:00:00Z", Some(("HISTORY_TOO_RECENT", "D-2")))]
#[case::d_2_yesterday("2026-01-09T12:00:00Z", Some(("HISTORY_TOO_RECENT", "D-2")))]
fn ordered_at(#[case] at: &str, #[case] expected: Option<(&'static str, &'static str)>) {
    let customer = a_customer();
    let past =
        PastOrder { ordered_at: at.parse().unwrap(), ..a_past_order(vec![a_past_line("server")]) };
    let refused = records(&customer).judge(&[past]);
    let found = refused.first().map(|why| (why.reason(), why.rule()));
    assert_eq!((found, refused.len()), (expected, usize::from(expected.is_some())));
}

#[rstest]
#[case::d_38_this_instant("2021-03-01T09:00:00Z", false)]
#[case::d_38_a_millisecond_from_now("2021-03-01T08:59:59.999Z", true)]
fn by_the_customers_clock(#[case] now: &str, #[case] is_refused: bool) {
    let customer = a_customer();
    let records = Records { now: now.parse().unwrap(), ..records(&customer) };
    let refused = records.judge(&[a_past_order(vec![a_past_line("server")])]);
    assert_eq!(refused.iter().any(|why| why.reason() == "HISTORY_IN_FUTURE"), is_refused);
}

#[rstest]
#[case::trm_1_a_subscription(a_past_line("server"), None)]
#[case::trm_1_bought_once(bought_once("sql"), None)]
#[case::d_2_other_kinds_are_ordered(
    a_past_line("suite"), Some(("HISTORY_ONLY_SOFTWARE", "T-63")))]
#[case::d_2_trials_too(a_past_line("trial"), Some(("HISTORY_ONLY_SOFTWARE", "T-63")))]
#[case::cat_5_unknown(a_past_line("gone"), Some(("NOT_TRANSACTABLE_HERE", "CAT-5")))]
#[case::cat_5_elsewhere(a_past_line("server-fr"), Some(("NOT_TRANSACTABLE_HERE", "CAT-5")))]
#[case::par_13_another_cloud(
    a_past_line("server-gov"), Some(("NOT_TRANSACTABLE_HERE", "PAR-13")))]
#[case::trm_1_a_subscription_has_a_term(
    bought_once("server"), Some(("BILLING_NOT_OFFERED", "TRM-4")))]
#[case::trm_1_what_is_bought_once_has_none(
    a_past_line("sql"), Some(("BILLING_NOT_OFFERED", "TRM-4")))]
#[case::trm_4_a_year_every_three(
    PastLine { billing: BillingCycle::Triennial, ..a_past_line("server") },
    Some(("BILLING_NOT_OFFERED", "TRM-4")))]
#[case::d_11_more_than_can_be_charged(
    PastLine { quantity: i64::MAX, ..a_past_line("server") },
    Some(("QUANTITY_INVALID", "D-11")))]
fn one_line(#[case] line: PastLine, #[case] expected: Option<(&'static str, &'static str)>) {
    let customer = a_customer();
    let refused = records(&customer).judge(&[a_past_order(vec![line])]);
    let found: Vec<_> = refused.iter().map(|why| (why.reason(), why.rule())).collect();
    assert_eq!(found, Vec::from_iter(expected));
    for why in refused {
        assert!(why.to_string().starts_with("orders[0].lines[0]: "), "{why}");
    }
}

#[test]
fn ord_11_everything_is_told_at_once() {
    let customer = a_customer();
    let stranger = PartnerId(uuid::Uuid::from_u128(0xbad));
    let orders = [
        PastOrder { ordered_at: noon(), ..a_past_order(vec![a_past_line("suite")]) },
        a_past_order(vec![a_past_line("server")]),
        PastOrder {
            partner: stranger,
            ..a_past_order(vec![a_past_line("server"), a_past_line("gone")])
        },
    ];
    let expected = [
        ("orders[0]", "HISTORY_TOO_RECENT", "D-2"),
        ("orders[0].lines[0]", "HISTORY_ONLY_SOFTWARE", "T-63"),
        ("orders[2]", "RELATIONSHIP_REQUIRED", "PAR-2"),
        ("orders[2].lines[1]", "NOT_TRANSACTABLE_HERE", "CAT-5"),
    ];
    let expected: Vec<_> =
        expected.map(|(place, reason, rule)| (place.to_owned(), reason, rule)).into();
    assert_eq!(told(&records(&customer).judge(&orders)), expected);
}

#[test]
fn par_1_a_reseller_sold_nothing_itself() {
    let customer = a_customer();
    let provider = PartnerId(uuid::Uuid::from_u128(0x12));
    let mut reseller = a_partner();
    reseller.facts = PartnerDraft {
        kind: vocab::PartnerType::IndirectReseller,
        provider: Some(provider),
        ..reseller.facts
    };
    let partners = BTreeMap::from([(PARTNER, reseller)]);
    let records = Records { partners, ..records(&customer) };
    let refused = records.judge(&[a_past_order(vec![a_past_line("server")])]);
    assert_eq!(told(&refused), [("orders[0]".to_owned(), "CONTACT_INDIRECT_PROVIDER", "PAR-1")]);
    assert!(refused[0].to_string().contains(&format!("partners/{provider}")), "{}", refused[0]);
}

#[test]
fn d_28_the_same_again_is_nothing_new_and_other_content_is_refused() {
    let customer = a_customer();
    let past = a_past_order(vec![a_past_line("server")]);
    let order = OrderId(uuid::Uuid::from_u128(9));
    let kept = Kept { customer: CUSTOMER, order, past: past.clone() };
    let kept = BTreeMap::from([((PARTNER, past.reference.clone()), kept)]);
    // What was right then is not judged anew: the partner may have left in the meantime.
    let records = Records { kept, partners: BTreeMap::new(), ..records(&customer) };
    assert_eq!(records.judge(std::slice::from_ref(&past)), []);
    let other = a_past_order(vec![PastLine { quantity: 3, ..a_past_line("server") }]);
    let refused = records.judge(&[other]);
    assert_eq!(told(&refused), [("orders[0]".to_owned(), "ALREADY_EXISTS", "T-65")]);
    assert!(refused[0].to_string().contains(&format!("orders/{order}")), "{}", refused[0]);
}

#[test]
fn d_1_what_the_list_says_now_did_not_hold_then() {
    let listed = Offer {
        min_quantity: 5,
        max_quantity: Some(10),
        cancellation_policy: Some("NEVER".to_owned()),
        ..an_offer("server")
    };
    let line = PastLine { price: money("99.00", "EUR"), ..a_past_line("server") };
    let sold = line.as_sold(&listed);
    assert_eq!((sold.price, sold.cancellation_policy), (money("99.00", "EUR"), None));
    assert_eq!((sold.min_quantity, sold.max_quantity), (1, None));
    assert_eq!((sold.title, sold.fulfilment), (listed.title, listed.fulfilment));
}
