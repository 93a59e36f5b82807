//! The whole suite with a long price list is asked what there is, and what a customer can have.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use access::Claims;
use anyhow::{Context, ensure};
use clock::SystemClock;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::catalog::{
    CatalogFormat, CheckAvailabilityRequest, CheckAvailabilityResponse, ImportCatalogHeader,
    ListOffersRequest, ListOffersResponse,
};
use tenure::client::{Client, connect, refused, with_token};
use tenure::import::{import_large, request_id};
use tenure::keys::Secrets;
use tenure::suite::{Databases, Plan as SuitePlan, Suite};
use tokio::time::sleep;

use super::echo;
use super::sheet::{self, Format};
use crate::Plan;
use crate::host::{ANY_PORT, TOKEN_LIFETIME};
use crate::load::{Caller, Loads, closed_loop};
use crate::postgres::Postgres;
use crate::report::{Report, say};
use crate::shop::{create_customer, create_partner};

/// How many ask at once.
const CALLERS: usize = 4;
/// How many offers one question has.
const OFFERS: u32 = 100;
/// How often it is tried whether the list has arrived everywhere, twice a second.
const TRIES: u32 = 1_200;

/// Lists offers again and again.
struct Lister(CatalogServiceClient<Client>, ListOffersRequest);

impl Caller for Lister {
    async fn call(&mut self) -> anyhow::Result<()> {
        let answer = self.0.list_offers(self.1.clone()).await.map_err(|status| refused(&status))?;
        ensure!(!answer.get_ref().offers.is_empty(), "nothing is listed");
        Ok(())
    }
}

/// Asks again and again what a customer can have.
struct Asker(CatalogServiceClient<Client>, CheckAvailabilityRequest);

impl Caller for Asker {
    async fn call(&mut self) -> anyhow::Result<()> {
        let answer = self.0.check_availability(self.1.clone()).await;
        let answer = answer.map_err(|status| refused(&status))?.into_inner();
        ensure!(answer.offers.len() == self.1.offers.len(), "some offers have no answer");
        Ok(())
    }
}

/// Measures.
pub async fn measure(plan: Plan, postgres: &Postgres, offers: u32) -> anyhow::Result<Report> {
    let mut report = Report::default();
    postgres.create("asked", "template0").await?;
    let suite = Suite::start(SuitePlan {
        databases: Databases::Postgres { url: postgres.url("asked"), prefix: "tenure_".to_owned() },
        listen: ANY_PORT,
        clock: Arc::new(SystemClock),
        test_clocks: false,
        secrets: Secrets::random()?,
        downloads: ANY_PORT,
    })
    .await?;
    let operator = suite.token(&Claims::operator("benches"), TOKEN_LIFETIME)?;
    import(postgres, suite.address, &operator, offers).await?;
    let partner = create_partner(with_token(connect(suite.address).await?, &operator)?).await?;
    let id = partner.name.parse::<rpc::name::Partner>().context("the partner's name")?.0;
    let agent = Claims::partner("agent@benches", id, [proto::common::Role::AdminAgent]);
    let agent = suite.token(&agent, TOKEN_LIFETIME)?;
    let customer = create_customer(with_token(connect(suite.address).await?, &agent)?, 0).await?;
    let question = CheckAvailabilityRequest { customer, offers: sheet::names(OFFERS.min(offers)) };
    settle(postgres, offers).await?;
    let availability = arrive(suite.address, &agent, &question).await?;

    let all = ListOffersRequest::default();
    let german = ListOffersRequest {
        filter: format!("market = {} AND currency = EUR", sheet::MARKET),
        ..ListOffersRequest::default()
    };
    for (what, request) in [("all", all), ("of a market", german)] {
        let name = format!("ListOffers, {what}, of {offers} offers");
        list(plan, (suite.address, &agent), &name, request, &mut report).await?;
    }
    let name = format!("CheckAvailability of {OFFERS} offers of {offers}");
    check(plan, (suite.address, &agent), &name, question, availability, &mut report).await?;
    suite.stop().await?;
    Ok(report)
}

async fn import(
    postgres: &Postgres,
    address: SocketAddr,
    operator: &str,
    offers: u32,
) -> anyhow::Result<()> {
    say(format!("a suite with {offers} offers"));
    let path = postgres.file("list");
    sheet::write(&path, Format::Yaml, offers, 10)?;
    let header = ImportCatalogHeader {
        request_id: request_id(),
        format: CatalogFormat::Yaml.into(),
        ..ImportCatalogHeader::default()
    };
    import_large(with_token(connect(address).await?, operator)?, header, &path, |_| {}).await?;
    Ok(())
}

