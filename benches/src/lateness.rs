//! How late timers answer, with nothing else in the table and beside millions of alarms that are not due:
//! from the instant that a window closes until the change that says so is committed, by the clock of
//! this machine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use clock::{Clock, SystemClock};
use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::time::sleep;

use crate::Plan;
use crate::host::Running;
use crate::load::{Load, Loads, histogram, micros};
use crate::postgres::Postgres;
use crate::report::{Report, say};
use crate::shop::OFFER;
use crate::stock::{buy, fall_silent, open};

/// A window's length (CAN-1).
const WINDOW: SignedDuration = SignedDuration::from_hours(168);
/// By then everything is bought, and the first window closes.
const HEAD_START: SignedDuration = SignedDuration::from_secs(5);
/// Between two windows that close.
const APART: SignedDuration = SignedDuration::from_millis(5);
/// Windows that close in a second.
const A_SECOND: u64 = 200;
/// How often it is looked whether all were answered, five times a second.
const LOOKS_MAX: u32 = 600;

/// Rows as purchases leave them, with ids in the order of time, as real ones are. Nobody reads the body of
/// what is not due.
const NOT_DUE: &str = "
INSERT INTO lifecycle.subscriptions (subscription_id, customer_id, partner_id, clock_id, order_id,
        product_id, kind, status, is_listed, alarm_at, version, body, attempts, sku_id, auto_renew, renews_at)
SELECT id, id, partner, t.clock_id, id, t.product_id, t.kind, t.status, t.is_listed, at, 1, '{}', 0, t.sku_id,
        TRUE, at
  FROM (SELECT * FROM lifecycle.subscriptions LIMIT 1) t,
       generate_series(1, $ROWS) n,
       LATERAL (SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
                       ('01900000-0000-7000-9000-' || lpad(to_hex(n / 1000), 12, '0'))::uuid AS partner,
                       now() + interval '1 day' + n * interval '3 seconds' AS at) made;
";

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start_with(&["track_commit_timestamp=on"])?;
    let alone = lateness(plan, &postgres, 0).await?;
    let beside = lateness(plan, &postgres, plan.idle_alarms).await?;
    let mut report = Report::default();
    let name =
        format!("lateness beside {} alarms that are not due, against none", plan.idle_alarms);
    report.line(format!("{name}: p50"), beside.p50(), Some(alone.p50()));
    report.line(format!("{name}: p99"), beside.p99(), Some(alone.p99()));
    Ok(report)
}

async fn lateness(plan: Plan, postgres: &Postgres, not_due: u32) -> anyhow::Result<Loads> {
    say(format!("lateness beside {not_due} alarms that are not due"));
    let running = open(postgres, "late", Arc::new(SystemClock)).await?;
    buy(&running, OFFER, 1, (SystemClock.now(), SignedDuration::ZERO)).await?;
    if not_due != 0 {
        postgres.run("late", &NOT_DUE.replace("$ROWS", &not_due.to_string())).await?;
    }
    fall_silent(postgres, "late").await?;
    let mut connection = postgres.connect("late").await?;
    let mut loads = Loads::default();
    for _ in 0..plan.rounds {
        loads.0.push(round(&running, &mut connection, plan.seconds).await?);
    }
    running.stop().await?;
    Ok(loads)
}

async fn round(
    running: &Running,
    connection: &mut PgConnection,
    seconds: u64,
) -> anyhow::Result<Load> {
    let windows = seconds * A_SECOND;
    let began = SystemClock.now();
    let first_close = began.checked_add(HEAD_START)?;
    let bought_at = first_close.checked_sub(WINDOW)?;
    buy(running, OFFER, u32::try_from(windows)?, (bought_at, APART)).await?;
    ensure!(SystemClock.now() < first_close, "buying took too long: a window has closed already");
    for _ in 0..LOOKS_MAX {
        let late = closed_since(connection, first_close).await?;
        if u64::try_from(late.len())? == windows {
            let mut latencies = histogram()?;
            for one in late {
                latencies.record(u64::try_from(one)?)?;
            }
            return Ok(Load::of(&latencies, micros(Duration::from_secs(seconds))));
        }
        sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("some windows were not closed")
}

/// Returns for each window that closed how much later that was committed, in microseconds.
async fn closed_since(connection: &mut PgConnection, at: Timestamp) -> anyhow::Result<Vec<i64>> {
    let late = "SELECT (extract(epoch FROM pg_xact_commit_timestamp(xmin) - effective_at) * 1000000)::int8
                  FROM lifecycle.changes WHERE kind = 'WINDOW_CLOSED' AND effective_at >= $1::timestamptz";
    Ok(sqlx::query_scalar(AssertSqlSafe(late)).bind(at.to_string()).fetch_all(connection).await?)
}
