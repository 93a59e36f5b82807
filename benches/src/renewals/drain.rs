//! One `tenure serve lifecycle` answers everything that is due.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use clock::{Clock, SystemClock};
use sqlx::PgConnection;
use tenure::keys::Secrets;
use tokio::time::{Instant, sleep};

use super::backlog::{Work, is_due};
use super::visitor::Visitor;
use crate::figure::per_second;
use crate::host::{ANY_PORT, NOBODY};
use crate::load::{Load, micros};
use crate::postgres::Postgres;
use crate::process::{Spawned, free_port, tenure};

/// How often it is asked whether anything is left; what a drain seems longer by at most.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// How long somebody asks when all is done.
const VISITED_AFTER: Duration = Duration::from_secs(5);
/// How long a drain may take.
const PATIENCE: Duration = Duration::from_mins(20);

/// What is to be drained, and how.
#[derive(Debug, Clone, Copy)]
pub struct Drain<'a> {
    /// Where it is due.
    pub database: &'a str,
    /// What is due.
    pub work: Work,
    /// How many of it.
    pub subscriptions: u32,
    /// As many are answered in one transaction.
    pub batch: u32,
    /// For so many seconds; `None`: until all is done.
    pub limit: Option<u64>,
}

/// What was found. Memory is in KiB.
#[derive(Debug, Clone, Copy)]
pub struct Drained {
    /// Alarms, from the start of the process to the last one.
    pub per_second: u64,
    /// Resident after a tenth of the time.
    pub after_a_tenth: u64,
    /// The most that was ever resident.
    pub peak: u64,
    /// Resident when all was done.
    pub at_the_end: u64,
    /// How long somebody waited for `GetSubscription` meanwhile.
    pub during: Load,
    /// How long when all was done.
    pub after: Load,
}

/// Drains a database, while somebody asks for a subscription now and then.
pub async fn drain(postgres: &Postgres, plan: Drain<'_>) -> anyhow::Result<Drained> {
    let patience = plan.limit.map_or(PATIENCE, Duration::from_secs);
    let mut connection = postgres.connect(plan.database).await?;
    let secrets = Secrets::random()?;
    let address = SocketAddr::new(ANY_PORT.ip(), free_port()?);
    let config = configured(postgres, plan, (&secrets, address))?;
    let visitor = Visitor::of(&mut connection, &secrets, address).await?;
    let began = Instant::now();
    let mut lifecycle =
        Spawned::new(Command::new(tenure()?).args(["serve", "lifecycle", "--config"]).arg(config))?;
    let visiting = visitor.clone().begin();
    let mut resident = Vec::new();
    while is_due(&mut connection, SystemClock.now()).await? && began.elapsed() < patience {
        resident.push(lifecycle.memory()?.resident);
        sleep(ASKED_EVERY).await;
    }
    let took = micros(began.elapsed());
    let during = visiting.end().await?;
    let peak = lifecycle.memory()?.peak;
    let visiting = visitor.begin();
    sleep(VISITED_AFTER).await;
    let after = visiting.end().await?;
    lifecycle.stop()?;
    let answered = answered(&mut connection, plan).await?;
    Ok(Drained {
        per_second: per_second(answered, took),
        after_a_tenth: resident.get(resident.len() / 10).copied().unwrap_or_default(),
        peak,
        at_the_end: resident.last().copied().unwrap_or_default(),
        during,
        after,
    })
}

async fn answered(connection: &mut PgConnection, plan: Drain<'_>) -> anyhow::Result<u64> {
    let count = "SELECT count(*) FROM lifecycle.changes WHERE kind = $1";
    let answered: i64 =
        sqlx::query_scalar(count).bind(plan.work.change).fetch_one(connection).await?;
    let answered = u64::try_from(answered)?;
    ensure!(
        plan.limit.is_some() || answered == u64::from(plan.subscriptions),
        "{answered} alarms were answered instead of {}",
        plan.subscriptions
    );
    Ok(answered)
}

/// Writes the configuration of a lifecycle whose peers are away.
fn configured(
    postgres: &Postgres,
    Drain { database, batch, .. }: Drain<'_>,
    (secrets, address): (&Secrets, SocketAddr),
) -> anyhow::Result<std::path::PathBuf> {
    let text = format!(
        "db_url = \"{}?schema=lifecycle\"\ntimer_batch = {batch}\n\
         [server]\nlisten = \"{address}\"\n\
         [auth]\npublic_keys = ['''{}''']\n\
         [identity]\nprivate_key = '''{}'''\n\
         [telemetry]\nlog_filter = \"off\"\n\
         [peers]\ncatalog = \"{NOBODY}\"\norder = \"{NOBODY}\"\nlicense_key = \"{NOBODY}\"\naudit = \"{NOBODY}\"\n",
        postgres.url(database),
        secrets.public_key,
        secrets.private_key,
    );
    let path = postgres.file("lifecycle.toml");
    std::fs::write(&path, text).context("the configuration of lifecycle")?;
    Ok(path)
}
