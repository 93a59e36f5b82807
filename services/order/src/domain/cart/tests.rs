//! How long a cart lives, and what ends it.

use jiff::ToSpan;
use rstest::rstest;
use testkit::noon;
use uuid::Uuid;

use super::super::tests::{CUSTOMER, PARTNER, an_item};
use super::*;

fn a_cart() -> Cart {
    Cart {
        id: CartId(Uuid::from_u128(1)),
        customer: CUSTOMER,
        partner: PARTNER,
        lines: vec![an_item("o", 1)],
        resellers: Resellers::default(),
        created_at: noon(),
        order: None,
        version: 1,
    }
}

#[rstest]
#[case::ord_12_at_once(0, None)]
#[case::ord_12_the_last_millisecond(168 * 3_600_000, None)]
#[case::ord_12_a_millisecond_too_late(168 * 3_600_000 + 1, Some("CART_EXPIRED"))]
fn a_cart_lives_seven_days(#[case] millis: i64, #[case] expected: Option<&str>) {
    let now = noon() + millis.milliseconds();
    let refused = a_cart().check_ready(now).err();
    assert_eq!(refused.as_ref().map(Rejection::reason), expected);
    if let Some(why) = refused {
        assert_eq!(why.metadata(), [("allowed_until", "2026-01-17T12:00:00Z".to_owned())]);
    }
}

#[test]
fn ord_12_an_ordered_cart_names_its_order() {
    let order = OrderId(Uuid::from_u128(7));
    let cart = a_cart().ordered_as(order);
    // That it is old, too, is not the point any more.
    let refused = cart.check_open(noon() + 9_999.hours()).unwrap_err();
    assert_eq!(refused, Rejection::CartOrdered { customer: CUSTOMER, order });
    assert_ne!(cart.etag(), a_cart().etag());
}

#[test]
fn ord_1_an_empty_cart_is_not_ready() {
    let cart = a_cart().refilled(vec![], Resellers::default());
    assert_eq!(cart.check_open(noon()), Ok(()));
    assert_eq!(cart.check_ready(noon()).unwrap_err().reason(), "CART_EMPTY");
}
