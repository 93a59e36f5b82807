//! A lifecycle with subscriptions, of each of which one verb is asked once.

mod visit;

pub use visit::{UPGRADE_FROM, Verb};

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Claims;
use anyhow::{Context, ensure};
use clock::SystemClock;
use proto::common::Role;
use sqlx::PgConnection;
use tenure::client::connect;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::host::Running;
use crate::load::{Load, histogram, micros};
use crate::postgres::Postgres;
use crate::report::say;
use crate::stock::{fall_silent, serve};
use visit::{Target, Visitor};

/// How many call at once, and how often each in a round.
const CALLERS: usize = 4;
const CALLS: usize = 100;
/// Calls whose pages are counted.
const COUNTED: usize = 200;
/// Subscriptions that are called at all.
const TARGETS: i64 = 9_000;

/// A lifecycle with subscriptions.
pub struct Shelf {
    name: &'static str,
    running: Running,
    connection: PgConnection,
    /// For each verb those that it is called with.
    targets: BTreeMap<Verb, std::vec::IntoIter<Target>>,
}

impl Shelf {
    /// Serves a database, whose subscriptions are dealt out to `verbs`.
    pub async fn open(
        postgres: &Postgres,
        name: &'static str,
        verbs: &[Verb],
    ) -> anyhow::Result<Self> {
        fall_silent(postgres, name).await?;
        let running = serve(postgres, name, Arc::new(SystemClock)).await?;
        let mut connection = postgres.connect(name).await?;
        let mut all = targets(&running, &mut connection).await?;
        let mut targets = BTreeMap::new();
        let each = all.len() / verbs.len();
        for &verb in verbs {
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

    /// Lets several callers call a verb.
    pub async fn round(&mut self, verb: Verb) -> anyhow::Result<Load> {
        let mut calling = JoinSet::new();
        self.forget_letters().await?;
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

    /// Returns how many pages the statements of one call touch, and says which statement touches most.
    /// What runs beside them runs less often.
    pub async fn pages(&mut self, verb: Verb) -> anyhow::Result<u64> {
        let visitor = self.visitors(verb, 1, COUNTED).await?.pop().context("nobody calls")?;
        self.forget_letters().await?;
        sqlx::query("SELECT pg_stat_statements_reset()").execute(&mut self.connection).await?;
        visitor.call_all().await?;
        let statements: Vec<(i64, String)> = sqlx::query_as(
            "SELECT (shared_blks_hit + shared_blks_read)::int8,
                    left(regexp_replace(query, '\\s+', ' ', 'g'), 100)
               FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
              WHERE d.datname = $2 AND s.calls >= $1 ORDER BY 1 DESC",
        )
        .bind(i64::try_from(COUNTED)?)
        .bind(self.name)
        .fetch_all(&mut self.connection)
        .await?;
        let calls = i64::try_from(COUNTED)?;
        if let Some((most, statement)) = statements.first() {
            say(format!("{verb:?} in {}: {} pages by {statement}", self.name, most / calls));
        }
        let pages: i64 = statements.iter().map(|(pages, _)| pages).sum();
        Ok(u64::try_from(pages / calls)?)
    }

    /// Nobody takes the letters, so that they pile up: what is measured later would have more of them to
    /// look through.
    async fn forget_letters(&mut self) -> anyhow::Result<()> {
        sqlx::query("TRUNCATE lifecycle.outbox").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Stops serving.
    pub async fn close(self) -> anyhow::Result<()> {
        self.running.stop().await
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
        let token = if let Some(token) = tokens.get(&partner) {
            token.clone()
        } else {
            let id = partner.parse::<rpc::name::Partner>().context("the partner's name")?.0;
            let claims = Claims::partner("agent@benches", id, [Role::AdminAgent]);
            let token: Arc<str> = running.token(&claims)?.into();
            tokens.insert(partner, token.clone());
            token
        };
        targets.push(Target { name, token });
    }
    Ok(targets)
}
