//! What everybody calls, with few subscriptions in the database and with many: the slowest calls, and how
//! many pages PostgreSQL touches for each.

use std::sync::Arc;

use clock::{Clock, SystemClock};
use jiff::SignedDuration;

use crate::Plan;
use crate::figure::{Figure, Unit};
use crate::load::Loads;
use crate::postgres::Postgres;
use crate::report::{Report, say};
use crate::shelf::{Shelf, Verb};
use crate::shop::OFFER;
use crate::stock::{buy, multiply, open};

/// The smaller size.
const FEW: u32 = 10_000;
/// What is asked.
const VERBS: [Verb; 3] = [Verb::GetSubscription, Verb::ChangeQuantity, Verb::CancelSubscription];

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start_with(&["shared_preload_libraries=pg_stat_statements"])?;
    say(format!("{FEW} subscriptions"));
    let running = open(&postgres, "few", Arc::new(SystemClock)).await?;
    buy(&running, OFFER, FEW, (SystemClock.now(), SignedDuration::ZERO)).await?;
    running.stop().await?;
    postgres.run("few", "CREATE EXTENSION pg_stat_statements").await?;
    let many = plan.subscriptions.max(FEW) / FEW * FEW;
    say(format!("{many} subscriptions"));
    postgres.create("many", "few").await?;
    multiply(&postgres, "many", many / FEW).await?;
    let mut few = Shelf::open(&postgres, "few", &VERBS).await?;
    let mut many_of = Shelf::open(&postgres, "many", &VERBS).await?;

    let mut report = Report::default();
    for verb in VERBS {
        compare(plan, verb, (&mut few, &mut many_of, many), &mut report).await?;
    }
    few.close().await?;
    many_of.close().await?;
    Ok(report)
}

async fn compare(
    plan: Plan,
    verb: Verb,
    (few, many_of, many): (&mut Shelf, &mut Shelf, u32),
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut small, mut large) = (Loads::default(), Loads::default());
    // The first round warms up.
    for round in 0..=plan.rounds {
        say(format!("{verb:?}, round {round}"));
        let (of_few, of_many) = (few.round(verb).await?, many_of.round(verb).await?);
        if round != 0 {
            small.0.push(of_few);
            large.0.push(of_many);
        }
    }
    let name = format!("{verb:?} with {many} subscriptions, against {FEW}");
    report.line(format!("{name}: p50"), large.p50(), Some(small.p50()));
    report.line(format!("{name}: p99"), large.p99(), Some(small.p99()));
    let pages = |count| Figure::new(Unit::Pages, vec![count]);
    let (of_few, of_many) = (few.pages(verb).await?, many_of.pages(verb).await?);
    report.line(format!("{name}: pages touched"), pages(of_many), Some(pages(of_few)));
    Ok(())
}
