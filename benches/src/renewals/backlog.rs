//! A backlog: subscriptions that were bought a year and a few days ago, whose renewals are due, and
//! nothing else.

use std::sync::Arc;
use std::time::Duration;

use access::Claims;
use anyhow::{Context, ensure};
use catalog::config::Peers;
use clock::{Clock, ManualClock, SystemClock};
use jiff::{SignedDuration, Timestamp};
use lifecycle::{Config, PeersConfig};
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::catalog::{GetOfferRequest, Offer};
use proto::common::MessageHeader;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::lifecycle::{StartLine, StartOrder, StartSubscriptionsRequest};
use sqlx::PgConnection;
use tenure::client::Client;
use tokio::time::sleep;
use vocab::IdGen;

use crate::host::{Host, NOBODY, Running};
use crate::postgres::Postgres;
use crate::shop::{OFFER, import_sample};

/// When everything was bought: terms of a year ended a few days ago.
const AGO: SignedDuration = SignedDuration::from_hours(369 * 24);
/// By then windows are closed, and the invoices of the purchases, too; renewals are far away.
const QUIET_AFTER: SignedDuration = SignedDuration::from_hours(300 * 24);
/// Orders of one call.
const ORDERS: u32 = 200;
/// Subscriptions of a customer, and customers of a partner.
const OF_A_CUSTOMER: u32 = 5;
const CUSTOMERS_OF_A_PARTNER: u32 = 200;

/// Whether an alarm of the real clock is due at an instant.
pub const IS_DUE: &str = "SELECT EXISTS (SELECT 1 FROM lifecycle.subscriptions
     WHERE clock_id = '00000000-0000-0000-0000-000000000000' AND alarm_at <= $1::timestamptz)";

/// Makes the database `name`.
pub async fn build(postgres: &Postgres, name: &str, subscriptions: u32) -> anyhow::Result<()> {
    postgres.create(name, "template0").await?;
    let bought_at = SystemClock.now().checked_sub(AGO)?;
    let clock = Arc::new(ManualClock::new(bought_at));
    let running = serve(postgres, name, clock.clone()).await?;
    let operator = running.client(&Claims::operator("benches")).await?;
    import_sample(operator.clone()).await?;
    let offer = offer(operator).await?;
    let lifecycle = running.client(&Claims::service("order")).await?;
    buy(lifecycle, &offer, subscriptions, bought_at).await?;

    let quiet_at = bought_at.checked_add(QUIET_AFTER)?;
    clock.set(quiet_at);
    let mut connection = postgres.connect(name).await?;
    wait_until_quiet(&mut connection, quiet_at).await?;
    wait_for_prices(&mut connection).await?;
    running.stop().await?;
    // What the purchases had to say has been said.
    postgres.run(name, "TRUNCATE lifecycle.outbox, lifecycle.inbox, lifecycle.replays").await?;
    postgres.run(name, "VACUUM ANALYZE").await
}

/// lifecycle and the catalog; those whom lifecycle tells of its work are away.
async fn serve(
    postgres: &Postgres,
    name: &str,
    clock: Arc<ManualClock>,
) -> anyhow::Result<Running> {
    let mut host = Host::new(clock).await?;
    let url = |schema| format!("{}?schema={schema}", postgres.url(name));
    let nobody = || NOBODY.to_owned();
    let config = catalog::Config {
        db_url: url("catalog"),
        peers: Peers { order: nobody(), audit: nobody() },
        ..catalog::Config::default()
    };
    let process = host.process.for_service("catalog");
    catalog::start(config, &process, &mut host.routes).await?;
    let config = Config {
        db_url: url("lifecycle"),
        peers: PeersConfig {
            catalog: host.uri(),
            order: nobody(),
            license_key: nobody(),
            audit: nobody(),
        },
        timer_rest: SignedDuration::from_millis(50),
        ..Config::default()
    };
    let process = host.process.for_service("lifecycle");
    lifecycle::start(config, &process, &mut host.routes).await?;
    host.serve()
}

/// The offer as it is sold now: what it says of itself does not depend on when it was bought.
async fn offer(operator: Client) -> anyhow::Result<Offer> {
    let at = Some(rpc::wire::timestamp(SystemClock.now()));
    let request = GetOfferRequest { name: OFFER.to_owned(), at };
    Ok(CatalogServiceClient::new(operator).get_offer(request).await?.into_inner())
}

async fn buy(
    client: Client,
    offer: &Offer,
    subscriptions: u32,
    bought_at: Timestamp,
) -> anyhow::Result<()> {
    let mut lifecycle = SubscriptionServiceClient::new(client);
    let ids = IdGen::random();
    let (mut partner, mut customer) = (ids.uuid(), ids.uuid());
    let mut orders = Vec::new();
    for number in 0..subscriptions {
        if number.is_multiple_of(OF_A_CUSTOMER) {
            customer = ids.uuid();
        }
        if number.is_multiple_of(OF_A_CUSTOMER * CUSTOMERS_OF_A_PARTNER) {
            partner = ids.uuid();
        }
        orders.push(order(&ids, (partner, customer), offer, bought_at));
        if orders.len() == usize::try_from(ORDERS)? || number + 1 == subscriptions {
            let request = StartSubscriptionsRequest { orders: std::mem::take(&mut orders) };
            let report = lifecycle.start_subscriptions(request).await?.into_inner();
            let refused = report.deliveries.iter().find(|it| !it.refusal.is_empty());
            ensure!(refused.is_none(), "an order was refused: {refused:?}");
        }
    }
    Ok(())
}

fn order(
    ids: &IdGen,
    (partner, customer): (impl std::fmt::Display, impl std::fmt::Display),
    offer: &Offer,
    bought_at: Timestamp,
) -> StartOrder {
    let bought_at = Some(rpc::wire::timestamp(bought_at));
    StartOrder {
        header: Some(MessageHeader {
            message_id: ids.uuid().to_string(),
            traceparent: String::new(),
            sent_time: bought_at,
        }),
        order: format!("customers/{customer}/orders/{}", ids.uuid()),
        partner: format!("partners/{partner}"),
        test_clock: String::new(),
        effective_time: bought_at,
        lines: vec![StartLine {
            line: ids.uuid().to_string(),
            subscription: ids.uuid().to_string(),
            offer: Some(offer.clone()),
            quantity: 2,
            ..StartLine::default()
        }],
        ..StartOrder::default()
    }
}

async fn wait_until_quiet(connection: &mut PgConnection, at: Timestamp) -> anyhow::Result<()> {
    while is_due(connection, at).await? {
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Returns whether an alarm is due at an instant.
pub async fn is_due(connection: &mut PgConnection, at: Timestamp) -> anyhow::Result<bool> {
    let due = sqlx::query_scalar(IS_DUE).bind(at.to_string()).fetch_one(connection).await;
    due.context("asking whether anything is due")
}

/// Renewals need the price list, which comes by itself.
async fn wait_for_prices(connection: &mut PgConnection) -> anyhow::Result<()> {
    let caught_up = "SELECT EXISTS (SELECT 1 FROM lifecycle.price_list_feed WHERE is_caught_up)";
    for _ in 0..100 {
        if sqlx::query_scalar(caught_up).fetch_one(&mut *connection).await? {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("lifecycle did not hear of the price list")
}
