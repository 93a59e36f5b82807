//! One `tenure serve lifecycle` answers everything that is due.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use clock::{Clock, SystemClock};
use tenure::keys::Secrets;
use tokio::time::{Instant, sleep};

use super::backlog::is_due;
use crate::figure::per_second;
use crate::host::NOBODY;
use crate::load::micros;
use crate::postgres::Postgres;
use crate::process::{Spawned, free_port, tenure};

/// How often it is asked whether anything is left; what a drain seems longer by at most.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// How long a drain may take.
const PATIENCE: Duration = Duration::from_mins(20);

/// What was found. Memory is in KiB.
#[derive(Debug, Clone, Copy)]
pub struct Drained {
    /// Renewals, from the start of the process to the last one.
    pub per_second: u64,
    /// Resident after a tenth of the time.
    pub after_a_tenth: u64,
    /// The most that was ever resident.
    pub peak: u64,
    /// Resident when all was done.
    pub at_the_end: u64,
}

/// Drains a database, or drains for so many seconds if a limit is given.
pub async fn drain(
    postgres: &Postgres,
    database: &str,
    subscriptions: u32,
    batch: u32,
    limit: Option<u64>,
) -> anyhow::Result<Drained> {
    let patience = limit.map_or(PATIENCE, Duration::from_secs);
    let mut connection = postgres.connect(database).await?;
    let config = configured(postgres, database, batch)?;
    let began = Instant::now();
    let mut lifecycle =
        Spawned::new(Command::new(tenure()?).args(["serve", "lifecycle", "--config"]).arg(config))?;
    let mut resident = Vec::new();
    while is_due(&mut connection, SystemClock.now()).await? && began.elapsed() < patience {
        resident.push(lifecycle.memory()?.resident);
        sleep(ASKED_EVERY).await;
    }
    let took = micros(began.elapsed());
    let peak = lifecycle.memory()?.peak;
    lifecycle.stop()?;
    let renewed: i64 = sqlx::query_scalar(RENEWED).fetch_one(&mut connection).await?;
    let renewed = u64::try_from(renewed)?;
    ensure!(
        limit.is_some() || renewed == u64::from(subscriptions),
        "{renewed} subscriptions were renewed instead of {subscriptions}"
    );
    Ok(Drained {
        per_second: per_second(renewed, took),
        after_a_tenth: resident.get(resident.len() / 10).copied().unwrap_or_default(),
        peak,
        at_the_end: resident.last().copied().unwrap_or_default(),
    })
}

const RENEWED: &str = "SELECT count(*) FROM lifecycle.changes WHERE kind = 'RENEWED'";

/// Writes the configuration of a lifecycle whose peers are away.
fn configured(
    postgres: &Postgres,
    database: &str,
    batch: u32,
) -> anyhow::Result<std::path::PathBuf> {
    let secrets = Secrets::random()?;
    let text = format!(
        "db_url = \"{}?schema=lifecycle\"\ntimer_batch = {batch}\n\
         [server]\nlisten = \"127.0.0.1:{}\"\n\
         [auth]\npublic_keys = ['''{}''']\n\
         [identity]\nprivate_key = '''{}'''\n\
         [telemetry]\nlog_filter = \"off\"\n\
         [peers]\ncatalog = \"{NOBODY}\"\norder = \"{NOBODY}\"\nlicense_key = \"{NOBODY}\"\naudit = \"{NOBODY}\"\n",
        postgres.url(database),
        free_port()?,
        secrets.public_key,
        secrets.private_key,
    );
    let path = postgres.file("lifecycle.toml");
    std::fs::write(&path, text).context("the configuration of lifecycle")?;
    Ok(path)
}
