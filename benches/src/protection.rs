//! What protection costs a read and an order, with the whole suite in this process, on PostgreSQL: the check
//! of the caller's token, and the second wall, row-level security.

use std::sync::Arc;
use std::time::Duration;

use access::{Claims, Verifier};
use anyhow::{Context, ensure};
use clock::SystemClock;
use proto::lifecycle::GetSubscriptionRequest;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::order::OrderState;
use tenure::client::{Client, refused};
use tenure::keys::Secrets;
use tenure::suite::{Databases, Plan as SuitePlan, Suite};

use crate::Plan;
use crate::figure::{Figure, Unit};
use crate::host::{ANY_PORT, TOKEN_LIFETIME};
use crate::load::{Caller, Loads, closed_loop};
use crate::null_rpc::time_tokens;
use crate::postgres::Postgres;
use crate::report::{Report, say};
use crate::shop::{OFFER, Shop};

const DATABASE: &str = "protection";
const CALLERS: usize = 4;

/// Reads one subscription.
struct Reader(SubscriptionServiceClient<Client>, GetSubscriptionRequest);

impl Caller for Reader {
    async fn call(&mut self) -> anyhow::Result<()> {
        let read = self.0.get_subscription(self.1.clone()).await;
        read.map(drop).map_err(|status| refused(&status))
    }
}

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    // Superusers are not behind the wall.
    let url = postgres.create_owned(DATABASE, "plain").await?;
    let secrets = Secrets::random()?;
    let suite = Suite::start(SuitePlan {
        databases: Databases::Postgres { url, prefix: "tenure_".to_owned() },
        listen: ANY_PORT,
        downloads: ANY_PORT,
        clock: Arc::new(SystemClock),
        test_clocks: false,
        secrets: secrets.clone(),
    })
    .await?;
    let tokens = |claims: &Claims| suite.token(claims, TOKEN_LIFETIME);
    let shop = Shop::open(suite.address, &tokens, CALLERS).await?;
    let order = shop.buy(OFFER).await?;
    let name = order.lines.first().context("an order has a line")?.subscription.clone();
    let mut readers = vec![];
    for _ in 0..CALLERS {
        let client = SubscriptionServiceClient::new(shop.agent().await?);
        readers.push(Reader(client, GetSubscriptionRequest { name: name.clone() }));
    }
    let mut report = Report::default();
    let reads = walled(plan, &postgres, ("GetSubscription", &mut readers), &mut report).await?;
    let mut buyers = shop.buyers(CALLERS, OrderState::Fulfilled).await?;
    walled(plan, &postgres, ("PlaceOrder until fulfilled", &mut buyers), &mut report).await?;
    check(plan, &secrets, &tokens(&Claims::operator("benches"))?, &reads, &mut report)?;
    suite.stop().await?;
    Ok(report)
}

/// Calls behind the wall, against the same with the wall torn down.
async fn walled<C: Caller>(
    plan: Plan,
    postgres: &Postgres,
    (what, callers): (&str, &mut Vec<C>),
    report: &mut Report,
) -> anyhow::Result<Loads> {
    let tables = tables(postgres).await?;
    let lasting = Duration::from_secs(plan.seconds);
    let (mut behind, mut without) = (Loads::default(), Loads::default());
    for round in 0..plan.rounds {
        say(format!("{what}, round {}", round + 1));
        behind.0.push(closed_loop(callers, lasting).await?);
        set_walls(postgres, &tables, "DISABLE").await?;
        without.0.push(closed_loop(callers, lasting).await?);
        set_walls(postgres, &tables, "ENABLE").await?;
    }
    let name = |of| format!("{what} behind the wall, against without, {CALLERS} callers: {of}");
    report.line(name("calls"), behind.rate(), Some(without.rate()));
    report.line(name("p50"), behind.p50(), Some(without.p50()));
    report.line(name("p99"), behind.p99(), Some(without.p99()));
    Ok(behind)
}

/// Returns the tables that have a wall.
async fn tables(postgres: &Postgres) -> anyhow::Result<Vec<String>> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity")
            .fetch_all(&mut postgres.connect(DATABASE).await?)
            .await?;
    ensure!(!rows.is_empty(), "no table has a wall");
    Ok(rows.into_iter().map(|(table,)| table).collect())
}

async fn set_walls(postgres: &Postgres, tables: &[String], how: &str) -> anyhow::Result<()> {
    let each = tables.iter().map(|table| format!("ALTER TABLE {table} {how} ROW LEVEL SECURITY;"));
    postgres.run(DATABASE, &each.collect::<String>()).await
}

/// The check of a token, alone, against a read that begins with one.
fn check(
    plan: Plan,
    secrets: &Secrets,
    token: &str,
    reads: &Loads,
    report: &mut Report,
) -> anyhow::Result<()> {
    let verifier = Verifier::new(&secrets.auth())?;
    let checks = (0..plan.rounds).map(|_| time_tokens(&verifier, token));
    let checks = Figure::new(Unit::Micros, checks.collect::<anyhow::Result<_>>()?);
    report.line("verifying a token, against GetSubscription: p50", checks, Some(reads.p50()));
    Ok(())
}
