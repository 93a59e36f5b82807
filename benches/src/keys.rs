//! Product keys on PostgreSQL, with the whole suite in this process: how fast they are imported, against
//! COPY of the same rows; and how long a reveal takes, with its question to lifecycle and its entry in the
//! audit log, against a read by the same caller.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use access::Claims;
use anyhow::{Context, ensure};
use clock::SystemClock;
use proto::licensekey::software_service_client::SoftwareServiceClient;
use proto::licensekey::{KeyKind, ListSoftwareRequest, RevealProductKeyRequest};
use tenure::client::{Client, connect, refused, with_token};
use tenure::import::{import_keys, request_id};
use tenure::keys::Secrets;
use tenure::suite::{Databases, Plan as SuitePlan, Suite};
use tokio::time::{Instant, sleep};

use crate::Plan;
use crate::figure::{Figure, Unit, per_second};
use crate::host::{ANY_PORT, TOKEN_LIFETIME};
use crate::load::{Caller, Loads, closed_loop, micros};
use crate::postgres::Postgres;
use crate::report::{Report, say};
use crate::shop::Shop;

const DATABASE: &str = "keys";
const SKU: &str = "products/windows-server-2022/skus/windows-server-2022-standard";
const OFFER: &str = "offers/windows-server-2022-standard-one-time-de";
/// How many reveal or read at once.
const CALLERS: usize = 4;
/// How often it is looked whether license-key has heard of the purchase, ten times a second.
const LOOKS_MAX: u32 = 300;

/// What one caller does.
enum Asker {
    /// Reveals the same key again: each time is recorded anew.
    Reveal(SoftwareServiceClient<Client>, RevealProductKeyRequest),
    /// Lists the customer's software.
    List(SoftwareServiceClient<Client>, ListSoftwareRequest),
}

impl Caller for Asker {
    async fn call(&mut self) -> anyhow::Result<()> {
        let answered = match self {
            Self::Reveal(client, request) => {
                request.request_id = request_id();
                client.reveal_product_key(request.clone()).await.map(drop)
            }
            Self::List(client, request) => client.list_software(request.clone()).await.map(drop),
        };
        answered.map_err(|status| refused(&status))
    }
}

/// Measures.
pub async fn measure(plan: Plan) -> anyhow::Result<Report> {
    let postgres = Postgres::start()?;
    postgres.create(DATABASE, "template0").await?;
    let suite = Suite::start(SuitePlan {
        databases: Databases::Postgres {
            url: postgres.url(DATABASE),
            prefix: "tenure_".to_owned(),
        },
        listen: ANY_PORT,
        downloads: ANY_PORT,
        clock: Arc::new(SystemClock),
        test_clocks: false,
        secrets: Secrets::random()?,
    })
    .await?;
    let tokens = |claims: &Claims| suite.token(claims, TOKEN_LIFETIME);
    let shop = Shop::open(suite.address, &tokens, 1).await?;
    let mut report = Report::default();
    import(plan, &postgres, (&suite, &tokens(&Claims::operator("benches"))?), &mut report).await?;
    reveal(plan, &shop, &mut report).await?;
    suite.stop().await?;
    Ok(report)
}

/// Each round imports keys that are new.
async fn import(
    plan: Plan,
    postgres: &Postgres,
    (suite, operator): (&Suite, &str),
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut imports, mut copies) = (vec![], vec![]);
    for round in 0..plan.rounds {
        say(format!("import of {} keys, round {}", plan.keys, round + 1));
        let client = with_token(connect(suite.address).await?, operator)?;
        let file = key_file(round, plan.keys)?;
        let began = Instant::now();
        let imported = import_keys(client, SKU, file).await?;
        ensure!(imported.imported_count == i64::from(plan.keys), "{imported:?}");
        imports.push(per_second(u64::from(plan.keys), micros(began.elapsed())));
        copies.push(per_second(u64::from(plan.keys), copy(postgres, plan.keys).await?));
    }
    let rate = |values| Figure::new(Unit::PerSecond, values);
    let name = format!("import of {} product keys, against COPY", plan.keys);
    report.line(name, rate(imports), Some(rate(copies)));
    Ok(())
}

/// Keys as the sample has them: four groups of eight digits.
fn key_file(round: u32, keys: u32) -> anyhow::Result<Vec<u8>> {
    let mut file = String::new();
    for key in 0..keys {
        writeln!(file, "88888888-{round:08}-00000000-{key:08}")?;
    }
    Ok(file.into_bytes())
}

/// Copies as many rows into a table of the same form; returns how long that took.
async fn copy(postgres: &Postgres, keys: u32) -> anyhow::Result<u64> {
    let rows = postgres.file("rows");
    let rows = rows.display();
    let table = "tenure_license_key.product_keys";
    let prepare = format!(
        "COPY (SELECT * FROM {table} ORDER BY key_id DESC LIMIT {keys}) TO '{rows}';
         DROP TABLE IF EXISTS copied; CREATE TABLE copied (LIKE {table} INCLUDING ALL); CHECKPOINT"
    );
    postgres.run(DATABASE, &prepare).await?;
    let mut connection = postgres.connect(DATABASE).await?;
    let began = Instant::now();
    let copy = format!("COPY copied FROM '{rows}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(copy)).execute(&mut connection).await?;
    Ok(micros(began.elapsed()))
}

async fn reveal(plan: Plan, shop: &Shop, report: &mut Report) -> anyhow::Result<()> {
    let order = shop.buy(OFFER).await?;
    let subscription = order.lines.first().context("an order has a line")?.subscription.clone();
    let customer = shop.customers.first().context("a shop has a customer")?.clone();
    wait_until_listed(shop, &customer).await?;
    let (mut reveals, mut lists) = (vec![], vec![]);
    for _ in 0..CALLERS {
        let client = SoftwareServiceClient::new(shop.agent().await?);
        let request = RevealProductKeyRequest {
            subscription: subscription.clone(),
            kind: KeyKind::Mak.into(),
            ..RevealProductKeyRequest::default()
        };
        reveals.push(Asker::Reveal(client.clone(), request));
        lists.push(Asker::List(client, software_of(&customer)));
    }
    let (mut ours, mut baseline) = (Loads::default(), Loads::default());
    for round in 0..plan.rounds {
        say(format!("reveals, round {}", round + 1));
        let lasting = Duration::from_secs(plan.seconds);
        baseline.0.push(closed_loop(&mut lists, lasting).await?);
        ours.0.push(closed_loop(&mut reveals, lasting).await?);
    }
    let name = |what| format!("RevealProductKey, against ListSoftware, {CALLERS} callers: {what}");
    report.line(name("calls"), ours.rate(), Some(baseline.rate()));
    report.line(name("p50"), ours.p50(), Some(baseline.p50()));
    report.line(name("p99"), ours.p99(), Some(baseline.p99()));
    Ok(())
}

async fn wait_until_listed(shop: &Shop, customer: &str) -> anyhow::Result<()> {
    let mut software = SoftwareServiceClient::new(shop.agent().await?);
    for _ in 0..LOOKS_MAX {
        let listed = software.list_software(software_of(customer)).await;
        if !listed.map_err(|status| refused(&status))?.into_inner().software.is_empty() {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("license-key did not hear of the purchase")
}

fn software_of(customer: &str) -> ListSoftwareRequest {
    ListSoftwareRequest { parent: customer.to_owned(), ..ListSoftwareRequest::default() }
}
