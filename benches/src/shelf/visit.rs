//! One call of a verb for each of many subscriptions.

use std::sync::Arc;

use hdrhistogram::Histogram;
use proto::lifecycle::subscription_service_client::SubscriptionServiceClient;
use proto::lifecycle::{
    CancelSubscriptionRequest, ChangeQuantityRequest, GetSubscriptionRequest,
    TransitionSubscriptionRequest,
};
use tenure::client::{refused, with_token};
use tenure::import::request_id;
use tokio::time::Instant;
use tonic::Status;
use tonic::transport::Channel;

use crate::load::{histogram, micros};

/// What is bought to be upgraded, and what it becomes.
pub const UPGRADE_FROM: &str = "offers/office-365-e3-p1y-monthly-de";
const UPGRADE_TO: &str = "offers/office-365-e5-p1y-monthly-de";

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Reads one.
    GetSubscription,
    /// Buys a seat more.
    ChangeQuantity,
    /// Gives it back, inside of its window.
    CancelSubscription,
    /// Upgrades all of its seats into something new.
    TransitionSubscription,
}

/// A subscription, and a token of who sold it.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The token.
    pub token: Arc<str>,
}

/// Calls a verb once for each of its subscriptions.
#[derive(Debug)]
pub struct Visitor {
    verb: Verb,
    channel: Channel,
    targets: Vec<Target>,
}

impl Visitor {
    /// Takes a connection, and those whom to call for.
    pub fn new(verb: Verb, channel: Channel, targets: Vec<Target>) -> Self {
        Self { verb, channel, targets }
    }

    /// Calls for all, one after the other, and returns how long each took, in microseconds.
    pub async fn call_all(self) -> anyhow::Result<Histogram<u64>> {
        let mut latencies = histogram()?;
        for target in &self.targets {
            let client = with_token(self.channel.clone(), &target.token)?;
            let mut lifecycle = SubscriptionServiceClient::new(client);
            let began = Instant::now();
            let name = target.name.clone();
            let answered: Result<(), Status> = match self.verb {
                Verb::GetSubscription => {
                    lifecycle.get_subscription(GetSubscriptionRequest { name }).await.map(drop)
                }
                Verb::ChangeQuantity => {
                    let request = ChangeQuantityRequest {
                        name,
                        request_id: request_id(),
                        quantity: 3,
                        ..ChangeQuantityRequest::default()
                    };
                    lifecycle.change_quantity(request).await.map(drop)
                }
                Verb::CancelSubscription => {
                    let request = CancelSubscriptionRequest {
                        name,
                        request_id: request_id(),
                        acknowledged: true,
                        ..CancelSubscriptionRequest::default()
                    };
                    lifecycle.cancel_subscription(request).await.map(drop)
                }
                Verb::TransitionSubscription => {
                    let request = TransitionSubscriptionRequest {
                        name,
                        request_id: request_id(),
                        offer: UPGRADE_TO.to_owned(),
                        quantity: 2,
                        ..TransitionSubscriptionRequest::default()
                    };
                    lifecycle.transition_subscription(request).await.map(drop)
                }
            };
            answered.map_err(|status| refused(&status))?;
            latencies.record(micros(began.elapsed()))?;
        }
        Ok(latencies)
    }
}
