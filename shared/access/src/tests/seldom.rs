//! The same is said once a minute, and of too much that it was too much.

use jiff::ToSpan;
use testkit::noon;

use crate::{Again, Seldom};

#[test]
fn t_147_the_same_is_said_once_a_minute_with_how_often_it_was() {
    let seldom = Seldom::default();
    assert_eq!(seldom.say("a", noon()), Some(Again { same: 0, others: 0 }));
    for millis in [0, 1, 59_999] {
        assert_eq!(seldom.say("a", noon() + millis.milliseconds()), None);
    }
    assert_eq!(seldom.say("b", noon()), Some(Again { same: 0, others: 0 }));
    assert_eq!(seldom.say("a", noon() + 1.minutes()), Some(Again { same: 3, others: 0 }));
    assert_eq!(seldom.say("a", noon() + 61.seconds()), None);
}

#[test]
fn t_147_of_a_flood_a_hundred_are_said_and_the_rest_counted() {
    let seldom = Seldom::default();
    let said = |from: u32, now| {
        (from..from + 1_000).filter(|one| seldom.say(&one.to_string(), now).is_some()).count()
    };
    assert_eq!(said(0, noon()), 100);
    assert_eq!(said(0, noon() + 59.seconds()), 0);
    let later = noon() + 60.seconds();
    let (flood, same) = (900 + 900, 100);
    assert_eq!(seldom.say("new", later), Some(Again { same: 0, others: flood + same }));
    assert_eq!(said(0, later), 99);
}

/// The hundredth is said and the next is not, until the minute is over to the millisecond.
#[test]
fn t_147_a_hundred_are_said_and_not_one_more() {
    let seldom = Seldom::default();
    let is_said =
        |thing: &str, millis: i64| seldom.say(thing, noon() + millis.milliseconds()).is_some();
    assert!((1..100).all(|one| is_said(&one.to_string(), 0)));
    assert!(is_said("the hundredth", 1));
    assert!(!is_said("the next", 1));
    assert!(!is_said("the next", 59_999));
    // Those of the first instant are forgotten, and the hundredth is not.
    assert!(is_said("the next", 60_000));
    assert!(!is_said("the hundredth", 60_000));
    assert!(is_said("the hundredth", 60_001));
}