/// Waits until the whole list has been copied by those who follow it, and the server has nothing left to do
/// by itself.
async fn settle(postgres: &Postgres, offers: u32) -> anyhow::Result<()> {
    let mut connection = postgres.connect("asked").await?;
    for _ in 0..TRIES {
        let copied: i64 = sqlx::query_scalar(
            "SELECT least((SELECT count(*) FROM tenure_order.price_list_offers),
                          (SELECT count(*) FROM tenure_lifecycle.price_list_offers))",
        )
        .fetch_one(&mut connection)
        .await?;
        if i64::from(offers) <= copied {
            postgres.run("asked", "VACUUM ANALYZE").await?;
            return postgres.run("asked", "CHECKPOINT").await;
        }
        sleep(Duration::from_millis(500)).await;
    }
    anyhow::bail!("the price list was not copied in time")
}

/// Waits until everything is for sale everywhere; returns the answer.
async fn arrive(
    address: SocketAddr,
    agent: &str,
    question: &CheckAvailabilityRequest,
) -> anyhow::Result<CheckAvailabilityResponse> {
    let mut catalog = CatalogServiceClient::new(with_token(connect(address).await?, agent)?);
    for _ in 0..TRIES {
        if let Ok(answer) = catalog.check_availability(question.clone()).await
            && answer.get_ref().offers.iter().all(|offer| offer.available)
        {
            return Ok(answer.into_inner());
        }
        sleep(Duration::from_millis(500)).await;
    }
    anyhow::bail!("order did not hear of the price list")
}

async fn list(
    plan: Plan,
    (address, agent): (SocketAddr, &str),
    name: &str,
    request: ListOffersRequest,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut catalog = CatalogServiceClient::new(with_token(connect(address).await?, agent)?);
    let answer = catalog.list_offers(request.clone()).await.map_err(|status| refused(&status))?;
    let (bare, stop) =
        echo::serve::<ListOffersRequest, ListOffersResponse>(answer.into_inner()).await?;
    let mut ours = callers(address, agent, |client| Lister(client, request.clone())).await?;
    let mut echoes = callers(bare, agent, |client| Lister(client, request.clone())).await?;
    compare(plan, name, (&mut ours, &mut echoes), report).await?;
    stop.cancel();
    Ok(())
}

async fn check(
    plan: Plan,
    (address, agent): (SocketAddr, &str),
    name: &str,
    question: CheckAvailabilityRequest,
    answer: CheckAvailabilityResponse,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (bare, stop) = echo::serve::<CheckAvailabilityRequest, _>(answer).await?;
    let mut ours = callers(address, agent, |client| Asker(client, question.clone())).await?;
    let mut echoes = callers(bare, agent, |client| Asker(client, question.clone())).await?;
    compare(plan, name, (&mut ours, &mut echoes), report).await?;
    stop.cancel();
    Ok(())
}

async fn callers<C>(
    address: SocketAddr,
    token: &str,
    make: impl Fn(CatalogServiceClient<Client>) -> C,
) -> anyhow::Result<Vec<C>> {
    let mut callers = vec![];
    for _ in 0..CALLERS {
        let client = with_token(connect(address).await?, token)?;
        callers.push(make(CatalogServiceClient::new(client)));
    }
    Ok(callers)
}

async fn compare<C: Caller>(
    plan: Plan,
    name: &str,
    (callers, bare): (&mut Vec<C>, &mut Vec<C>),
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut ours, mut baseline) = (Loads::default(), Loads::default());
    for round in 0..plan.rounds {
        say(format!("{name}, round {}", round + 1));
        let lasting = Duration::from_secs(plan.seconds);
        baseline.0.push(closed_loop(bare, lasting).await?);
        ours.0.push(closed_loop(callers, lasting).await?);
    }
    report.line(format!("{name}: calls"), ours.rate(), Some(baseline.rate()));
    report.line(format!("{name}: p50"), ours.p50(), Some(baseline.p50()));
    report.line(format!("{name}: p99"), ours.p99(), Some(baseline.p99()));
    Ok(())
}
