//! Upgrades of whole subscriptions into something new, against changes of quantity: both are one
//! transaction on one customer's subscriptions.

use std::sync::Arc;

use clock::{Clock, SystemClock};
use jiff::SignedDuration;

use crate::Plan;
use crate::load::Loads;
use crate::postgres::Postgres;
use crate::report::{Report, say};
use crate::shelf::{Shelf, UPGRADE_FROM, Verb};
use crate::stock::{buy, open};

/// As many are bought.
const SUBSCRIPTIONS: u32 = 9_000;
const VERBS: [Verb; 2] = [Verb::ChangeQuantity, Verb::TransitionSubscription];

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let running = open(&postgres, "upgraded", Arc::new(SystemClock)).await?;
    buy(&running, UPGRADE_FROM, SUBSCRIPTIONS, (SystemClock.now(), SignedDuration::ZERO)).await?;
    running.stop().await?;
    let mut shelf = Shelf::open(&postgres, "upgraded", &VERBS).await?;
    let (mut quantities, mut transitions) = (Loads::default(), Loads::default());
    // The first round warms up.
    for round in 0..=plan.rounds {
        say(format!("transitions, round {round}"));
        let (changed, transitioned) = (
            shelf.round(Verb::ChangeQuantity).await?,
            shelf.round(Verb::TransitionSubscription).await?,
        );
        if round != 0 {
            quantities.0.push(changed);
            transitions.0.push(transitioned);
        }
    }
    shelf.close().await?;
    let mut report = Report::default();
    let name = "TransitionSubscription, against ChangeQuantity";
    report.line(format!("{name}: calls"), transitions.rate(), Some(quantities.rate()));
    report.line(format!("{name}: p50"), transitions.p50(), Some(quantities.p50()));
    report.line(format!("{name}: p99"), transitions.p99(), Some(quantities.p99()));
    Ok(report)
}
