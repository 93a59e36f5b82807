//! What those who watch a mailbox see, by OpenTelemetry: how many letters wait, for how long the oldest of
//! them has, and how many were given up.

use std::collections::BTreeMap;

use db::{DbError, Stmt, Tx, sql};
use jiff::Timestamp;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Gauge;

static STANDING: Stmt = sql!(
    "SELECT destination, count(due_at), count(*) - count(due_at),
            min(CASE WHEN due_at IS NOT NULL THEN sent_at END)
       FROM outbox GROUP BY destination"
);

/// How the mail to one destination stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Letters that are not yet taken; parked ones do not count.
    pub(crate) waiting: i64,
    /// Letters that nobody carries any more.
    pub(crate) parked: i64,
    /// When the oldest of those that wait was sent.
    pub(crate) oldest: Option<Timestamp>,
}

/// Returns how the mail stands, by destination; those without any are left out.
pub(crate) async fn standing(tx: &mut Tx) -> Result<BTreeMap<String, Standing>, DbError> {
    let rows = STANDING.fetch_all(tx).await?;
    let read = |row: &db::Row| {
        let standing = Standing { waiting: row.get(1)?, parked: row.get(2)?, oldest: row.get(3)? };
        Ok((row.get(0)?, standing))
    };
    rows.iter().map(read).collect()
}

/// The instruments of one outbox.
#[derive(Debug)]
pub(crate) struct Meters {
    age: Gauge<f64>,
    letters: Gauge<i64>,
}

impl Meters {
    /// Instruments of the process's telemetry, which must have been started.
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure");
        Self {
            age: meter
                .f64_gauge("tenure.outbox.age")
                .with_unit("s")
                .with_description("For how long the oldest letter has waited to be taken")
                .build(),
            letters: meter
                .i64_gauge("tenure.outbox.letters")
                .with_description(
                    "Letters that are not taken, by whether anybody still carries them",
                )
                .build(),
        }
    }

    /// Notes how the mail to a destination stands.
    pub(crate) fn stands(&self, to: &str, standing: Standing, now: Timestamp) {
        let Standing { waiting, parked, oldest } = standing;
        let to = KeyValue::new("outbox.destination", to.to_owned());
        // A clock that was set back makes no letter younger than new.
        let age = oldest.map_or(0.0, |sent_at| now.duration_since(sent_at).as_secs_f64().max(0.0));
        self.age.record(age, std::slice::from_ref(&to));
        for (state, count) in [("waiting", waiting), ("parked", parked)] {
            self.letters.record(count, &[to.clone(), KeyValue::new("outbox.state", state)]);
        }
    }
}
