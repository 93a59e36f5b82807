//! Alarms to the wire, and what is asked of them.

use jiff::Timestamp;
use proto::lifecycle as pb;
use rpc::filter::Operator;
use rpc::{Fields, Filter, Violations, name, wire};

use super::listing::once_each;
use crate::domain::{Timer, TimerOf, TimerState};

/// Reads which alarms a list shows; all if `None`.
pub fn timers(request: &pb::ListTimersRequest) -> Result<Option<TimerState>, Violations> {
    let mut fields = Fields::of(request);
    let read = fields.keep("filter", Filter::parse(&request.filter, &["state"]));
    let mut state = None;
    for condition in once_each(read.map(|filter| filter.0).unwrap_or_default(), &mut fields) {
        state = fields.parse::<TimerState>("filter", &condition.value);
        let is_listed = !matches!(state, Some(TimerState::None | TimerState::Waiting));
        if condition.operator != Operator::Equal || !is_listed {
            fields.wrong("filter", "is not state = DUE, LATE, RETRYING or PARKED");
        }
    }
    fields.finish(Some(state))
}

/// Reads which alarm is to be tried again.
pub fn retry_timer(request: &pb::RetryTimerRequest) -> Result<TimerOf, Violations> {
    let mut fields = Fields::of(request);
    let of = if request.name.starts_with("transfers/") {
        let name = fields.parse::<name::Transfer>("name", &request.name);
        name.map(|name| TimerOf::Transfer(name.0))
    } else {
        let name = fields.parse::<name::Subscription>("name", &request.name);
        name.map(|name| TimerOf::Subscription(name.0, name.1))
    };
    fields.finish(of)
}

/// Writes an alarm as it is seen at an instant.
pub fn timer((timer, now): &(Timer, Timestamp)) -> pb::Timer {
    let lateness = timer.lateness(*now);
    let (subscription, transfer) = match timer.of {
        TimerOf::Subscription(customer, id) => {
            (name::Subscription(customer, id).to_string(), String::new())
        }
        TimerOf::Transfer(id) => (String::new(), name::Transfer(id).to_string()),
    };
    pb::Timer {
        subscription,
        partner: name::Partner(timer.partner).to_string(),
        state: state(timer.state(*now)).into(),
        due_time: timer.due_at.map(wire::timestamp),
        ring_time: timer.rings_at.map(wire::timestamp),
        lateness: Some(prost_types::Duration {
            seconds: lateness.as_secs(),
            nanos: lateness.subsec_nanos(),
        }),
        attempts: timer.attempts,
        last_error: timer.last_error.clone().unwrap_or_default(),
        parked_time: timer.parked_at.map(wire::timestamp),
        transfer,
        test_clock: timer.clock.map(|id| name::TestClock(id).to_string()).unwrap_or_default(),
    }
}

const fn state(state: TimerState) -> pb::TimerState {
    match state {
        TimerState::None => pb::TimerState::None,
        TimerState::Waiting => pb::TimerState::Waiting,
        TimerState::Due => pb::TimerState::Due,
        TimerState::Late => pb::TimerState::Late,
        TimerState::Retrying => pb::TimerState::Retrying,
        TimerState::Parked => pb::TimerState::Parked,
    }
}
