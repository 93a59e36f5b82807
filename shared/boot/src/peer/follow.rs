//! Keeps up with the replicas of a service: asks again and again which addresses its name has, and connects
//! to those that are new, or were lost.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use worker::jittered;

use super::Service;
use super::balance::Balanced;

/// Between two looks at the name: new replicas have calls within this, as long as the names that
/// Kubernetes answers with are kept.
const REST: Duration = Duration::from_secs(5);
/// How soon a lost replica is tried again for the first time: a process that was only restarted is back
/// about then, and one that takes connections and breaks them is not connected to all the time.
const RETRY_REST: Duration = Duration::from_millis(200);

/// What a look at a name brings.
pub(crate) type LookedUp = Pin<Box<dyn Future<Output = io::Result<BTreeSet<SocketAddr>>> + Send>>;

/// Finds out which addresses a name has.
pub(crate) trait Resolve: fmt::Debug + Send + Sync {
    /// Returns them; none at all is an error.
    fn resolve(&self, host: &str, port: u16) -> LookedUp;
}

/// As the machine resolves names.
#[derive(Debug)]
pub(crate) struct LookUp;

impl Resolve for LookUp {
    fn resolve(&self, host: &str, port: u16) -> LookedUp {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Keeps up with the replicas of one service.
#[derive(Debug)]
pub(crate) struct Follow {
    balanced: Balanced,
    service: Service,
    rest: Duration,
}

impl Follow {
    /// Returns what keeps up with a service that has a name; one that has an address is always there.
    pub(super) fn of(balanced: &Balanced, service: Service) -> Option<Self> {
        let is_name = service.host().parse::<IpAddr>().is_err();
        is_name.then(|| Self { balanced: balanced.clone(), service, rest: REST })
    }

    /// Follows until told to stop.
    pub(crate) async fn run(self, names: Arc<dyn Resolve>, stop: CancellationToken) {
        let follow = async {
            loop {
                self.look(&*names).await;
                tokio::select! {
                    () = sleep(jittered(self.rest)) => {}
                    () = self.balanced.broken() => sleep(jittered(RETRY_REST.min(self.rest))).await,
                }
            }
        };
        // What is cut off is a look, and harms nobody.
        let (Some(()) | None) = stop.run_until_cancelled(follow).await;
    }

    /// Looks once. A name that cannot be resolved at the moment is one whose replicas are where they were.
    async fn look(&self, names: &dyn Resolve) {
        let host = self.service.host();
        let known = match names.resolve(host, self.service.port()).await {
            Ok(known) if !known.is_empty() => Vec::from_iter(known),
            outcome => {
                let error = outcome.err().map(|error| error.to_string());
                tracing::debug!(host, error, "a service's name has no address at the moment");
                return;
            }
        };
        let before = self.balanced.addresses();
        let lost = known.iter().filter(|address| !before.contains(address));
        let connected = join_all(lost.map(|address| self.connect(*address))).await;
        self.balanced.update(&known, connected.into_iter().flatten().collect());
        let after = self.balanced.addresses();
        if before != after {
            tracing::info!(host, replicas = ?after, "the replicas of a service have changed");
        }
    }

    async fn connect(&self, address: SocketAddr) -> Option<(SocketAddr, Channel)> {
        let connected = self.service.connect(address).await;
        let connected = connected.inspect_err(|error| {
            let host = self.service.host();
            tracing::debug!(host, %address, error = format!("{error:#}"), "a replica is away");
        });
        connected.ok().map(|channel| (address, channel))
    }
}

#[cfg(test)]
mod tests;
