//! How long calls wait.

use rstest::rstest;

use super::*;

const PATIENCE: Patience = Patience {
    by_default: Duration::from_secs(5),
    at_most: Duration::from_secs(20),
    margin: Duration::from_millis(250),
};

#[rstest]
#[case::no_deadline(None, 5_000)]
#[case::a_second(Some("1S"), 750)]
#[case::milliseconds(Some("2000m"), 1_750)]
#[case::shorter_than_the_margin(Some("100m"), 0)]
#[case::a_minute_is_too_long(Some("1M"), 20_000)]
#[case::an_hour_is_too_long(Some("1H"), 20_000)]
#[case::microseconds(Some("500000u"), 250)]
#[case::nanoseconds(Some("300000000n"), 50)]
#[case::no_unit(Some("7"), 5_000)]
#[case::no_number(Some("S"), 5_000)]
#[case::nothing(Some(""), 5_000)]
#[case::not_ascii(Some("1µ"), 5_000)]
fn a_call_waits_as_long_as_its_caller(#[case] header: Option<&str>, #[case] millis: u64) {
    assert_eq!(PATIENCE.wait(header.and_then(timeout)), Duration::from_millis(millis));
}
