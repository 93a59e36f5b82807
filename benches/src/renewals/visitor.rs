//! Somebody who asks for a subscription now and then, and notes how long the answer takes.

use std::net::SocketAddr;
use std::time::Duration;

use access::Claims;
use anyhow::Context;
use clock::{Clock, SystemClock};
use hdrhistogram::Histogram;
use proto::lifecycle::GetSubscriptionRequest;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use sqlx::PgConnection;
use tenure::client::{connect, refused, with_token};
use tenure::keys::Secrets;
use tenure::suite::signer;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::host::TOKEN_LIFETIME;
use crate::load::{Load, histogram, micros};

/// Between an answer and the next question: rare enough to leave the work alone.
const REST: Duration = Duration::from_millis(20);

/// Somebody who may see everything.
#[derive(Debug, Clone)]
pub struct Visitor {
    address: SocketAddr,
    token: String,
    subscription: String,
}

/// A visitor who asks.
#[derive(Debug)]
pub struct Visiting {
    stop: CancellationToken,
    asking: JoinHandle<anyhow::Result<(Histogram<u64>, u64)>>,
}

impl Visitor {
    /// Chooses a subscription of a database, to ask a server for that believes in `secrets`.
    pub async fn of(
        connection: &mut PgConnection,
        secrets: &Secrets,
        address: SocketAddr,
    ) -> anyhow::Result<Self> {
        let name = "SELECT 'customers/' || customer_id || '/subscriptions/' || subscription_id
                      FROM lifecycle.subscriptions LIMIT 1";
        let subscription = sqlx::query_scalar(name).fetch_one(connection).await?;
        let signer = signer(&secrets.private_key, &secrets.auth())?;
        let claims = Claims::operator("benches");
        let token = signer.sign(&claims, SystemClock.now(), TOKEN_LIFETIME)?;
        Ok(Self { address, token, subscription })
    }

    /// Asks from the first answer on, until it is told to stop.
    pub fn begin(self) -> Visiting {
        let stop = CancellationToken::new();
        Visiting { stop: stop.clone(), asking: tokio::spawn(self.ask(stop)) }
    }

    async fn ask(self, stop: CancellationToken) -> anyhow::Result<(Histogram<u64>, u64)> {
        let mut latencies = histogram()?;
        let Some(channel) = stop.run_until_cancelled(self.arrive()).await else {
            return Ok((latencies, 0));
        };
        let mut lifecycle = SubscriptionServiceClient::new(with_token(channel, &self.token)?);
        let request = GetSubscriptionRequest { name: self.subscription.clone() };
        let arrived = Instant::now();
        while !stop.is_cancelled() {
            let began = Instant::now();
            let answer = lifecycle.get_subscription(request.clone()).await;
            answer.map_err(|status| refused(&status))?;
            latencies.record(micros(began.elapsed()))?;
            sleep(REST).await;
        }
        Ok((latencies, micros(arrived.elapsed())))
    }

    /// Connects as soon as there is a server.
    async fn arrive(&self) -> tonic::transport::Channel {
        loop {
            match connect(self.address).await {
                Ok(channel) => return channel,
                Err(_) => sleep(REST).await,
            }
        }
    }
}

impl Visiting {
    /// Stops, and returns how long the answers took.
    pub async fn end(self) -> anyhow::Result<Load> {
        self.stop.cancel();
        let (latencies, micros) = self.asking.await.context("the visitor ended badly")??;
        Ok(Load::of(&latencies, micros))
    }
}
