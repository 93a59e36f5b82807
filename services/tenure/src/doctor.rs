//! Looks at a suite as its operator configured it: says what is wrong, and what to do. What is looked at is
//! asked for here and in `peer`; what it means is judged elsewhere, by functions that ask nobody.

mod configuration;
mod database;
mod finding;
mod key;
mod peer;
mod time;
mod told;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use boot::Process;
use clock::{Clock, SystemClock};
use db::{Db, DbError, Survey, place_of};
use tokio::time::timeout;

use crate::cli::{ServiceName, say};
use crate::setup::{Setup, Which};
use finding::{Finding, State};

/// How long a database or a peer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which services, and how it is said.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tenure doctor --config deploy                   all five, as deploy/*.toml and the environment say
  tenure doctor order --config order.toml         one of them
  tenure doctor --up data                         the folder of `tenure up`
  tenure doctor --json | jq 'select(.state != \"fine\")'

Looks at the configuration, the databases (rights, schema, clock), the keys and certificates, and whether the
other services answer, are those that they should be, and believe this one. It changes nothing, and exits with
1 if something is wrong; what is doubtful alone does not count. Run it where the service runs, for what counts
is what the service sees: `docker compose exec order /usr/bin/tenure doctor order`.")]
pub struct Options {
    #[command(flatten)]
    which: Which,
    /// Looks at the folder of `tenure up` instead.
    #[arg(long, value_name = "FOLDER", conflicts_with = "config")]
    up: Option<PathBuf>,
    /// Where that `tenure up` listens.
    #[arg(long, default_value = "127.0.0.1:7100", requires = "up")]
    address: SocketAddr,
    /// Writes one JSON object a line, for programs.
    #[arg(long)]
    json: bool,
}

/// Looks, and tells what it found.
///
/// # Errors
///
/// When something is wrong.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let (mut findings, mut places) = (Vec::new(), Vec::new());
    for (service, setup) in setups(&options)? {
        match setup {
            Ok(setup) => {
                places.push((service, place_of(&setup.database.url)));
                findings.extend(examined(&setup).await);
            }
            Err(wrong) => findings.extend(configuration::unread(service, &wrong)),
        }
    }
    findings.extend(database::shared(&places));
    if options.json {
        for finding in &findings {
            say(told::as_json(finding));
        }
    } else {
        say(told::as_text(&findings));
    }
    match findings.iter().filter(|finding| finding.state == State::Wrong).count() {
        0 => Ok(()),
        wrong => bail!("{wrong} of {} findings are wrong", findings.len()),
    }
}

type Read = (ServiceName, Result<Setup, boot::ConfigError>);

fn setups(options: &Options) -> anyhow::Result<Vec<Read>> {
    let files = options.which.files()?;
    if let Some(folder) = &options.up {
        let of = |(service, _)| Ok((service, Ok(Setup::of_up(service, folder, options.address)?)));
        return files.into_iter().map(of).collect();
    }
    let read =
        |(service, file): (_, Option<PathBuf>)| (service, Setup::read(service, file.as_deref()));
    Ok(files.into_iter().map(read).collect())
}

/// Looks at one service, at what it keeps and at what it calls.
async fn examined(setup: &Setup) -> Vec<Finding> {
    let Setup { service, server, auth, identity, telemetry, .. } = setup;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut faults = boot::faults(server, auth, identity, telemetry, &*clock);
    faults.extend(setup.faults.iter().cloned());
    let mut findings = configuration::judge(setup, faults);

    let keys = std::iter::once(("identity.private_key", identity.private_key.as_str()));
    let keys = keys.chain(setup.keys.iter().map(|(name, secret)| (*name, secret.0.as_str())));
    let is_postgres = setup.database.url.starts_with("postgres");
    findings.extend(
        keys.filter_map(|(name, value)| key::judge(*service, name, &key::look(value), is_postgres)),
    );
    if let Some(end) = boot::own_certificate_end(&server.tls).transpose() {
        findings.push(time::certificate(*service, "certificate".to_owned(), end, clock.now()));
    }

    let before = clock.now();
    let survey = surveyed(setup).await;
    let apart = time::between(before, clock.now(), survey.as_ref().ok());
    findings.extend(database::judge(setup, survey));
    findings.extend(apart.map(|apart| time::clock(*service, "database", apart, auth.leeway)));

    // Without keys of its own it cannot call; that is told already.
    if let Ok(process) = Process::new(service.name(), server, identity, auth, clock.clone()) {
        for (peer, uri) in &setup.peers {
            let seen = peer::look(&process, &server.tls, *peer, uri).await;
            findings.extend(peer::judge(*service, *peer, uri, seen, (auth.leeway, clock.now())));
        }
    }
    findings
}

async fn surveyed(setup: &Setup) -> Result<Survey, DbError> {
    let survey = Db::survey(&setup.database.url, setup.database.migrations);
    timeout(PATIENCE, survey).await.unwrap_or_else(|late| Err(DbError::Unavailable(Box::new(late))))
}
