//! Who is called, when replicas come, go and die.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use access::{AuthConfig, ServiceToken, Signer};
use rstest::rstest;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tokio::time::timeout;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::InterceptorLayer;
use tonic::transport::Server;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::*;
use crate::Peer;
use crate::peer::peer;
use crate::tests::authority::Authority;
use crate::tls::tests::Files;
use crate::tls::{Tls, accept};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the names of one service are at the moment.
#[derive(Debug, Default)]
struct Names(Mutex<BTreeSet<SocketAddr>>);

impl Resolve for Names {
    fn resolve(&self, _: &str, _: u16) -> LookedUp {
        let known = self.0.lock().unwrap().clone();
        Box::pin(async move { Ok(known) })
    }
}

/// A process that counts its calls. With it end its connections, as when it is killed.
struct Running {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
    threads: Option<Runtime>,
}

impl Running {
    async fn start(tls: Option<Arc<Tls>>) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), tls).await
    }

    async fn start_at(address: SocketAddr, tls: Option<Arc<Tls>>) -> Self {
        let threads = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let threads = threads.unwrap();
        let bound = threads.spawn(TcpListener::bind(address)).await.unwrap();
        let (listener, calls) = (bound.unwrap(), Arc::<AtomicUsize>::default());
        let address = listener.local_addr().unwrap();
        let (reporter, health) = tonic_health::server::health_reporter();
        drop(reporter);
        let counter = calls.clone();
        let count = InterceptorLayer::new(move |request| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(request)
        });
        let server = Server::builder().layer(count).add_service(health);
        match tls {
            None => {
                let incoming = TcpListenerStream::new(listener);
                threads.spawn(server.serve_with_incoming(incoming));
            }
            Some(tls) => {
                threads.spawn(async move {
                    let incoming = accept(listener, tls, CancellationToken::new());
                    server.serve_with_incoming(incoming).await
                });
            }
        }
        Self { address, calls, threads: Some(threads) }
    }

    fn heard(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.threads.take().unwrap().shutdown_background();
    }
}

/// A caller, and the names that it goes by.
struct Caller {
    peer: Peer,
    names: Arc<Names>,
    balanced: Balanced,
    _running: tokio_util::sync::DropGuard,
}

impl Caller {
    /// `uri` names no machine: only the names here lead to one.
    fn of(uri: &str, tls: Option<Arc<Tls>>) -> Self {
        let pair = access::generate_key_pair().unwrap();
        let AuthConfig { issuer, audience, .. } = AuthConfig::default();
        let signer = Signer::from_pem(&pair.private_pem, &issuer, &audience, "").unwrap();
        let token = Arc::new(ServiceToken::new(Arc::new(signer), "order"));
        let (peer, follow) = peer(uri, token, Arc::new(clock::SystemClock), tls).unwrap();
        let follow = Follow { rest: Duration::from_millis(5), ..follow.unwrap() };
        let (names, stop) = (Arc::<Names>::default(), CancellationToken::new());
        let balanced = follow.balanced.clone();
        tokio::spawn(follow.run(names.clone(), stop.clone()));
        Self { peer, names, balanced, _running: stop.drop_guard() }
    }

    /// Lets the name have these addresses, and waits until they are the ones that are called.
    async fn know(&self, replicas: &[&Running]) {
        let known: BTreeSet<_> = replicas.iter().map(|replica| replica.address).collect();
        self.names.0.lock().unwrap().clone_from(&known);
        let known = Vec::from_iter(known);
        self.until(|mut called| {
            called.sort();
            called == known
        })
        .await;
    }

    async fn until(&self, is_so: impl Fn(Vec<SocketAddr>) -> bool) {
        let seen = async {
            while !is_so(self.balanced.addresses()) {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, seen).await.unwrap();
    }

    async fn is_heard(&self) -> bool {
        let mut client = HealthClient::new(self.peer.clone());
        let asked = client.check(HealthCheckRequest::default());
        timeout(PATIENCE, asked).await.unwrap().is_ok()
    }

    /// Calls so often, and returns how often each was called.
    async fn call<const N: usize>(&self, count: usize, replicas: [&Running; N]) -> [usize; N] {
        for _ in 0..count {
            assert!(self.is_heard().await);
        }
        replicas.map(Running::heard)
    }
}

#[rstest]
#[tokio::test]
async fn t_171_calls_are_spread_over_all_replicas_and_new_ones_are_noticed(
    #[values(false, true)] with_certificates: bool,
) {
    let ours = Authority::new();
    // Their certificates are for `localhost`, and that is what has to be shown.
    let files = Files::of(&ours, &[&ours]);
    let tls = with_certificates.then(|| files.tls());
    let scheme = if with_certificates { "https" } else { "http" };
    let caller = Caller::of(&format!("{scheme}://localhost:9"), tls.clone());
    let [one, two, three] = [
        Running::start(tls.clone()).await,
        Running::start(tls.clone()).await,
        Running::start(tls).await,
    ];

    caller.know(&[&one]).await;
    assert_eq!(caller.call(4, [&one, &two, &three]).await, [4, 0, 0]);
    caller.know(&[&one, &two]).await;
    assert_eq!(caller.call(8, [&one, &two, &three]).await, [4, 4, 0]);
    caller.know(&[&one, &two, &three]).await;
    assert_eq!(caller.call(9, [&one, &two, &three]).await, [3, 3, 3]);
    caller.know(&[&two, &three]).await;
    assert_eq!(caller.call(8, [&one, &two, &three]).await, [0, 4, 4]);
}

#[tokio::test]
async fn t_171_a_replica_that_dies_is_left_alone_until_it_is_back() {
    let caller = Caller::of("http://catalog.example:9", None);
    let (one, two) = (Running::start(None).await, Running::start(None).await);
    caller.know(&[&one, &two]).await;
    let dead = one.address;
    drop(one);
    // The death is noticed by a call that fails; its name is still there.
    let noticed = async {
        while caller.balanced.addresses().contains(&dead) {
            caller.is_heard().await;
        }
    };
    timeout(PATIENCE, noticed).await.unwrap();
    two.heard();
    assert_eq!(caller.call(10, [&two]).await, [10]);

    let back = Running::start_at(dead, None).await;
    caller.until(|called| called.contains(&dead)).await;
    assert_eq!(caller.call(10, [&back, &two]).await, [5, 5]);
}

/// A name server that is away, or knows nothing for a moment, is no reason to call nobody.
#[tokio::test]
async fn t_171_while_a_name_has_no_address_its_last_ones_are_called() {
    let caller = Caller::of("http://catalog.example:9", None);
    let one = Running::start(None).await;
    caller.know(&[&one]).await;
    caller.names.0.lock().unwrap().clear();
    let follow =
        Follow { balanced: caller.balanced.clone(), ..follow_of("http://catalog.example:9") };
    follow.look(&*caller.names).await;
    assert_eq!(caller.call(3, [&one]).await, [3]);
}

#[test]
fn t_171_what_has_an_address_and_no_name_is_not_looked_up() {
    for (uri, is_followed) in [
        ("http://10.0.0.1:7103", false),
        ("http://[::1]:7103", false),
        ("http://catalog:7101", true),
    ] {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let _entered = runtime.enter();
        let service = Service::of(uri, None).unwrap();
        let balanced = Balanced::new(service.host(), service.channel());
        assert_eq!(Follow::of(&balanced, service).is_some(), is_followed, "{uri}");
    }
}

fn follow_of(uri: &str) -> Follow {
    let service = Service::of(uri, None).unwrap();
    Follow::of(&Balanced::new(service.host(), service.channel()), service).unwrap()
}
