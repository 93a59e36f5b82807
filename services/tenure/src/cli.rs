//! The command line: what can be asked for, and how a failure ends.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use jiff::Timestamp;

use crate::{
    demo, doctor, evidence, export, history, import, migrate, serve, timeline, timers, token, up,
};

/// Sells software subscriptions through a CSP programme, and looks after them.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = HELP)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
To begin with:
  tenure demo                                     the whole story, in memory, in seconds
  tenure up                                       all services at 127.0.0.1:7100, data in ./data
  tenure import catalog deploy/sample/catalog.yaml
  tenure doctor --up data                         whether all is well

On PostgreSQL, a process each:
  tenure migrate --config deploy                  brings the schemas up to date
  tenure serve order --config deploy/order.toml
  tenure doctor --config deploy                   what is wrong, and what to do

Environment:
  <SERVICE>__SECTION__KEY    a key of a service's configuration: ORDER__DB_URL, LICENSE_KEY__MASTER_KEY
  TENURE_CONFIG              --config of migrate and doctor
  TENURE_ADDRESS, TENURE_TOKEN
                             where the commands call, and with which token
  TENURE_CA, TENURE_CERT, TENURE_KEY, TENURE_TLS_HOST
                             certificates, where services have server.tls
  OTEL_EXPORTER_OTLP_ENDPOINT
                             where traces and metrics of `up` go

`tenure COMMAND --help` has examples of each. docs/operations.md is for whoever runs it.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays the story of a subscription on embedded databases and a test clock, and says whether
    /// everything came out right.
    #[command(after_help = "\
Example:
  tenure demo && echo \"all as it should be\"

Nothing is left behind; it exits with 0, or names the step that failed.")]
    Demo,
    /// Starts the five services in one process, on embedded databases in a folder.
    Up(up::Options),
    /// Starts one service as its own process.
    Serve(serve::Options),
    /// Brings the services' schemas up to date, or says what is missing.
    Migrate(migrate::Options),
    /// Looks at configuration, databases, keys and the other services, and says what to do.
    Doctor(doctor::Options),
    /// Makes a token for a role.
    Token(token::Options),
    /// Imports a price list, product keys, or orders from before.
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// Takes the audit log away to a file, or verifies it without its service.
    Audit {
        #[command(subcommand)]
        what: Audit,
    },
    /// Writes rows as CSV.
    Export {
        #[command(subcommand)]
        what: Export,
    },
    /// Draws what happened to a subscription, and what time will do to it.
    Timeline(timeline::Options),
    /// Lists alarms that are due, late or parked, or tries one again.
    Timers {
        #[command(subcommand)]
        what: Timers,
    },
    /// Writes the completions of a shell, to be read by it.
    #[command(after_help = "\
Examples:
  tenure completions bash > ~/.local/share/bash-completion/completions/tenure
  source <(tenure completions zsh)
  tenure completions fish > ~/.config/fish/completions/tenure.fish")]
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
enum Timers {
    /// Lists alarms of real time.
    List(timers::ListOptions),
    /// Tries a parked alarm again.
    Retry(timers::RetryOptions),
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Rebuilds the log's tree from a database or an exported file, and names the first bad entry.
    Verify(evidence::VerifyOptions),
    /// Exports the whole log to a file.
    Export(evidence::ExportOptions),
}

#[derive(Debug, Subcommand)]
enum Export {
    /// Writes all subscriptions of a customer.
    Subscriptions(export::SubscriptionsOptions),
    /// Writes what a partner's people did and saw.
    Activity(export::ActivityOptions),
    /// Writes the lines of an invoice.
    Reconciliation(export::ReconciliationOptions),
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Imports a whole price list, all or nothing.
    Catalog(import::CatalogOptions),
    /// Imports product keys of one SKU, one key a line.
    Keys(import::KeysOptions),
    /// Brings in software that a customer ordered elsewhere before 2021-10-14, all or nothing.
    History(history::Options),
}

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServiceName {
    /// What can be sold to whom, where, at what price.
    Catalog,
    /// Partners, customers, carts, orders.
    Order,
    /// Subscriptions and all their timers.
    Lifecycle,
    /// Product keys.
    LicenseKey,
    /// Who did and saw what.
    Audit,
}

impl ServiceName {
    /// Its name, as it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Order => "order",
            Self::Lifecycle => "lifecycle",
            Self::LicenseKey => "license-key",
            Self::Audit => "audit",
        }
    }

    /// What its variables of the environment begin with, before the first `__`.
    pub fn prefix(self) -> String {
        self.name().replace('-', "_").to_uppercase()
    }
}

/// Does what was asked for; an error ends on the terminal, with everything that caused it.
pub async fn run(args: Args) -> ExitCode {
    let outcome = match args.command {
        Command::Demo => demo::run().await,
        Command::Up(options) => up::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Migrate(options) => migrate::run(options).await,
        Command::Doctor(options) => doctor::run(options).await,
        Command::Token(options) => token::run(&options),
        Command::Import { what: Import::Catalog(options) } => import::catalog(options).await,
        Command::Import { what: Import::Keys(options) } => import::keys(options).await,
        Command::Import { what: Import::History(options) } => history::import(options).await,
        Command::Timeline(options) => timeline::run(options).await,
        Command::Timers { what: Timers::List(options) } => timers::list(options).await,
        Command::Timers { what: Timers::Retry(options) } => timers::retry(options).await,
        Command::Completions { shell } => completions(shell),
        Command::Audit { what: Audit::Verify(options) } => evidence::verify(options).await,
        Command::Audit { what: Audit::Export(options) } => evidence::export(options).await,
        Command::Export { what: Export::Subscriptions(options) } => {
            export::subscriptions(options).await
        }
        Command::Export { what: Export::Activity(options) } => export::activity(options).await,
        Command::Export { what: Export::Reconciliation(options) } => {
            export::reconciliation(options).await
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Writes a shell's completions. They are made in memory: whoever reads only some of them breaks nothing.
fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "tenure", &mut text);
    std::io::stdout().write_all(&text).context("cannot write the completions")
}

#[expect(clippy::print_stderr, reason = "this is the end of a command")]
fn complain(error: &anyhow::Error) {
    eprintln!("error: {error}");
    let mut last = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some repeat their cause.
        if cause != last {
            eprintln!("  because: {cause}");
        }
        last = cause;
    }
}

/// Prints a line of a command's answer.
#[expect(clippy::print_stdout, reason = "this is what the command was asked for")]
pub fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Tells whoever waits something that is not part of the answer.
#[expect(clippy::print_stderr, reason = "what is asked for goes to standard output")]
pub fn note(line: impl std::fmt::Display) {
    eprintln!("{line}");
}

/// Returns an instant as people read it, in UTC to the millisecond.
pub fn stamp(instant: Timestamp) -> String {
    let text = format!("{instant:.3}");
    text.replace('T', " ").trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests;
