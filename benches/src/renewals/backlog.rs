//! A backlog: subscriptions that were bought some time ago, for each of which one thing is due, and
//! nothing else.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clock::{Clock, ManualClock, SystemClock};
use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;
use tokio::time::sleep;

use crate::postgres::Postgres;
use crate::shop::OFFER;
use crate::stock::{buy, fall_silent, multiply, open};

/// What is due.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// What it is called in the report.
    pub name: &'static str,
    /// The offer that was bought.
    offer: &'static str,
    /// How long ago.
    ago: SignedDuration,
    /// By then windows are closed, and the invoices of the purchases, too; what is due is far away.
    quiet_after: SignedDuration,
    /// The kind of the change that it leaves.
    pub change: &'static str,
}

/// Terms of a year ended a few days ago.
pub const RENEWALS: Work = Work {
    name: "renewals",
    offer: OFFER,
    ago: SignedDuration::from_hours(369 * 24),
    quiet_after: SignedDuration::from_hours(300 * 24),
    change: "RENEWED",
};

/// The second month of a year that is paid monthly began a few days ago.
pub const CYCLE_CHARGES: Work = Work {
    name: "cycle charges",
    offer: "offers/rds-cal-2022-user-p1y-monthly-de",
    ago: SignedDuration::from_hours(34 * 24),
    quiet_after: SignedDuration::from_hours(20 * 24),
    change: "CYCLE_CHARGED",
};

/// As many are bought; the rest are copies of them.
const BOUGHT_MAX: u32 = 20_000;

/// Whether an alarm of the real clock is due at an instant.
pub const IS_DUE: &str = "SELECT EXISTS (SELECT 1 FROM lifecycle.subscriptions
     WHERE clock_id = '00000000-0000-0000-0000-000000000000' AND alarm_at <= $1::timestamptz)";

/// Makes the database `name`, and returns how many are due in it: at least as many as are asked for.
pub async fn build(
    postgres: &Postgres,
    name: &str,
    work: Work,
    subscriptions: u32,
) -> anyhow::Result<u32> {
    let bought = subscriptions.min(BOUGHT_MAX);
    let bought_at = SystemClock.now().checked_sub(work.ago)?;
    let clock = Arc::new(ManualClock::new(bought_at));
    let running = open(postgres, name, clock.clone()).await?;
    buy(&running, work.offer, bought, (bought_at, SignedDuration::ZERO)).await?;

    let quiet_at = bought_at.checked_add(work.quiet_after)?;
    clock.set(quiet_at);
    wait_until_quiet(&mut postgres.connect(name).await?, quiet_at).await?;
    running.stop().await?;
    let times = subscriptions.div_ceil(bought);
    multiply(postgres, name, times).await?;
    fall_silent(postgres, name).await?;
    Ok(bought * times)
}

async fn wait_until_quiet(connection: &mut PgConnection, at: Timestamp) -> anyhow::Result<()> {
    while is_due(connection, at).await? {
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Returns whether an alarm is due at an instant.
pub async fn is_due(connection: &mut PgConnection, at: Timestamp) -> anyhow::Result<bool> {
    let due = sqlx::query_scalar(IS_DUE).bind(at.to_string()).fetch_one(connection).await;
    due.context("asking whether anything is due")
}
