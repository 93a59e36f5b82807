//! How a timer is written.

use proto::lifecycle::{Timer, TimerState};

use super::{as_json, as_text};

fn parked() -> Timer {
    Timer {
        subscription: "customers/c/subscriptions/s".to_owned(),
        state: TimerState::Parked.into(),
        due_time: Some(prost_types::Timestamp { seconds: 1_768_003_260, nanos: 5_000_000 }),
        attempts: 10,
        last_error: "the price list\nhas no \"offer\"".to_owned(),
        ..Timer::default()
    }
}

#[test]
fn a_timer_is_a_line() {
    assert_eq!(
        as_text(&Timer { last_error: "no price".to_owned(), ..parked() }).unwrap(),
        "parked    2026-01-10 00:01:00.005  customers/c/subscriptions/s  failed 10 times: no price"
    );
    let due = Timer { state: TimerState::Due.into(), attempts: 0, due_time: None, ..parked() };
    assert_eq!(as_text(&due).unwrap(), format!("due       {:23}  customers/c/subscriptions/s", ""));
}

#[test]
fn a_program_reads_one_object_a_line() {
    let line = as_json(&parked()).unwrap();
    assert!(!line.contains('\n'));
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read["state"], "parked");
    assert_eq!(read["due_time"], "2026-01-10 00:01:00.005");
    assert_eq!(read["ring_time"], serde_json::Value::Null);
    assert_eq!(read["last_error"], "the price list\nhas no \"offer\"");
}
