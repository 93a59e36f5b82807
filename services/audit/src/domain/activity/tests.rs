//! Ranges of days at their edges, and conditions that contradict each other.

use jiff::civil::{Date, date};
use rstest::rstest;

use super::{Choice, Cursor, DateRange, NoCursor};

#[rstest]
#[case::aud_4_one_day(
    date(2026, 1, 10),
    date(2026, 1, 10),
    Ok(("2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z"))
)]
#[case::aud_4_over_the_end_of_a_year(
    date(2026, 12, 31),
    date(2027, 1, 1),
    Ok(("2026-12-31T00:00:00Z", "2027-01-02T00:00:00Z"))
)]
#[case::aud_4_a_leap_year(
    date(2028, 1, 1),
    date(2028, 12, 31),
    Ok(("2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z"))
)]
#[case::aud_4_a_day_too_many(
    date(2026, 1, 1),
    date(2027, 1, 2),
    Err(
        "the range from 2026-01-01 to 2027-01-02 has 367 days, and may have 366; ask for a part \
         of it at a time"
    )
)]
#[case::aud_4_reversed(
    date(2026, 1, 2),
    date(2026, 1, 1),
    Err(
        "the range is reversed: from 2026-01-02 lies after to 2026-01-01, the last day of it; \
         exchange the two"
    )
)]
fn a_range(#[case] from: Date, #[case] to: Date, #[case] expected: Result<(&str, &str), &str>) {
    let range = DateRange::new(from, to);
    if let Err(rejection) = &range {
        assert_eq!((rejection.reason(), rejection.rule()), ("BAD_DATE_RANGE", "AUD-4"));
    }
    let range = range.map(|range| (range.since.to_string(), range.until.to_string()));
    assert_eq!(
        range.map_err(|rejection| rejection.to_string()),
        expected
            .map(|(since, until)| (since.to_owned(), until.to_owned()))
            .map_err(ToOwned::to_owned)
    );
}

#[rstest]
#[case::aud_1_twice_the_same(&["a", "a"], &[], Some("a"), &[])]
#[case::aud_1_two_at_once(&["a", "b"], &[], Some("a"), &["a"])]
#[case::aud_1_neither(&[], &["a", "b"], None, &["a", "b"])]
fn conditions(
    #[case] must_be: &[&str],
    #[case] must_not_be: &[&str],
    #[case] only: Option<&str>,
    #[case] never: &[&str],
) {
    let mut choice = Choice::default();
    for value in must_be {
        choice.must_be(*value);
    }
    for value in must_not_be {
        choice.must_not_be(*value);
    }
    assert_eq!((choice.only, choice.never.as_slice()), (only, never));
}

#[test]
fn a_cursor_is_read_as_it_was_written() {
    let cursor = Cursor { occurred_at: testkit::noon(), index: 12 };
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
    for text in ["", "1", "1:", ":1", "a:1", "1:b", "9999999999999999999:1"] {
        assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
    }
}
