//! From what the service says to spans and events.

use jiff::Timestamp;
use proto::lifecycle::{
    Cancellation, Change, ChangeKind, Charge, ChargeCycle, NextEvent, SeatBatch, Subscription,
    SubscriptionState, Term,
};
use vocab::Money;

use super::{Life, SpanKind};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn time(text: &str) -> prost_types::Timestamp {
    rpc::wire::timestamp(at(text))
}

fn day(text: &str) -> proto::Date {
    rpc::wire::date(text.parse().unwrap())
}

fn euros(minor: i64) -> proto::Money {
    rpc::wire::money(Money::of_minor(minor, "EUR".parse().unwrap()))
}

/// Five seats for a year by the month, three of them bought later.
pub fn a_life() -> Life {
    let charge = |minor| Charge { amount: Some(euros(minor)), ..Charge::default() };
    let sub = Subscription {
        product_title: "Servers & more".to_owned(),
        state: SubscriptionState::Active.into(),
        quantity: 5,
        auto_renew: true,
        purchase_time: Some(time("2026-01-10T15:00:00Z")),
        term: Some(Term {
            start_date: Some(day("2026-01-10")),
            end_date: Some(day("2027-01-09")),
            length: "P1Y".to_owned(),
            anchor_day: 10,
        }),
        current_cycle: Some(ChargeCycle {
            number: 2,
            count: 12,
            start_date: Some(day("2026-02-10")),
            end_date: Some(day("2026-03-09")),
            ..ChargeCycle::default()
        }),
        cancellation: Some(Cancellation {
            allowed_until: Some(time("2026-01-17T15:00:00Z")),
            ..Cancellation::default()
        }),
        seat_batches: vec![SeatBatch {
            quantity: 3,
            added_time: Some(time("2026-02-12T08:00:00Z")),
            allowed_until: Some(time("2026-02-19T08:00:00Z")),
        }],
        next_event: Some(NextEvent {
            kind: ChangeKind::CycleCharged.into(),
            due_time: Some(time("2026-03-10T00:00:00Z")),
            amount: Some(euros(10_000)),
        }),
        ..Subscription::default()
    };
    let changes = [
        Change {
            kind: ChangeKind::Started.into(),
            effective_time: Some(time("2026-01-10T15:00:00Z")),
            quantity_after: 2,
            charges: vec![charge(4_000)],
            ..Change::default()
        },
        Change {
            kind: ChangeKind::QuantityChanged.into(),
            effective_time: Some(time("2026-02-12T08:00:00Z")),
            quantity_before: 2,
            quantity_after: 5,
            charges: vec![charge(6_000), charge(-500)],
            ..Change::default()
        },
    ];
    Life::of(&sub, &changes, at("2026-02-14T12:00:00Z")).unwrap()
}

#[test]
fn what_lasts_is_in_order() {
    let spans: Vec<_> = a_life()
        .spans
        .into_iter()
        .map(|span| (span.kind, span.label, span.until.to_string()))
        .collect();
    let span = |kind, label: &str, until: &str| (kind, label.to_owned(), until.to_owned());
    assert_eq!(
        spans,
        [
            span(SpanKind::Term, "term P1Y", "2027-01-09T23:59:59.999Z"),
            span(SpanKind::Cycle, "cycle 2 of 12", "2026-03-09T23:59:59.999Z"),
            span(SpanKind::Window, "everything", "2026-01-17T15:00:00Z"),
            span(SpanKind::Window, "3 seats", "2026-02-19T08:00:00Z"),
        ]
    );
}

#[test]
fn what_happens_is_in_order_and_adds_up() {
    let events: Vec<_> = a_life()
        .events
        .into_iter()
        .map(|event| (event.what, event.seats, event.amount.map(|amount| amount.minor)))
        .collect();
    let event = |what: &str, seats, amount| (what.to_owned(), seats, amount);
    assert_eq!(
        events,
        [
            event("started: 0 to 2 seats", Some(2), Some(4_000)),
            event("quantity changed: 2 to 5 seats", Some(5), Some(5_500)),
            event("last instant to give back 3 seats", None, None),
            event("next: cycle charged", None, Some(10_000)),
        ]
    );
}

#[test]
fn a_perpetual_purchase_has_no_term() {
    let sub = Subscription {
        quantity: 1,
        state: SubscriptionState::Active.into(),
        ..Subscription::default()
    };
    let life = Life::of(&sub, &[], at("2026-02-14T12:00:00Z")).unwrap();
    assert_eq!((life.spans, life.events), (vec![], vec![]));
    assert_eq!(life.standing, "active, 1 seat");
}
