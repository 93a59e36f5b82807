//! Spreads calls over the replicas of one service to which there is a connection. Who they are `follow`
//! finds out.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

use http::{Request, Response};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use tokio::sync::Notify;
use tokio::time::Instant;
use tonic::TimeoutExpired;
use tonic::body::Body;
use tonic::transport::{self, Channel};
use tower::{Service, ServiceExt};

use crate::observe::{DURATIONS, status_code};

/// The channel to a service: each call goes to the replica that has the fewest of ours under way. While
/// none is known it goes to whatever the host's name leads to.
///
/// A replica to which a call fails for lack of a connection is left alone until there is a new one; the
/// call itself fails with `UNAVAILABLE`, for nobody but its caller knows whether it may be repeated.
#[derive(Debug, Clone)]
pub struct Balanced {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    by_name: Channel,
    replicas: RwLock<Arc<[Arc<Replica>]>>,
    turn: AtomicUsize,
    /// Told when a replica was taken out.
    broken: Notify,
    durations: Histogram<f64>,
    server: KeyValue,
}

/// One process of a service.
#[derive(Debug)]
struct Replica {
    address: SocketAddr,
    channel: Channel,
    under_way: AtomicUsize,
}

/// A call that is under way to a replica, until its answer begins.
struct UnderWay(Arc<Replica>);

impl UnderWay {
    fn to(replica: Arc<Replica>) -> Self {
        replica.under_way.fetch_add(1, Ordering::Relaxed);
        Self(replica)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Balanced {
    /// A channel to a service of which no replica is known yet.
    pub(super) fn new(host: &str, by_name: Channel) -> Self {
        let durations = opentelemetry::global::meter("tenure")
            .f64_histogram("rpc.client.call.duration")
            .with_unit("s")
            .with_description("How long calls to others take until the answer's head arrives")
            .with_boundaries(DURATIONS.to_vec())
            .build();
        let shared = Shared {
            by_name,
            replicas: RwLock::new(Arc::new([])),
            turn: AtomicUsize::new(0),
            broken: Notify::new(),
            durations,
            server: KeyValue::new("server.address", host.to_owned()),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Returns the replicas to which there is a connection.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.shared.replicas().iter().map(|replica| replica.address).collect()
    }

    /// Takes out whoever is not among `known`, and takes in those to whom there is a connection now. Calls
    /// that are under way go on.
    pub(super) fn update(&self, known: &[SocketAddr], connected: Vec<(SocketAddr, Channel)>) {
        let new = connected.into_iter().map(|(address, channel)| {
            Arc::new(Replica { address, channel, under_way: AtomicUsize::new(0) })
        });
        let new: Vec<_> = new.collect();
        self.shared.change(|replicas| {
            replicas.retain(|replica| known.contains(&replica.address));
            replicas.extend(new);
        });
    }

    /// Returns when a replica was taken out because its connection broke.
    pub(super) async fn broken(&self) {
        self.shared.broken.notified().await;
    }
}

impl Shared {
    fn replicas(&self) -> Arc<[Arc<Replica>]> {
        self.replicas.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Arc<Replica>>)) {
        let mut replicas = self.replicas.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = replicas.to_vec();
        change(&mut next);
        *replicas = next.into();
    }

    /// Returns the replica with the fewest calls under way; among equals they take turns.
    fn pick(&self) -> Option<UnderWay> {
        let replicas = self.replicas();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed).checked_rem(replicas.len())?;
        let in_turn = replicas.iter().skip(turn).chain(replicas.iter().take(turn));
        let idlest = in_turn.min_by_key(|replica| replica.under_way.load(Ordering::Relaxed))?;
        Some(UnderWay::to(idlest.clone()))
    }

    fn take_out(&self, broken: &Arc<Replica>) {
        self.change(|replicas| replicas.retain(|replica| !Arc::ptr_eq(replica, broken)));
        self.broken.notify_one();
    }

    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, transport::Error> {
        let began = Instant::now();
        let method = request.uri().path().trim_start_matches('/').to_owned();
        let picked = self.pick();
        let channel = picked.as_ref().map_or(&self.by_name, |picked| &picked.0.channel).clone();
        let answer = channel.oneshot(request).await;
        if let (Some(UnderWay(replica)), Err(error)) = (&picked, &answer)
            && !is_late(error)
        {
            self.take_out(replica);
        }
        let code = answer.as_ref().map_or("error", |answer| status_code(answer.headers()));
        let replica = picked.map_or_else(String::new, |picked| picked.0.address.to_string());
        let labels = [
            self.server.clone(),
            KeyValue::new("network.peer.address", replica),
            KeyValue::new("rpc.method", method),
            KeyValue::new("rpc.response.status_code", code.to_owned()),
        ];
        self.durations.record(began.elapsed().as_secs_f64(), &labels);
        answer
    }
}

/// Whether a call failed for no other reason than its deadline.
fn is_late(error: &transport::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<TimeoutExpired>() {
            return true;
        }
        cause = error.source();
    }
    false
}

impl Service<Request<Body>> for Balanced {
    type Response = Response<Body>;
    type Error = transport::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, transport::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = self.shared.clone();
        Box::pin(async move { shared.call(request).await })
    }
}
