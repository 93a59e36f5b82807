//! Files of orders from before.

use proto::common::BillingCycle as Billing;
use rstest::rstest;

use super::*;

const SAMPLE: &str = include_str!("../../../../deploy/sample/history.yaml");
const PARTNER: &str = "partners/0190a000-0000-7000-8000-000000000001";

#[test]
fn the_sample_says_what_it_says() {
    let orders = parse(SAMPLE, PARTNER).unwrap();
    let references: Vec<_> = orders.iter().map(|order| order.reference.as_str()).collect();
    assert_eq!(references, ["PO 21-88", "PO 21-89", "PO 19-02"]);
    let first = &orders[0];
    assert_eq!(first.partner, PARTNER);
    let at = wire::instant(first.order_time.as_ref().unwrap()).unwrap();
    assert_eq!(at.to_string(), "2021-05-31T23:59:59.999Z");
    let [server, tool] = &first.lines[..] else { panic!("{first:?}") };
    assert_eq!(server.offer, "offers/windows-server-standard-p1y-annual-de");
    assert_eq!((server.term_length.as_str(), server.billing_cycle()), ("P1Y", Billing::Annual));
    assert_eq!(wire::amount(server.price.as_ref().unwrap()).unwrap().to_string(), "298.00 EUR");
    assert_eq!((tool.term_length.as_str(), tool.billing_cycle()), ("", Billing::OneTime));
    assert_eq!(tool.friendly_name, "Till server");
}

#[rstest]
#[case::a_price_without_currency("price: 298.00 EUR", "price: 298.00", "PO 21-88, line 1")]
#[case::too_many_decimals("price: 900.00 EUR", "price: 900.001 EUR", "PO 21-88, line 2")]
#[case::a_plan_that_is_none("P3Y/ANNUAL}", "P3Y/WEEKLY}", "P3Y/WEEKLY is no plan")]
#[case::an_unknown_key("quantity: 4", "seats: 4", "seats")]
#[case::no_instant("2021-06-01T00:00:00Z\n", "June\n", "cannot be read")]
fn what_is_wrong_is_named(#[case] good: &str, #[case] bad: &str, #[case] expected: &str) {
    assert!(SAMPLE.contains(good), "the sample has {good}");
    let refused = parse(&SAMPLE.replacen(good, bad, 1), PARTNER).unwrap_err();
    let refused = format!("{refused:#}");
    assert!(refused.contains(expected), "{refused}");
}
