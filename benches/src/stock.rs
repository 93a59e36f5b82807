//! Subscriptions in a lifecycle of this process, bought through its own port as order buys them, and
//! then copied by SQL: a million cannot be bought one after the other in the time of a run.

mod copies;

pub use copies::multiply;

use std::sync::Arc;
use std::time::Duration;

use access::Claims;
use anyhow::ensure;
use catalog::config::Peers;
use clock::{Clock, SystemClock};
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
use crate::shop::import_sample;

/// Orders of one call.
const ORDERS: u32 = 200;
/// Subscriptions of a customer, and customers of a partner.
const OF_A_CUSTOMER: u32 = 5;
const CUSTOMERS_OF_A_PARTNER: u32 = 200;

/// lifecycle and the catalog, on a database of their own; those whom lifecycle tells of its work are
/// away.
pub async fn serve(
    postgres: &Postgres,
    name: &str,
    clock: Arc<dyn Clock>,
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

/// Makes a database with the sample price list, which lifecycle has heard of.
pub async fn open(
    postgres: &Postgres,
    name: &str,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Running> {
    postgres.create(name, "template0").await?;
    let running = serve(postgres, name, clock).await?;
    import_sample(running.client(&Claims::operator("benches")).await?).await?;
    wait_for_prices(&mut postgres.connect(name).await?).await?;
    Ok(running)
}

/// Buys two seats of an offer, so many times: the first at an instant, each next one `apart` later.
pub async fn buy(
    running: &Running,
    offer: &str,
    subscriptions: u32,
    (first_at, apart): (Timestamp, SignedDuration),
) -> anyhow::Result<()> {
    let offer = sold_now(running.client(&Claims::operator("benches")).await?, offer).await?;
    let client = running.client(&Claims::service("order")).await?;
    let mut lifecycle = SubscriptionServiceClient::new(client);
    let ids = IdGen::random();
    let (mut partner, mut customer) = (ids.uuid(), ids.uuid());
    let (mut orders, mut bought_at) = (Vec::new(), first_at);
    for number in 0..subscriptions {
        if number.is_multiple_of(OF_A_CUSTOMER) {
            customer = ids.uuid();
        }
        if number.is_multiple_of(OF_A_CUSTOMER * CUSTOMERS_OF_A_PARTNER) {
            partner = ids.uuid();
        }
        orders.push(order(&ids, (partner, customer), &offer, bought_at));
        bought_at = bought_at.checked_add(apart)?;
        if orders.len() == usize::try_from(ORDERS)? || number + 1 == subscriptions {
            let request = StartSubscriptionsRequest { orders: std::mem::take(&mut orders) };
            let report = lifecycle.start_subscriptions(request).await?.into_inner();
            let refused = report.deliveries.iter().find(|it| !it.refusal.is_empty());
            ensure!(refused.is_none(), "an order was refused: {refused:?}");
        }
    }
    Ok(())
}

/// What the purchases had to say has been said, and the server has nothing left to do by itself.
pub async fn fall_silent(postgres: &Postgres, name: &str) -> anyhow::Result<()> {
    postgres.run(name, "TRUNCATE lifecycle.outbox, lifecycle.inbox, lifecycle.replays").await?;
    postgres.run(name, "VACUUM ANALYZE").await?;
    postgres.run(name, "CHECKPOINT").await
}

/// The offer as it is sold now: what it says of itself does not depend on when it was bought.
async fn sold_now(operator: Client, offer: &str) -> anyhow::Result<Offer> {
    let at = Some(rpc::wire::timestamp(SystemClock.now()));
    let request = GetOfferRequest { name: offer.to_owned(), at };
    Ok(CatalogServiceClient::new(operator).get_offer(request).await?.into_inner())
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

/// Renewals need the price list, which comes by itself.
async fn wait_for_prices(connection: &mut PgConnection) -> anyhow::Result<()> {
    let arrived = "SELECT EXISTS (SELECT 1 FROM lifecycle.price_list_feed WHERE is_caught_up)
                      AND EXISTS (SELECT 1 FROM lifecycle.price_list_offers)";
    for _ in 0..300 {
        if sqlx::query_scalar(arrived).fetch_one(&mut *connection).await? {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("lifecycle did not hear of the price list")
}
