//! What everybody calls, with few subscriptions in the database and with many: the slowest calls, and how
//! many pages PostgreSQL touches for each.

mod visit;

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Claims;
use anyhow::{Context, ensure};
use clock::{Clock, SystemClock};
use jiff::SignedDuration;
use proto::common::Role;
use sqlx::PgConnection;
use tenure::client::connect;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Plan;
use crate::figure::{Figure, Unit};
use crate::host::Running;
use crate::load::{Load, Loads, histogram, micros};
use crate::postgres::Postgres;
use crate::report::{Report, say};
use crate::shop::OFFER;
use crate::stock::{buy, fall_silent, multiply, open, serve};
use visit::{Target, Verb, Visitor};

/// The smaller size.
const FEW: u32 = 10_000;
/// How many call at once, and how often each in a round.
const CALLERS: usize = 4;
const CALLS: usize = 100;
/// Calls whose pages are counted.
const COUNTED: usize = 200;
/// Subscriptions of each size that are called at all.
const TARGETS: i64 = 9_000;

/// A lifecycle with subscriptions.
struct Shelf {
    name: &'static str,
    running: Running,
    connection: PgConnection,
    /// For each verb those that it is called with.
    targets: BTreeMap<Verb, std::vec::IntoIter<Target>>,
}

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
    let mut few = Shelf::open(&postgres, "few").await?;
    let mut many_of = Shelf::open(&postgres, "many").await?;

    let mut report = Report::default();
    for verb in Verb::ALL {
        compare(plan, verb, (&mut few, &mut many_of, many), &mut report).await?;
    }
    few.running.stop().await?;
    many_of.running.stop().await?;
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

impl Shelf {
    async fn open(postgres: &Postgres, name: &'static str) -> anyhow::Result<Self> {
        fall_silent(postgres, name).await?;
        let running = serve(postgres, name, Arc::new(SystemClock)).await?;
        let mut connection = postgres.connect(name).await?;
        let mut all = targets(&running, &mut connection).await?;
        let mut targets = BTreeMap::new();
        let each = all.len() / Verb::ALL.len();
        for verb in Verb::ALL {
            targets.insert(verb, all.split_off(all.len() - each).into_iter());
        }
        Ok(Self { name, running, connection, targets })
    }

    async fn visitors(
        &mut self,
        verb: Verb,
        count: usize,
        calls: usize,
    ) -> anyhow::Result<Vec<Visitor>> {
        let targets = self.targets.get_mut(&verb).context("no such verb")?;
        let mut visitors = Vec::new();
        for _ in 0..count {
            let of_one: Vec<Target> = targets.by_ref().take(calls).collect();
            ensure!(of_one.len() == calls, "there are too few subscriptions for so many rounds");
            visitors.push(Visitor::new(verb, connect(self.running.address).await?, of_one));
        }
        Ok(visitors)
    }

    async fn round(&mut self, verb: Verb) -> anyhow::Result<Load> {
        let mut calling = JoinSet::new();
        let began = Instant::now();
        for visitor in self.visitors(verb, CALLERS, CALLS).await? {
            calling.spawn(visitor.call_all());
        }
        let mut latencies = histogram()?;
        while let Some(ended) = calling.join_next().await {
            latencies.add(&ended.context("a caller ended badly")??)?;
        }
        Ok(Load::of(&latencies, micros(began.elapsed())))
    }

    /// Returns how many pages the statements of one call touch. What runs beside them runs less often.
    async fn pages(&mut self, verb: Verb) -> anyhow::Result<u64> {
        let visitor = self.visitors(verb, 1, COUNTED).await?.pop().context("nobody calls")?;
        sqlx::query("SELECT pg_stat_statements_reset()").execute(&mut self.connection).await?;
        visitor.call_all().await?;
        let pages: i64 = sqlx::query_scalar(
            "SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)::int8 / $1
               FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
              WHERE d.datname = $2 AND s.calls >= $1",
        )
        .bind(i64::try_from(COUNTED)?)
        .bind(self.name)
        .fetch_one(&mut self.connection)
        .await?;
        Ok(u64::try_from(pages)?)
    }
}

/// Returns some subscriptions from all over the table, each with a token of who sold it.
async fn targets(running: &Running, connection: &mut PgConnection) -> anyhow::Result<Vec<Target>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT 'partners/' || partner_id, 'customers/' || customer_id || '/subscriptions/' || subscription_id
           FROM lifecycle.subscriptions ORDER BY md5(subscription_id::text) LIMIT $1",
    )
    .bind(TARGETS)
    .fetch_all(connection)
    .await?;
    let mut tokens: BTreeMap<String, Arc<str>> = BTreeMap::new();
    let mut targets = Vec::new();
    for (partner, name) in rows {
        let token = match tokens.get(&partner) {
            Some(token) => token.clone(),
            None => {
                let id = partner.parse::<rpc::name::Partner>().context("the partner's name")?.0;
                let claims = Claims::partner("agent@benches", id, [Role::AdminAgent]);
                let token: Arc<str> = running.token(&claims)?.into();
                tokens.insert(partner, token.clone());
                token
            }
        };
        targets.push(Target { name, token });
    }
    Ok(targets)
}
