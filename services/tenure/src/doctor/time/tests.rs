//! What is said of clocks and ends.

use anyhow::anyhow;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rstest::rstest;

use super::{ahead, certificate, clock};
use crate::cli::ServiceName::Order;
use crate::doctor::finding::State;

const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

#[rstest]
#[case::the_same(0, State::Fine, "the same as here")]
#[case::close(-2_000, State::Fine, "the same as here")]
#[case::apart(2_001, State::Doubtful, "2s 1ms ahead of the one here")]
#[case::behind(-30_000, State::Doubtful, "30s behind the one here")]
#[case::t_162_tokens_are_not_believed(30_001, State::Wrong, "30s 1ms ahead of the one here")]
fn a_clock_is_judged(#[case] millis: i64, #[case] state: State, #[case] text: &str) {
    let apart = SignedDuration::from_millis(millis);
    let finding = clock(Order, "database", apart, LEEWAY);
    assert_eq!((finding.state, &*finding.text), (state, text));
    assert_eq!(finding.remedy.is_empty(), state == State::Fine);
}

/// While it was asked, time passed: only what lies outside is apart.
#[rstest]
#[case::before(90, -10)]
#[case::first(100, 0)]
#[case::within(105, 0)]
#[case::last(110, 0)]
#[case::after(112, 2)]
fn what_may_have_been_the_present_is_no_difference(#[case] told: i64, #[case] expected: i64) {
    let at = |second| Timestamp::from_second(second).unwrap();
    assert_eq!(ahead(at(told), at(100), at(110)), SignedDuration::from_secs(expected));
}

#[rstest]
#[case::long(15 * 24, State::Fine, "valid until")]
#[case::soon(14 * 24 - 1, State::Doubtful, "valid until")]
#[case::over(0, State::Wrong, "ended at")]
#[case::long_over(-24, State::Wrong, "ended at")]
fn a_certificate_is_judged(#[case] hours: i64, #[case] state: State, #[case] text: &str) {
    let now = Timestamp::UNIX_EPOCH;
    let finding = certificate(Order, "certificate".to_owned(), Ok(now + hours.hours()), now);
    assert_eq!(finding.state, state);
    assert!(finding.text.starts_with(text), "{}", finding.text);
    let unread = certificate(Order, "certificate".to_owned(), Err(anyhow!("half a file")), now);
    assert_eq!((unread.state, &*unread.text), (State::Wrong, "half a file"));
}
