//! Those whom nobody knows, at the limits of their address.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use access::{AuthConfig, LimitsConfig, TurnedAway};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Bytes;
use jiff::SignedDuration;
use rstest::rstest;
use testkit::{ManualClock, noon};
use tonic::body::Body;
use tonic::service::RoutesBuilder;
use tonic::transport::Channel;
use tonic::transport::server::TcpConnectInfo;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;
use tower::{Layer, Service, service_fn};

use crate::config::{IdentityConfig, ServerConfig};
use crate::limit::Refusing;
use crate::process::Process;
use crate::server::{Server, listen};
use crate::strangers::Strangers;

const GET: &str = "/tenure.order.v1.OrderService/GetOrder";
const CHECK: &str = "/grpc.health.v1.Health/Check";
const REFLECT: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const HERE: &str = "192.0.2.1:1";

/// Two calls a second, of which one may be under way.
const CONFIG: LimitsConfig = LimitsConfig {
    calls_per_second: 2,
    burst: 2,
    concurrent_calls: 1,
    deadline: SignedDuration::ZERO,
};

struct Place {
    strangers: Strangers,
    clock: Arc<ManualClock>,
}

impl Place {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(noon()));
        let strangers = Strangers::new(&CONFIG, clock.clone(), Refusing::new()).unwrap();
        Self { strangers, clock }
    }

    /// Calls from an address; the door lets in who is known.
    async fn call(&self, from: &str, path: &str, is_known: bool) -> Response<Body> {
        let inner = service_fn(move |_: Request<()>| async move {
            let mut answer = Response::new(Body::new(Full::new(Bytes::from("answered"))));
            if !is_known {
                answer.extensions_mut().insert(TurnedAway);
            }
            Ok::<_, Infallible>(answer)
        });
        let mut request = Request::builder().uri(path).body(()).unwrap();
        if let Ok(address) = from.parse::<SocketAddr>() {
            let connection = TcpConnectInfo { local_addr: None, remote_addr: Some(address) };
            request.extensions_mut().insert(connection);
        }
        self.strangers.layer(inner).call(request).await.unwrap()
    }

    /// Is turned away at the door; returns whether that was all that was said.
    async fn is_told(&self, from: &str) -> bool {
        limited(&self.call(from, GET, false).await).is_none()
    }
}

/// Returns the refusal by a limit.
fn limited(answer: &Response<Body>) -> Option<Status> {
    Status::from_header_map(answer.headers())
}

#[tokio::test]
async fn t_150_who_is_turned_away_too_often_is_told_when_to_come_again() {
    let place = Place::new();
    assert!(place.is_told(HERE).await && place.is_told(HERE).await);
    let refused = limited(&place.call(HERE, GET, false).await).unwrap();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "RATE_LIMIT");
    assert_eq!(details.error_info().unwrap().metadata["until"], "2026-01-10T12:00:00.5Z");
    assert!(details.retry_info().is_some());

    // Whoever is known is let in from there all the same, and another address has limits of its own.
    for _ in 0..10 {
        assert!(limited(&place.call(HERE, GET, true).await).is_none());
    }
    assert!(place.is_told("192.0.2.2:1").await);
    place.clock.advance(SignedDuration::from_millis(499));
    assert!(!place.is_told(HERE).await);
    place.clock.advance(SignedDuration::from_millis(1));
    assert!(place.is_told(HERE).await);
    assert!(!place.is_told(HERE).await);
}

#[tokio::test]
async fn t_150_what_takes_no_token_is_limited_until_its_answer_has_left() {
    let place = Place::new();
    let first = place.call(HERE, REFLECT, true).await;
    let refused = limited(&place.call(HERE, REFLECT, true).await).unwrap();
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "CONCURRENCY_LIMIT");
    drop(first);
    assert!(limited(&place.call(HERE, REFLECT, true).await).is_none());
    let refused = limited(&place.call(HERE, REFLECT, true).await).unwrap();
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "RATE_LIMIT");
}

/// Nobody makes a probe fail.
#[tokio::test]
async fn t_150_a_probe_is_always_answered() {
    let place = Place::new();
    while place.is_told(HERE).await {}
    let mut answers = vec![];
    for _ in 0..10 {
        answers.push(place.call(HERE, CHECK, true).await);
    }
    assert!(answers.iter().all(|answer| limited(answer).is_none()));
}

#[rstest]
#[case::another_port("192.0.2.1:1", "192.0.2.1:2", true)]
#[case::another_host("192.0.2.1:1", "192.0.2.2:1", false)]
#[case::written_otherwise("192.0.2.1:1", "[::ffff:192.0.2.1]:1", true)]
#[case::the_same_network("[2001:db8::1]:1", "[2001:db8::ffff:ffff:ffff:ffff]:1", true)]
#[case::the_next_network("[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false)]
#[case::nowhere("", "", true)]
#[case::nowhere_and_somewhere("", "192.0.2.1:1", false)]
#[tokio::test]
async fn t_150_an_address_is_a_host_or_a_network(
    #[case] one: &str,
    #[case] other: &str,
    #[case] is_same: bool,
) {
    let place = Place::new();
    assert!(place.is_told(one).await && place.is_told(one).await);
    assert_eq!(!place.is_told(other).await, is_same);
}

/// A whole server knows from where it is called.
#[tokio::test]
async fn t_150_strangers_are_limited_at_a_server() {
    let pair = access::generate_key_pair().unwrap();
    let identity = IdentityConfig { private_key: pair.private_pem };
    let auth = AuthConfig { public_keys: vec![pair.public_pem], ..AuthConfig::default() };
    let config = ServerConfig { limits: CONFIG, ..ServerConfig::default() };
    let clock = Arc::new(ManualClock::new(noon()));
    let process = Process::new("test", &config, &identity, &auth, clock).unwrap();
    let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let server = Server::new(process.clone(), &auth, listener).unwrap();
    let uri = format!("http://{}", server.address().unwrap());
    tokio::spawn(server.run(RoutesBuilder::default()));
    let channel = Channel::from_shared(uri).unwrap().connect_lazy();
    let mut health = HealthClient::new(channel);
    let first = health.watch(HealthCheckRequest::default()).await.unwrap();
    let refused = health.watch(HealthCheckRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    health.check(HealthCheckRequest::default()).await.unwrap();
    drop(first);
    process.stop.cancel();
}
