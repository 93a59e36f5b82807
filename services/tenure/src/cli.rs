//! The command line: what can be asked for, and how a failure ends.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use jiff::Timestamp;

use crate::{demo, evidence, export, history, import, serve, timeline, timers, token, up};

/// Sells software subscriptions through a CSP programme, and looks after them.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays the story of a subscription on embedded databases and a test clock, and says whether
    /// everything came out right.
    Demo,
    /// Starts the five services in one process, on embedded databases in a folder.
    Up(up::Options),
    /// Starts one service as its own process.
    Serve(serve::Options),
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
    /// Writes the completions of a shell, to be read by it: `tenure completions bash`.
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

/// Where the services are, and as whom they are called.
#[derive(Debug, Clone, clap::Args)]
pub struct Connection {
    /// The address of the service, or of `tenure up`.
    #[arg(long, default_value = "127.0.0.1:7100")]
    pub address: SocketAddr,
    /// The folder of `tenure up`, whose key signs an operator's token when none is given.
    #[arg(long, default_value = "data")]
    pub data: PathBuf,
    /// The token to call with.
    #[arg(long, env = "TENURE_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
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

/// Does what was asked for; an error ends on the terminal, with everything that caused it.
pub async fn run(args: Args) -> ExitCode {
    let outcome = match args.command {
        Command::Demo => demo::run().await,
        Command::Up(options) => up::run(options).await,
        Command::Serve(options) => serve::run(options).await,
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
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

/// Prints a line of a command's answer.
#[expect(clippy::print_stdout, reason = "this is what the command was asked for")]
pub fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Returns an instant as people read it, in UTC to the millisecond.
pub fn stamp(instant: Timestamp) -> String {
    let text = format!("{instant:.3}");
    text.replace('T', " ").trim_end_matches('Z').to_owned()
}
