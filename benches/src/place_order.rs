//! `PlaceOrder` on PostgreSQL: how many orders a second are durable, against pgbench running the
//! same statements; and how many are fulfilled, with the whole suite at work.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use clock::SystemClock;
use jiff::SignedDuration;
use proto::order::OrderState;
use sqlx::Row;
use tenure::keys::Secrets;
use tenure::suite::{Databases, Plan as SuitePlan, Suite};

use crate::Plan;
use crate::figure::per_second;
use crate::host::{ANY_PORT, Host, NOBODY, Running, TOKEN_LIFETIME};
use crate::load::{Load, Loads, closed_loop, histogram};
use crate::postgres::{Postgres, output};
use crate::report::{Report, say};
use crate::shop::{Buyer, Shop};

/// How many callers, and clients of pgbench.
const CALLERS: usize = 16;
/// The database in which orders are accepted, by us and by pgbench.
const ACCEPTED: &str = "accepted";
/// The schema of order in it.
const SCHEMA: &str = "orders";
/// What one `PlaceOrder` says to PostgreSQL.
const SCRIPT: &str = include_str!("../pgbench/place_order.sql");
/// What it says to have the order recorded.
const ENTRY: &str = ", ('audit', lpad(to_hex(:id::bigint), 32, '0')::uuid, :entry_kind, :entry, \
    '', now(), 2, now(), 0)";

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    let mut report = Report::default();
    let accepted = accepted(plan, &postgres, &mut report).await?;
    fulfilled(plan, &postgres, &mut report, &accepted).await?;
    Ok(report)
}

/// Nobody takes the letters, and nobody waits for what becomes of the order: what is measured is the
/// way to a durable order.
async fn accepted(plan: Plan, postgres: &Postgres, report: &mut Report) -> anyhow::Result<Loads> {
    postgres.create(ACCEPTED, "template0").await?;
    let running = serve_order(postgres).await?;
    let shop = Shop::open(running.address, &|claims| running.token(claims), 1).await?;
    let mut buyers = shop.buyers(CALLERS, OrderState::Processing).await?;
    for buyer in &mut buyers {
        crate::load::Caller::call(buyer).await?;
    }
    let variables = variables(postgres, &shop).await?;
    let without_entry = SCRIPT.replace(ENTRY, "");
    ensure!(without_entry != SCRIPT, "the script writes no entry of the audit log");
    let (mut ours, mut baseline) = (Loads::default(), Loads::default());
    let mut unrecorded = Loads::default();
    for round in 0..plan.rounds {
        say(format!("PlaceOrder until it is durable, round {}", round + 1));
        baseline.0.push(pgbench(plan, postgres, SCRIPT, &variables)?);
        unrecorded.0.push(pgbench(plan, postgres, &without_entry, &variables)?);
        ours.0.push(closed_loop(&mut buyers, Duration::from_secs(plan.seconds)).await?);
    }
    running.stop().await?;
    let name = |what| format!("PlaceOrder until durable, {CALLERS} callers: {what}");
    report.line(name("orders"), ours.rate(), Some(baseline.rate()));
    report.line(name("p50"), ours.p50(), Some(baseline.p50()));
    report.line(name("p99"), ours.p99(), Some(baseline.p99()));
    let evidence = "PlaceOrder's statements, against the same without the letter to the audit log";
    report.line(format!("{evidence}: orders"), baseline.rate(), Some(unrecorded.rate()));
    report.line(format!("{evidence}: p50"), baseline.p50(), Some(unrecorded.p50()));
    Ok(ours)
}

/// order and the catalog in one process; lifecycle and audit are away.
async fn serve_order(postgres: &Postgres) -> anyhow::Result<Running> {
    let mut host = Host::new(Arc::new(SystemClock)).await?;
    let url = |schema| format!("{}?schema={schema}&connections={CALLERS}", postgres.url(ACCEPTED));
    let catalog = catalog::Config {
        db_url: url("catalog"),
        peers: catalog::config::Peers { order: host.uri(), audit: NOBODY.to_owned() },
        ..catalog::Config::default()
    };
    let process = host.process.for_service("catalog");
    catalog::start(catalog, &process, &mut host.routes).await?;
    let nobody = || NOBODY.to_owned();
    let order = order::Config {
        db_url: url(SCHEMA),
        peers: order::PeersConfig { catalog: host.uri(), lifecycle: nobody(), audit: nobody() },
        patience: order::PatienceConfig {
            by_default: SignedDuration::ZERO,
            ..order::PatienceConfig::default()
        },
        ..order::Config::default()
    };
    let process = host.process.for_service("order");
    order::start(order, &process, &mut host.routes).await?;
    host.serve()
}

