//! Cursors, as they are written and read.

use rstest::rstest;

use super::Position;

#[rstest]
#[case::a_place("12.7", Some(Position { major: 12, minor: 7 }))]
#[case::the_beginning("0.0", Some(Position::START))]
#[case::empty("", None)]
#[case::one_number("12", None)]
#[case::three_numbers("1.2.3", None)]
#[case::negative("-1.2", None)]
#[case::another_spelling("01.2", None)]
#[case::too_large("9223372036854775808.0", None)]
fn a_cursor(#[case] text: &str, #[case] expected: Option<Position>) {
    assert_eq!(text.parse().ok(), expected);
    if let Some(position) = expected {
        assert_eq!(position.to_string(), text);
    }
}
