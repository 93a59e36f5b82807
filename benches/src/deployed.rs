//! The five services as processes of their own: how soon each serves, how much memory it takes at rest and
//! after a load of orders, and what it costs to trace every call.

mod collector;

use std::sync::atomic::Ordering;
use std::time::Duration;

use access::Claims;
use anyhow::ensure;
use proto::order::OrderState;
use tenure::keys::Secrets;
use tokio::time::sleep;

use crate::Plan;
use crate::figure::{Figure, Unit};
use crate::fleet::Fleet;
use crate::load::{Loads, closed_loop};
use crate::postgres::Postgres;
use crate::process::Memory;
use crate::report::{Report, say};
use crate::shop::{Buyer, Shop};

/// How many order at once.
const CALLERS: usize = 4;
/// What was needed for the start has been given back by then.
const REST: Duration = Duration::from_secs(3);

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let mut report = Report::default();
    starts(plan, &postgres, &mut report).await?;
    let mut silent = fleet(&postgres, "silent", None).await?;
    let (collector, exports) = collector::serve().await?;
    let mut traced = fleet(&postgres, "traced", Some(collector)).await?;
    sleep(REST).await;
    memory(&mut silent, "at rest", &mut report)?;

    let (mut with, mut without) = (Loads::default(), Loads::default());
    let (mut of_silent, mut of_traced) = (buyers(&silent).await?, buyers(&traced).await?);
    let lasting = Duration::from_secs(plan.seconds);
    for round in 0..plan.rounds {
        say(format!("PlaceOrder, traced and not, round {}", round + 1));
        without.0.push(closed_loop(&mut of_silent, lasting).await?);
        with.0.push(closed_loop(&mut of_traced, lasting).await?);
    }
    ensure!(0 < exports.load(Ordering::Relaxed), "no trace reached the collector");
    memory(&mut silent, "after orders", &mut report)?;
    memory(&mut traced, "after orders, traced", &mut report)?;
    let name = |of| format!("PlaceOrder until fulfilled, every span sent, against none: {of}");
    report.line(name("orders"), with.rate(), Some(without.rate()));
    report.line(name("p50"), with.p50(), Some(without.p50()));
    report.line(name("p99"), with.p99(), Some(without.p99()));
    silent.stop()?;
    traced.stop()?;
    Ok(report)
}

async fn fleet(
    postgres: &Postgres,
    database: &str,
    collector: Option<std::net::SocketAddr>,
) -> anyhow::Result<Fleet> {
    postgres.create(database, "template0").await?;
    Fleet::start(postgres, (database, Secrets::random()?), collector).await
}

/// From nothing, with the schema to make; and again.
async fn starts(plan: Plan, postgres: &Postgres, report: &mut Report) -> anyhow::Result<()> {
    let (mut first, mut again) = (vec![], vec![]);
    for round in 0..plan.rounds {
        say(format!("starts of five processes, round {}", round + 1));
        postgres.create("started", "template0").await?;
        let secrets = Secrets::random()?;
        for starts in [&mut first, &mut again] {
            let fleet = Fleet::start(postgres, ("started", secrets.clone()), None).await?;
            starts.push(fleet.members.iter().map(|one| one.started_in).collect::<Vec<_>>());
            fleet.stop()?;
        }
    }
    for (place, service) in crate::fleet::SERVICES.into_iter().enumerate() {
        let of = |starts: &[Vec<u64>]| {
            let times = starts.iter().filter_map(|one| one.get(place).copied());
            Figure::new(Unit::Micros, times.collect())
        };
        report.line(format!("{service}: first start, with its schema to make"), of(&first), None);
        report.line(format!("{service}: start"), of(&again), None);
    }
    Ok(())
}

fn memory(fleet: &mut Fleet, when: &str, report: &mut Report) -> anyhow::Result<()> {
    for member in &mut fleet.members {
        let Memory { resident, .. } = member.process.memory()?;
        let figure = Figure::new(Unit::KibiBytes, vec![resident]);
        report.line(format!("{}: resident {when}", member.service), figure, None);
    }
    Ok(())
}

async fn buyers(fleet: &Fleet) -> anyhow::Result<Vec<Buyer>> {
    let tokens = |claims: &Claims| fleet.token(claims);
    let places = (fleet.address("catalog")?, fleet.address("order")?);
    let shop = Shop::open_at(places, &tokens, CALLERS).await?;
    shop.buyers(CALLERS, OrderState::Fulfilled).await
}
