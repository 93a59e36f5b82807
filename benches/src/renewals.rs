//! Timers from a standing backlog on PostgreSQL: one `tenure serve lifecycle` whose alarms are all due,
//! against the same rows written by plain set-based SQL.

mod backlog;
mod drain;
mod plain;
mod visitor;

use crate::Plan;
use crate::figure::{Figure, Unit};
use crate::load::Loads;
use crate::postgres::Postgres;
use crate::report::{Report, say};
pub use backlog::{CYCLE_CHARGES, RENEWALS, Work};
use drain::{Drain, Drained, drain};
use plain::From;

/// As many alarms as lifecycle answers in one transaction unless told otherwise.
const BATCH: u32 = 200;
/// How long the backlog is drained one alarm at a time: all of it would take too long.
const SECONDS_ONE_BY_ONE: u64 = 10;

/// The database in which everything is due.
const DUE: &str = "due";
/// The database in which everything is due, and the rows that its answers write lie ready.
const STAGED: &str = "staged";

/// Measures.
pub async fn measure(plan: Plan, work: Work) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    say(format!("building a backlog of {} {}", plan.subscriptions, work.name));
    let subscriptions = backlog::build(&postgres, DUE, work, plan.subscriptions).await?;
    let whole = Drain { database: "run", work, subscriptions, batch: BATCH, limit: None };

    let mut drained = Vec::new();
    let (mut in_server, mut from_client) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        say(format!("{}, round {}", work.name, round + 1));
        postgres.create("run", DUE).await?;
        drained.push(drain(&postgres, whole).await?);
        if round == 0 {
            say("laying the rows ready");
            plain::stage(&postgres, ("run", DUE), STAGED, (work.change, BATCH)).await?;
        }
        postgres.create("run", STAGED).await?;
        in_server.push(plain::write(&postgres, "run", From::Server).await?);
        postgres.create("run", STAGED).await?;
        from_client.push(plain::write(&postgres, "run", From::Client).await?);
    }
    say(format!("{}, one by one", work.name));
    postgres.create("run", DUE).await?;
    let single = Drain { batch: 1, limit: Some(SECONDS_ONE_BY_ONE), ..whole };
    let one_by_one = drain(&postgres, single).await?;
    Ok(told(whole, &drained, (in_server, from_client), &one_by_one))
}

fn told(
    Drain { work, subscriptions, .. }: Drain<'_>,
    drained: &[Drained],
    (in_server, from_client): (Vec<u64>, Vec<u64>),
    one_by_one: &Drained,
) -> Report {
    let name = format!("{subscriptions} {}", work.name);
    let rate = |values| Figure::new(Unit::PerSecond, values);
    let ours = rate(drained.iter().map(|it| it.per_second).collect());
    let memory =
        |of: fn(&Drained) -> u64| Figure::new(Unit::KibiBytes, drained.iter().map(of).collect());
    let mut report = Report::default();
    let client = Some(rate(from_client));
    report.line(format!("{name}, against rows sent by a client (unnest)"), ours.clone(), client);
    let server = Some(rate(in_server));
    report.line(format!("{name}, against rows that lie in the server"), ours.clone(), server);
    let single = rate(vec![one_by_one.per_second]);
    report.line(format!("{}, one by one, against batches", work.name), single, Some(ours));
    report.line("lifecycle: resident after a tenth", memory(|it| it.after_a_tenth), None);
    report.line("lifecycle: peak of the whole drain", memory(|it| it.peak), None);
    report.line("lifecycle: resident at the end", memory(|it| it.at_the_end), None);
    let during = Loads(drained.iter().map(|it| it.during).collect());
    let after = Loads(drained.iter().map(|it| it.after).collect());
    report.line("GetSubscription during the drain: p50", during.p50(), Some(after.p50()));
    report.line("GetSubscription during the drain: p99", during.p99(), Some(after.p99()));
    report
}
