//! Benchmarks, each against a baseline in the same run. What they mean, and what came out of them,
//! is in `docs/benchmarks.md`. They are not tests: nothing here passes or fails by a figure.

mod at_size;
mod audit_log;
mod deployed;
mod figure;
mod fleet;
mod host;
mod idle;
mod keys;
mod lateness;
mod load;
mod null_rpc;
mod place_order;
mod postgres;
mod price_list;
mod process;
mod protection;
mod renewals;
mod report;
mod shelf;
mod shop;
mod stock;
mod transitions;

use std::process::ExitCode;

use boot::{LogFormat, Telemetry, TelemetryConfig};
use clap::{Parser, ValueEnum};

use crate::report::{Report, say};

/// Measures Tenure against baselines, on this machine, in this run.
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
struct Args {
    /// What to measure.
    #[arg(value_enum, default_value_t = What::All)]
    what: What,
    #[command(flatten)]
    plan: Plan,
}

/// How much of it.
#[derive(Debug, Clone, Copy, clap::Args)]
struct Plan {
    /// How often each figure and its baseline are measured, in turn.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// How many seconds each measurement of a load lasts, after a warm-up.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How many entries are appended to the audit log.
    #[arg(long, default_value_t = 50_000)]
    entries: u32,
    /// How many renewals or cycle charges are due in the backlog, and how many subscriptions are many.
    #[arg(long, default_value_t = 1_000_000)]
    subscriptions: u32,
    /// How many alarms are not due while lateness is measured.
    #[arg(long, default_value_t = 10_000_000)]
    idle_alarms: u32,
    /// How many product keys are imported.
    #[arg(long, default_value_t = 200_000)]
    keys: u32,
    /// How many offers the longest price list has; the others have 1,000, 10,000 and so on.
    #[arg(long, default_value_t = 1_000_000)]
    offers: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Everything below, one after the other.
    All,
    /// A call that does nothing, through all layers, against a bare tonic server.
    NullRpc,
    /// Orders on PostgreSQL, against pgbench running the same statements.
    PlaceOrder,
    /// Renewals from a standing backlog on PostgreSQL, against the same rows as set-based SQL.
    Renewals,
    /// Cycle charges from a standing backlog, likewise.
    CycleCharges,
    /// How late timers answer beside many that are not due.
    Lateness,
    /// Reading and changing one subscription among few and among many.
    AtSize,
    /// Upgrades, against changes of quantity.
    Transitions,
    /// Entries of the audit log on PostgreSQL, against plain inserts of the same rows.
    AuditLog,
    /// Imports of product keys against COPY, and reveals, on PostgreSQL.
    Keys,
    /// What the check of a token and row-level security cost, on PostgreSQL.
    Protection,
    /// Imports against COPY, and what offers there are against a bare echo, on PostgreSQL.
    PriceList,
    /// Memory at rest and time to start of `tenure up`.
    Idle,
    /// Start, memory and the cost of tracing of five processes, on PostgreSQL.
    Deployed,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let measured = tokio::select! {
        measured = measure(args) => measured,
        // What was started is stopped when `measure` is dropped.
        signalled = boot::until_signalled() => signalled,
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn measure(Args { what, plan }: Args) -> anyhow::Result<()> {
    // As `tenure up` has it, so that spans cost here what they cost there.
    let config = TelemetryConfig {
        log_format: LogFormat::Human,
        log_filter: "off".to_owned(),
        ..TelemetryConfig::default()
    };
    let telemetry = Telemetry::start(&config, "benches")?;
    let wanted = |one: What| what == What::All || what == one;
    let mut report = Report::default();
    if wanted(What::NullRpc) {
        report.add(null_rpc::measure(plan).await?);
    }
    if wanted(What::PlaceOrder) {
        report.add(place_order::measure(plan).await?);
    }
    if wanted(What::Renewals) {
        report.add(renewals::measure(plan, renewals::RENEWALS).await?);
    }
    if wanted(What::CycleCharges) {
        report.add(renewals::measure(plan, renewals::CYCLE_CHARGES).await?);
    }
    if wanted(What::Lateness) {
        report.add(lateness::measure(plan).await?);
    }
    if wanted(What::AtSize) {
        report.add(Box::pin(at_size::measure(plan)).await?);
    }
    if wanted(What::Transitions) {
        report.add(Box::pin(transitions::measure(plan)).await?);
    }
    if wanted(What::AuditLog) {
        report.add(audit_log::measure(plan).await?);
    }
    if wanted(What::Keys) {
        report.add(keys::measure(plan).await?);
    }
    if wanted(What::Protection) {
        report.add(protection::measure(plan).await?);
    }
    if wanted(What::PriceList) {
        report.add(price_list::measure(plan).await?);
    }
    if wanted(What::Idle) {
        report.add(idle::measure(plan).await?);
    }
    if wanted(What::Deployed) {
        report.add(deployed::measure(plan).await?);
    }
    if what == What::All {
        say(format!("\nAll together:\n\n{report}"));
    }
    telemetry.stop().await;
    Ok(())
}
