//! What those who watch a database see, by the OpenTelemetry conventions for database clients: how long
//! statements take, how the pool fares; and that something stored is not what can have been stored.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Weak};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Counter, Histogram, Meter};
use tokio::time::Instant;

use crate::{DbError, Engine, pool::Pool};

/// Seconds, as the conventions advise: the SDK's own boundaries are meant for milliseconds.
const DURATIONS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0];

static VIOLATIONS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("tenure.invariants.violated")
        .with_description("How often something was found that the program never lets come about")
        .build()
});

/// The instruments of one pool.
#[derive(Debug)]
pub(crate) struct Meters {
    operations: Histogram<f64>,
    created: Histogram<f64>,
    waited: Histogram<f64>,
    used: Histogram<f64>,
    timeouts: Counter<u64>,
    database: [KeyValue; 2],
    pool: [KeyValue; 1],
    waiting: AtomicI64,
}

impl Meters {
    /// Instruments of the process's telemetry, which must have been started. `namespace` is the database or
    /// the schema; `pool` tells the pools of one process apart.
    pub(crate) fn new(engine: Engine, namespace: &str, pool: &str) -> Self {
        let meter = meter();
        let pool = [KeyValue::new("db.client.connection.pool.name", pool.to_owned())];
        let timeouts = meter
            .u64_counter("db.client.connection.timeouts")
            .with_description("Transactions for which no connection became free in time")
            .build();
        // A series that begins with its first rise is one that no alert sees rise.
        timeouts.add(0, &pool);
        VIOLATIONS.add(0, &stored_value());
        Self {
            operations: meter
                .f64_histogram("db.client.operation.duration")
                .with_unit("s")
                .with_description("How long statements take")
                .with_boundaries(DURATIONS.to_vec())
                .build(),
            created: meter
                .f64_histogram("db.client.connection.create_time")
                .with_unit("s")
                .with_description("How long it takes to open a connection")
                .with_boundaries(DURATIONS.to_vec())
                .build(),
            waited: meter
                .f64_histogram("db.client.connection.wait_time")
                .with_unit("s")
                .with_description("How long transactions wait for a connection")
                .with_boundaries(DURATIONS.to_vec())
                .build(),
            used: meter
                .f64_histogram("db.client.connection.use_time")
                .with_unit("s")
                .with_description("How long a transaction keeps its connection")
                .with_boundaries(DURATIONS.to_vec())
                .build(),
            timeouts,
            database: [
                KeyValue::new("db.system.name", system(engine)),
                KeyValue::new("db.namespace", namespace.to_owned()),
            ],
            pool,
            waiting: AtomicI64::new(0),
        }
    }

    /// Notes a statement that has ended.
    pub(crate) fn operated<T>(&self, statement: Statement, outcome: &Result<T, DbError>) {
        let Statement { operation, began } = statement;
        let [system, namespace] = self.database.clone();
        let operation = KeyValue::new("db.operation.name", operation);
        let took = began.elapsed().as_secs_f64();
        match outcome {
            Ok(_) => self.operations.record(took, &[system, namespace, operation]),
            Err(error) => {
                let error = KeyValue::new("error.type", error.name());
                self.operations.record(took, &[system, namespace, operation, error]);
            }
        }
    }

    /// Begins to wait for a connection.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting { meters: self, since: Instant::now() }
    }

    pub(crate) fn timed_out(&self) {
        self.timeouts.add(1, &self.pool);
    }

    pub(crate) fn created(&self, began: Instant) {
        self.created.record(began.elapsed().as_secs_f64(), &self.pool);
    }

    pub(crate) fn used(&self, since: Instant) {
        self.used.record(since.elapsed().as_secs_f64(), &self.pool);
    }
}

/// Somebody who waits for a connection, until this is dropped.
pub(crate) struct Waiting<'a> {
    meters: &'a Meters,
    since: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.meters.waiting.fetch_sub(1, Ordering::Relaxed);
        self.meters.waited.record(self.since.elapsed().as_secs_f64(), &self.meters.pool);
    }
}

/// A statement that is under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement {
    operation: &'static str,
    began: Instant,
}

impl Statement {
    pub(crate) fn of(sql: &str) -> Self {
        Self { operation: operation(sql), began: Instant::now() }
    }
}

/// Returns the verb of a statement, one of few.
fn operation(sql: &str) -> &'static str {
    const VERBS: [&str; 8] =
        ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "COMMIT", "ROLLBACK"];
    let sql = sql.trim_start();
    VERBS.into_iter().find(|verb| sql.starts_with(verb)).unwrap_or("OTHER")
}

/// Lets those who watch ask the pool how it stands, for as long as it lives.
pub(crate) fn observe(pool: &Arc<Pool>) {
    let meter = meter();
    let (states, most, waiting) =
        (Arc::downgrade(pool), Arc::downgrade(pool), Arc::downgrade(pool));
    meter
        .i64_observable_up_down_counter("db.client.connection.count")
        .with_description("Connections, by whether a transaction uses them")
        .with_callback(move |observer| count(&states, observer))
        .build();
    meter
        .i64_observable_up_down_counter("db.client.connection.max")
        .with_description("Most connections that the pool opens")
        .with_callback(move |observer| {
            if let Some(pool) = most.upgrade() {
                observer.observe(pool.size().into(), &pool.meters().pool);
            }
        })
        .build();
    meter
        .i64_observable_up_down_counter("db.client.connection.pending_requests")
        .with_description("Transactions that wait for a connection")
        .with_callback(move |observer| {
            if let Some(pool) = waiting.upgrade() {
                let meters = pool.meters();
                observer.observe(meters.waiting.load(Ordering::Relaxed), &meters.pool);
            }
        })
        .build();
}

fn count(pool: &Weak<Pool>, observer: &dyn AsyncInstrument<i64>) {
    let Some(pool) = pool.upgrade() else { return };
    let [name] = &pool.meters().pool;
    let (idle, used) = pool.standing();
    for (state, count) in [("idle", idle), ("used", used)] {
        let state = KeyValue::new("db.client.connection.state", state);
        observer.observe(i64::try_from(count).unwrap_or(i64::MAX), &[name.clone(), state]);
    }
}

/// Notes a stored value that nothing of ours can have stored.
pub(crate) fn violated() {
    VIOLATIONS.add(1, &stored_value());
}

fn stored_value() -> [KeyValue; 1] {
    [KeyValue::new("invariant", "stored_value")]
}

fn system(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgresql",
    }
}

fn meter() -> Meter {
    opentelemetry::global::meter("tenure")
}
