//! What a program reads of a life.

use jiff::Timestamp;
use vocab::{Currency, Money};

use super::super::life::{Event, Life, Span, SpanKind};
use super::written;

#[test]
fn a_life_is_one_object() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let life = Life {
        title: "Suite".to_owned(),
        standing: "10 seats".to_owned(),
        now: at("2026-01-10T12:00:00Z"),
        spans: vec![Span {
            kind: SpanKind::Window,
            label: "10 seats".to_owned(),
            from: at("2026-01-10T12:00:00Z"),
            until: at("2026-01-17T12:00:00Z"),
        }],
        events: vec![Event {
            at: at("2026-01-10T12:00:00Z"),
            what: "bought".to_owned(),
            seats: Some(10),
            amount: Some(Money::parse("120.00", "EUR".parse::<Currency>().unwrap()).unwrap()),
        }],
    };
    let read: serde_json::Value = serde_json::from_str(&written(&life)).unwrap();
    assert_eq!(read["now"], "2026-01-10T12:00:00Z");
    assert_eq!(
        (&read["spans"][0]["kind"], &read["spans"][0]["label"]),
        (&"window".into(), &"10 seats".into())
    );
    assert_eq!(
        (&read["events"][0]["seats"], &read["events"][0]["amount"]),
        (&10.into(), &"120.00 EUR".into())
    );
}
