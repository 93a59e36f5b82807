//! What those who watch the timers see, by OpenTelemetry: how late alarms ring, how many have rung, and
//! how many wait; and what the invoices come to that time closed.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram};
use vocab::Money;

use crate::app::{Backlog, Rung};

/// Seconds: within a tick, within the minute after which an alarm is late, and beyond.
const LATENESS: [f64; 13] =
    [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0];

/// The instruments of the timers of real time.
#[derive(Debug)]
pub struct Meters {
    lateness: Histogram<f64>,
    fired: Counter<u64>,
    failed: Counter<u64>,
    parked: Counter<u64>,
    backlog: Gauge<i64>,
    invoices: Counter<u64>,
    amount: Counter<u64>,
}

impl Meters {
    /// Instruments of the process's telemetry, which must have been started.
    pub fn new() -> Self {
        let meters = Self::made();
        // What begins with its first rise no alert sees rise; of which currency it will be nobody knows.
        meters.invoices.add(0, &[]);
        meters.amount.add(0, &[]);
        meters
    }

    fn made() -> Self {
        let meter = opentelemetry::global::meter("tenure");
        Self {
            lateness: meter
                .f64_histogram("tenure.timers.lateness")
                .with_unit("s")
                .with_description("For how long alarms had been due when they were answered")
                .with_boundaries(LATENESS.to_vec())
                .build(),
            fired: meter
                .u64_counter("tenure.timers.fired")
                .with_description("Alarms that were answered, and invoices that were closed")
                .build(),
            failed: meter
                .u64_counter("tenure.timers.failed")
                .with_description("Alarms that could not be answered and were set aside")
                .build(),
            parked: meter
                .u64_counter("tenure.timers.parked")
                .with_description("Alarms that failed too often and wait for an operator")
                .build(),
            backlog: meter
                .i64_gauge("tenure.timers.backlog")
                .with_description("Alarms that wait, by state: due, late among them, parked")
                .build(),
            invoices: meter
                .u64_counter("tenure.invoices.closed")
                .with_description("Invoices that were closed, by currency")
                .build(),
            amount: meter
                .u64_counter("tenure.invoices.amount")
                .with_description("What they come to, in minor units: due, or to be paid back")
                .build(),
        }
    }

    /// Notes what one batch did.
    pub fn rang(&self, rung: &Rung) {
        for lateness in &rung.lateness {
            self.lateness.record(lateness.as_secs_f64(), &[of("subscription")]);
        }
        self.fired.add(count(rung.answered), &[of("subscription")]);
        self.fired.add(count(rung.closed), &[of("invoice")]);
        self.failed.add(count(rung.unanswered), &[of("subscription")]);
        self.parked.add(count(rung.parked), &[of("subscription")]);
        rung.totals.iter().for_each(|total| self.closed(*total));
    }

    /// A counter only rises, so what is to be paid back is counted by itself.
    fn closed(&self, Money { minor, currency }: Money) {
        let currency = KeyValue::new("currency", currency.to_string());
        let kind = if minor < 0 { "credit" } else { "due" };
        self.invoices.add(1, std::slice::from_ref(&currency));
        let labels = [currency, KeyValue::new("invoice.kind", kind)];
        self.amount.add(minor.unsigned_abs(), &labels);
    }

    /// Notes what waits.
    pub fn waits(&self, backlog: Backlog) {
        for (kind, state, count) in [
            ("subscription", "due", backlog.due),
            ("subscription", "late", backlog.late),
            ("subscription", "parked", backlog.parked),
            ("invoice", "due", backlog.invoices),
        ] {
            self.backlog.record(count, &[of(kind), KeyValue::new("timer.state", state)]);
        }
    }
}

fn of(kind: &'static str) -> KeyValue {
    KeyValue::new("timer.kind", kind)
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