/// All five services; a call returns when the subscription runs.
async fn fulfilled(
    plan: Plan,
    postgres: &Postgres,
    report: &mut Report,
    accepted: &Loads,
) -> anyhow::Result<()> {
    postgres.create("suite", "template0").await?;
    let suite = Suite::start(SuitePlan {
        databases: Databases::Postgres { url: postgres.url("suite"), prefix: "tenure_".to_owned() },
        listen: ANY_PORT,
        downloads: ANY_PORT,
        clock: Arc::new(SystemClock),
        test_clocks: false,
        secrets: Secrets::random()?,
    })
    .await?;
    let address: SocketAddr = suite.address;
    let tokens = |claims: &access::Claims| suite.token(claims, TOKEN_LIFETIME);
    let shop = Shop::open(address, &tokens, CALLERS).await?;
    for callers in [1, CALLERS] {
        let mut buyers: Vec<Buyer> = shop.buyers(callers, OrderState::Fulfilled).await?;
        let mut ours = Loads::default();
        for round in 0..plan.rounds {
            say(format!(
                "PlaceOrder until it is fulfilled, {callers} callers, round {}",
                round + 1
            ));
            ours.0.push(closed_loop(&mut buyers, Duration::from_secs(plan.seconds)).await?);
        }
        let name = |what| format!("PlaceOrder until fulfilled, {callers} callers: {what}");
        let baseline = (callers == CALLERS).then(|| accepted.rate());
        report.line(name("orders"), ours.rate(), baseline);
        report.line(name("p50"), ours.p50(), None);
        report.line(name("p99"), ours.p99(), None);
    }
    report.note("the baseline of fulfilled orders is our own rate of durable ones");
    suite.stop().await
}

/// Runs the script from as many clients as we have callers.
fn pgbench(
    plan: Plan,
    postgres: &Postgres,
    statements: &str,
    variables: &[(&str, String)],
) -> anyhow::Result<Load> {
    let script = postgres.file("place_order.sql");
    std::fs::write(&script, statements)?;
    let folder = postgres.file("pgbench");
    std::fs::create_dir_all(&folder)?;
    let mut command = postgres.client("pgbench");
    command
        .args(["-n", "-M", "prepared", "-c", &CALLERS.to_string(), "-j", "2"])
        .args(["-T", &plan.seconds.to_string(), "-l", "-f"])
        .arg(&script)
        .env("PGOPTIONS", format!("-c search_path={SCHEMA}"))
        .current_dir(&folder);
    for (name, value) in variables {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    output(command.arg(ACCEPTED))?;
    let load = read_logs(&folder)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(load)
}

/// Reads what pgbench logged of each transaction: its third word is the time that it took, in
/// microseconds, and its last two are when it ended.
fn read_logs(folder: &std::path::Path) -> anyhow::Result<Load> {
    let mut latencies = histogram()?;
    let (mut first, mut last) = (u64::MAX, 0);
    for file in std::fs::read_dir(folder)? {
        for line in std::fs::read_to_string(file?.path())?.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, _, took, _, second, micro] = words.as_slice() else {
                anyhow::bail!("pgbench logs {line:?}");
            };
            let (took, at) =
                (took.parse()?, second.parse::<u64>()? * 1_000_000 + micro.parse::<u64>()?);
            latencies.record(took)?;
            (first, last) = (first.min(at - took), last.max(at));
        }
    }
    ensure!(first < last, "pgbench logged nothing");
    let load = Load::of(&latencies, last - first);
    Ok(Load { per_second: per_second(latencies.len(), last - first), ..load })
}

/// Takes the values that do not differ from order to order from one that we placed.
async fn variables(
    postgres: &Postgres,
    shop: &Shop,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut connection = postgres.connect(ACCEPTED).await?;
    let customer = shop.customers.first().context("a shop has a customer")?;
    let customer = customer.rsplit('/').next().unwrap_or_default().to_owned();
    let row = sqlx::raw_sql(
        "SELECT l.offer::text, l.offer ->> 'id', l.offer ->> 'sku', r.caller, r.response::text,
                (SELECT body FROM orders.outbox WHERE destination = 'lifecycle' LIMIT 1),
                (SELECT body FROM orders.outbox
                  WHERE destination = 'audit' ORDER BY sent_at DESC LIMIT 1),
                (SELECT kind FROM orders.outbox WHERE destination = 'lifecycle' LIMIT 1),
                (SELECT kind FROM orders.outbox WHERE destination = 'audit' LIMIT 1),
                o.attestation_version, o.attestation_actor, r.request_hash::text
           FROM orders.order_lines l JOIN orders.orders o USING (customer_id, order_id)
           JOIN orders.replays r ON r.response IS NOT NULL
          ORDER BY r.answered_at DESC LIMIT 1",
    );
    let row = row.fetch_one(&mut connection).await?;
    let names = [
        "offer",
        "offer_id",
        "sku",
        "caller",
        "response",
        "start",
        "entry",
        "start_kind",
        "entry_kind",
        "attestation",
        "actor",
        "hash",
    ];
    let mut variables = vec![("partner", shop.partner.clone()), ("customer", customer)];
    for (index, name) in names.into_iter().enumerate() {
        let value: Option<String> = row.try_get(index)?;
        variables.push((name, value.with_context(|| format!("no order has a {name}"))?));
    }
    Ok(variables)
}
