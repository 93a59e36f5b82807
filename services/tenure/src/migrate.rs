//! Brings the services' schemas up to date, or says what is missing. What a schema is made of is the
//! services' own, and how it is applied is in `db`.

mod told;

use std::time::Duration;

use anyhow::{Context, bail};
use boot::ConfigError;
use db::{Db, DbError, Schema, Step, place_of};
use jiff::SignedDuration;
use tokio::time::Instant;

use crate::cli::{ServiceName, note, say};
use crate::setup::{Database, Setup, Which};

/// How long it rests before it looks again.
const REST: Duration = Duration::from_secs(1);

/// Which schemas, and what to do with them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure migrate --config deploy                  all five, as deploy/*.toml and the environment say
  tenure migrate order --config order.toml        one of them
  tenure migrate --check --json                   what is missing, for programs; exits with 1 if anything is
  tenure migrate --check --wait 10m order         returns once somebody else has migrated

Each step is a transaction under a lock, so it may run several times at once, and while the services run:
steps only ever add what the release before can leave alone. docs/operations.md tells how to upgrade.")]
pub struct Options {
    #[command(flatten)]
    which: Which,
    /// Changes nothing, and exits with 1 if something is missing.
    #[arg(long)]
    check: bool,
    /// How long to wait for a database that does not answer yet and, with --check, for what is missing.
    #[arg(long, default_value = "0s", value_name = "DURATION")]
    wait: SignedDuration,
    /// Writes one JSON object a line, for programs.
    #[arg(long)]
    json: bool,
}

/// What became of one service's schema.
#[derive(Debug)]
struct Outcome {
    service: ServiceName,
    /// Where the database is; empty where the configuration does not say.
    place: String,
    /// What was applied.
    applied: Vec<Step>,
    /// How the schema is, or why that cannot be said.
    schema: anyhow::Result<Schema>,
    /// Whether a service of this release can start on it.
    is_fit: bool,
}

/// Migrates, and tells what it did.
///
/// # Errors
///
/// When a schema could not be brought up to date or, as a check, is not.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let until = Instant::now() + options.wait.try_into().context("--wait")?;
    let mut outcomes = Vec::new();
    for (service, file) in options.which.files()? {
        let setup = Setup::read(service, file.as_deref());
        outcomes.push(patiently(service, setup, options.check, until).await);
    }
    if options.json {
        for outcome in &outcomes {
            say(told::as_json(outcome));
        }
    } else {
        say(told::as_table(&outcomes));
    }
    let unfit = outcomes.iter().filter(|outcome| !outcome.is_fit).count();
    match (unfit, options.check) {
        (0, _) => Ok(()),
        (_, true) => {
            bail!("{unfit} of {} schemas are not as this release needs them", outcomes.len())
        }
        (_, false) => bail!("{unfit} of {} schemas are not up to date", outcomes.len()),
    }
}

/// Tries until it is done, it makes no sense, or it takes too long.
async fn patiently(
    service: ServiceName,
    setup: Result<Setup, ConfigError>,
    only_checks: bool,
    until: Instant,
) -> Outcome {
    let database = match setup {
        Ok(setup) => setup.database,
        Err(wrong) => return Outcome::failed(service, String::new(), wrong.into()),
    };
    let mut has_said = false;
    loop {
        let (tried, is_worth_waiting) = attempt(service, &database, only_checks).await;
        if !is_worth_waiting || until < Instant::now() + REST {
            return tried;
        }
        if !std::mem::replace(&mut has_said, true) {
            note(format!("waiting for {} at {}", service.name(), tried.place));
        }
        tokio::time::sleep(REST).await;
    }
}

/// Tries once, and returns whether it may become better by itself.
async fn attempt(service: ServiceName, database: &Database, only_checks: bool) -> (Outcome, bool) {
    let Database { url, migrations, .. } = database;
    let place = place_of(url);
    let applied = if only_checks { Ok(Vec::new()) } else { Db::migrate(url, migrations).await };
    let (applied, found) = match applied {
        Ok(applied) => (applied, Db::survey(url, migrations).await.map(|found| found.schema)),
        Err(error) => (Vec::new(), Err(error)),
    };
    match found {
        Err(error) => {
            let is_worth_waiting =
                matches!(error, DbError::Unavailable(_) | DbError::Missing { .. });
            (Outcome::failed(service, place, error.into()), is_worth_waiting)
        }
        Ok(schema) => {
            let fits = schema.check_complete();
            let is_worth_waiting = matches!(fits, Err(DbError::OlderSchema { .. }));
            let is_fit = fits.is_ok();
            (Outcome { service, place, applied, schema: Ok(schema), is_fit }, is_worth_waiting)
        }
    }
}

impl Outcome {
    fn failed(service: ServiceName, place: String, why: anyhow::Error) -> Self {
        Self { service, place, applied: Vec::new(), schema: Err(why), is_fit: false }
    }
}
