//! Callers at their limits, as they are told.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use access::{Caller, LimitsConfig, Reach, Table};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Bytes;
use jiff::SignedDuration;
use proto::common::Role;
use rstest::rstest;
use testkit::{ManualClock, noon};
use tokio::time::timeout;
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::{Layer, Service, service_fn};

use crate::limit::{Limit, Refusing};

const GET: &str = "/tenure.order.v1.OrderService/GetOrder";
const WATCH: &str = "/tenure.lifecycle.v1.SubscriptionService/WatchChanges";

/// Two calls a second, one at a time, each for three seconds.
fn limit() -> Limit {
    let config = LimitsConfig {
        calls_per_second: 2,
        burst: 2,
        concurrent_calls: 1,
        deadline: SignedDuration::from_secs(3),
    };
    let table = Arc::new(Table::read(proto::DESCRIPTORS).unwrap());
    let clock = Arc::new(ManualClock::new(noon()));
    Limit::new(&config, table, clock, Refusing::new()).unwrap()
}

fn request(path: &str, role: Role) -> Request<Duration> {
    let caller = Caller {
        subject: "alex".to_owned(),
        partner: None,
        customer: None,
        roles: BTreeSet::from([role]),
        reach: Reach::All,
    };
    let mut request = Request::builder().uri(path).body(Duration::ZERO).unwrap();
    request.extensions_mut().insert(caller);
    request
}

/// Takes as long as the request says.
async fn call(limit: &Limit, request: Request<Duration>) -> Result<Response<Body>, Status> {
    let inner = service_fn(|request: Request<Duration>| async move {
        drop(timeout(*request.body(), pending::<()>()).await);
        Ok::<_, Infallible>(Response::new(Body::new(Full::new(Bytes::from("answered")))))
    });
    let answer = limit.layer(inner).call(request).await.unwrap();
    Status::from_header_map(answer.headers()).map_or(Ok(answer), Err)
}

#[tokio::test]
async fn t_149_too_many_calls_are_told_when_to_come_again() {
    let limit = limit();
    for _ in 0..2 {
        call(&limit, request(GET, Role::AdminAgent)).await.unwrap();
    }
    let refused = call(&limit, request(GET, Role::AdminAgent)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let details = refused.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.reason, "RATE_LIMIT");
    let values = (&*info.metadata["limit"], &*info.metadata["until"]);
    assert_eq!(values, ("2", "2026-01-10T12:00:00.5Z"));
    let retry = details.retry_info().unwrap().retry_delay;
    assert_eq!(retry, Some(Duration::from_millis(500)));
}

#[tokio::test]
async fn t_149_a_call_is_under_way_until_its_answer_has_left() {
    let limit = limit();
    let answer = call(&limit, request(WATCH, Role::AdminAgent)).await.unwrap();
    let refused = call(&limit, request(GET, Role::AdminAgent)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let details = refused.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "CONCURRENCY_LIMIT");
    assert!(details.retry_info().is_some());
    drop(answer);
    call(&limit, request(GET, Role::AdminAgent)).await.unwrap();
}

#[tokio::test]
async fn t_149_services_of_the_suite_and_callers_without_a_name_are_not_limited() {
    let limit = limit();
    let mut answers = vec![];
    for _ in 0..10 {
        answers.push(call(&limit, request(GET, Role::Service)).await.unwrap());
        let health = Request::builder().uri("/grpc.health.v1.Health/Check");
        answers.push(call(&limit, health.body(Duration::ZERO).unwrap()).await.unwrap());
    }
}

#[rstest]
#[case::in_time(GET, Role::AdminAgent, 2_999, None)]
#[case::just_in_time(GET, Role::AdminAgent, 3_000, None)]
#[case::too_late(GET, Role::AdminAgent, 3_001, Some(Code::DeadlineExceeded))]
#[case::a_stream(WATCH, Role::AdminAgent, 60_000, None)]
#[case::an_operator(GET, Role::Operator, 60_000, None)]
#[case::a_service(GET, Role::Service, 60_000, None)]
#[tokio::test(start_paused = true)]
async fn t_149_a_call_takes_no_longer_than_it_may(
    #[case] path: &str,
    #[case] role: Role,
    #[case] millis: u64,
    #[case] expected: Option<Code>,
) {
    let limit = limit();
    let request = request(path, role).map(|_| Duration::from_millis(millis));
    let refused = call(&limit, request).await.err();
    assert_eq!(refused.as_ref().map(Status::code), expected);
    if let Some(refused) = refused {
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "DEADLINE_EXCEEDED");
        assert!(refused.message().contains("longer than the 3s that one may take"), "{refused}");
    }
}
