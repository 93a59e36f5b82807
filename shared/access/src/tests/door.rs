//! What a caller gets at the door, before any handler runs.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::header::AUTHORIZATION;
use http::{Request, Response};
use rpc::{Classify, Kind};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::{ManualClock, noon};
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::{Layer, ServiceExt, service_fn};

use super::{CUSTOMER, PARTNER, token, verifier};
use crate::{AccessError, AccessLayer, Attempt, Caller, RecordRefusal, Recorded, Table, layer};

const REVEAL: &str = "/tenure.licensekey.v1.SoftwareService/RevealProductKey";
const CANCEL: &str = "/tenure.lifecycle.v1.SubscriptionService/CancelSubscription";
const ACTIVITY: &str = "/tenure.audit.v1.AuditService/ListActivity";
const START: &str = "/tenure.lifecycle.v1.SubscriptionService/StartSubscriptions";
const LIST: &str = "/tenure.lifecycle.v1.SubscriptionService/ListSubscriptions";

/// What came out: the caller that the inner service saw, or the refusal.
type Answer = Result<Option<Caller>, Status>;

#[derive(Debug, Default)]
struct Notebook(Mutex<Vec<Attempt>>);

impl RecordRefusal for Arc<Notebook> {
    fn record(&self, attempt: Attempt) -> Recorded {
        let notebook = self.clone();
        Box::pin(async move { notebook.0.lock().unwrap().push(attempt) })
    }
}

fn door(refusals: Option<Arc<dyn RecordRefusal>>) -> AccessLayer {
    let table = Arc::new(Table::read(proto::DESCRIPTORS).unwrap());
    layer(table, Arc::new(verifier()), Arc::new(ManualClock::new(noon())), refusals)
}

/// Calls `path` with these values of `authorization`, and returns what was recorded of it, too.
async fn call(path: &str, authorization: &[&str]) -> (Answer, Vec<Attempt>) {
    let notebook = Arc::new(Notebook::default());
    let door = door(Some(Arc::new(notebook.clone())));
    let inner = service_fn(|request: Request<&'static str>| async move {
        assert_eq!(*request.body(), "asked");
        let mut response = Response::new("answered");
        let caller = Caller::of(&tonic::Request::from_http(request)).ok().cloned();
        response.extensions_mut().insert(caller);
        Ok::<_, Infallible>(response)
    });
    let mut request = Request::builder().uri(format!("http://tenure{path}")).body("asked").unwrap();
    for value in authorization {
        request.headers_mut().append(AUTHORIZATION, value.parse().unwrap());
    }
    let response = door.layer(inner).oneshot(request).await.unwrap();
    let answer = match Status::from_header_map(response.headers()) {
        None => Ok(response.extensions().get::<Option<Caller>>().unwrap().clone()),
        Some(status) => Err(status),
    };
    let attempts = notebook.0.lock().unwrap().clone();
    (answer, attempts)
}

#[tokio::test]
async fn an_admitted_caller_is_left_with_the_request() {
    let (answer, attempts) = call(LIST, &[&format!("Bearer {}", token(json!({})))]).await;
    let caller = answer.unwrap().unwrap();
    assert_eq!(caller.key(), format!("partner:{PARTNER}"));
    assert_eq!(caller.subject, "alex");
    assert_eq!(attempts, []);
}

#[rstest]
#[case::health("/grpc.health.v1.Health/Check")]
#[case::health_watch("/grpc.health.v1.Health/Watch")]
#[case::reflection("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")]
#[case::old_reflection("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")]
#[tokio::test]
async fn monitors_and_grpcurl_pass_freely(#[case] path: &str) {
    assert!(matches!(call(path, &[]).await, (Ok(None), _)));
    assert!(matches!(call(path, &["Bearer nonsense"]).await, (Ok(None), _)));
}

#[rstest]
#[case::a_slip("/tenure.audit.v1.AuditService/ListActivities")]
#[case::no_service("/tenure.audit.v1.Auditor/ListActivity")]
#[case::somebody_elses("/grpc.channelz.v1.Channelz/GetServers")]
#[case::like_health("/grpc.health.v1.HealthX/Check")]
#[case::hidden_behind_health("/x/grpc.health.v1.Health/Check")]
#[case::trailing_slash("/tenure.audit.v1.AuditService/ListActivity/")]
#[case::root("/")]
#[tokio::test]
async fn what_the_contract_does_not_have_is_unimplemented(#[case] path: &str) {
    let (answer, _) = call(path, &[&format!("Bearer {}", token(json!({})))]).await;
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(status.message().contains(path), "{status:?}");
}

#[rstest]
#[case::missing(&[], "the call has no token; send it as `authorization: Bearer <token>`")]
#[case::no_scheme(&["eyJ0eXAi"], "malformed: authorization is not `Bearer <token>`")]
#[case::another_scheme(&["Basic YWxleDpzZWNyZXQ="], "malformed: authorization has another scheme than Bearer")]
#[case::two_of_them(&["Bearer a", "Bearer b"], "malformed: authorization is given more than once")]
#[case::nothing_in_it(&["Bearer "], "malformed: its header")]
#[case::nonsense(&["Bearer nonsense"], "malformed: its header")]
#[tokio::test]
async fn a_call_without_a_proper_token(#[case] authorization: &[&str], #[case] expected: &str) {
    let (answer, _) = call(LIST, authorization).await;
    assert_unauthenticated(&answer.unwrap_err(), expected);
}

#[rstest]
#[case::expired(json!({"exp": noon().as_second() - 30}), "the token expired at 2026-01-10T11:59:30Z", Some(("expired_at", "2026-01-10T11:59:30Z")))]
#[case::too_early(json!({"nbf": noon().as_second() + 31}), "not valid before 2026-01-10T12:00:31Z", Some(("valid_from", "2026-01-10T12:00:31Z")))]
#[case::issuer(json!({"iss": "eve"}), "the wrong issuer: eve", Some(("issuer", "eve")))]
#[case::audience(json!({"aud": "crm"}), "the wrong audience: crm", Some(("audience", "crm")))]
#[case::par_14_no_partner(json!({"partner": null}), "malformed: it has the role ADMIN_AGENT", None)]
#[tokio::test]
async fn a_token_that_is_not_believed(
    #[case] changes: Value,
    #[case] expected: &str,
    #[case] metadata: Option<(&str, &str)>,
) {
    let (answer, _) = call(LIST, &[&format!("Bearer {}", token(changes))]).await;
    let status = answer.unwrap_err();
    assert_unauthenticated(&status, expected);
    let info = status.get_details_error_info().unwrap();
    if let Some((name, value)) = metadata {
        assert_eq!(info.metadata.get(name).map(String::as_str), Some(value));
    }
}

fn assert_unauthenticated(status: &Status, expected: &str) {
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(status.message().contains(expected), "{}", status.message());
    let info = status.get_details_error_info().unwrap();
    assert_eq!((&*info.domain, &*info.reason), ("tenure.dev", "UNAUTHENTICATED"));
}

#[rstest]
#[case::bearer("Bearer")]
#[case::small("bearer")]
#[case::shouted("BEARER")]
#[tokio::test]
async fn the_scheme_may_be_in_any_case(#[case] scheme: &str) {
    let (answer, _) = call(LIST, &[&format!("{scheme}  {}", token(json!({})))]).await;
    assert!(answer.unwrap().is_some());
}

#[rstest]
#[case::par_12_helpdesk_reveals("HELPDESK_AGENT", REVEAL, "ADMIN_AGENT, CUSTOMER_GLOBAL_ADMIN")]
#[case::trp_52_admin_agent_reads_the_log(
    "ADMIN_AGENT",
    ACTIVITY,
    "GLOBAL_ADMIN, ACCOUNT_ADMIN, REFERRAL_ADMIN, MARKETING_CONTENT_ADMIN"
)]
#[case::trp_52_account_admin_reveals("ACCOUNT_ADMIN", REVEAL, "ADMIN_AGENT, CUSTOMER_GLOBAL_ADMIN")]
#[case::key_3_operator_reveals("OPERATOR", REVEAL, "ADMIN_AGENT, CUSTOMER_GLOBAL_ADMIN")]
#[tokio::test]
async fn a_role_is_missing(#[case] role: &str, #[case] path: &str, #[case] roles: &str) {
    let bearer = format!("Bearer {}", token(json!({"roles": [role]})));
    let status = call(path, &[&bearer]).await.0.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(status.message().contains(roles), "{}", status.message());
    let info = status.get_details_error_info().unwrap();
    assert_eq!((&*info.domain, &*info.reason), ("tenure.dev", "ROLE_REQUIRED"));
    assert_eq!(info.metadata["roles"], roles);
    assert_eq!(info.metadata["rule"], "PAR-12");
}

/// Attempts at keys are recorded when they are refused; those at what changes something only if it is
/// known who tried, and those at reading never.
#[rstest]
#[case::aud_4_role_missing(REVEAL, Some(json!({"roles": ["SALES_AGENT"]})), Some(("alex", true, false, "ROLE_REQUIRED")))]
#[case::aud_4_of_a_customer(REVEAL, Some(json!({"roles": [], "partner": null, "customer": CUSTOMER})), Some(("alex", false, true, "ROLE_REQUIRED")))]
#[case::aud_4_nobody_known(REVEAL, None, Some(("unknown", false, false, "UNAUTHENTICATED")))]
#[case::aud_4_expired(REVEAL, Some(json!({"exp": 0})), Some(("unknown", false, false, "UNAUTHENTICATED")))]
#[case::aud_4_for_nobody(REVEAL, Some(json!({"partner": null})), Some(("alex", false, false, "UNAUTHENTICATED")))]
#[case::aud_4_admitted(REVEAL, Some(json!({})), None)]
#[case::aud_4_a_change(CANCEL, Some(json!({"roles": ["ACCOUNT_ADMIN"]})), Some(("alex", true, false, "ROLE_REQUIRED")))]
#[case::aud_4_a_change_by_nobody_known(CANCEL, None, None)]
#[case::aud_4_a_reading(ACTIVITY, Some(json!({"roles": ["ADMIN_AGENT"]})), None)]
#[case::aud_4_between_services(START, Some(json!({})), Some(("alex", true, false, "ROLE_REQUIRED")))]
#[case::aud_4_between_services_nobody_known(START, None, None)]
#[case::aud_4_another_method(ACTIVITY, Some(json!({})), None)]
#[tokio::test]
async fn refusals_are_recorded(
    #[case] path: &str,
    #[case] changes: Option<Value>,
    #[case] expected: Option<(&str, bool, bool, &'static str)>,
) {
    let bearer = changes.map(|changes| format!("Bearer {}", token(changes)));
    let bearers: Vec<_> = bearer.iter().map(String::as_str).collect();

    let (_, attempts) = call(path, &bearers).await;

    let expected = expected.map(|(subject, partner, customer, reason)| Attempt {
        path: path.to_owned(),
        subject: subject.to_owned(),
        partner: partner.then_some(PARTNER),
        customer: customer.then_some(CUSTOMER),
        reason,
    });
    assert_eq!(attempts, Vec::from_iter(expected));
}

#[test]
fn a_handler_without_the_layer_is_a_fault_of_ours() {
    let error = Caller::of(&tonic::Request::new(())).unwrap_err();
    assert_eq!(error, AccessError::NoCaller);
    assert_eq!(error.kind(), Kind::Internal);
}

/// A server is built and not run: what tonic asks of a layer, it asks of the types.
#[test]
fn the_layer_fits_a_server() {
    let server = Server::builder().layer(door(None)).add_routes(Routes::default());
    drop(server.serve(([127, 0, 0, 1], 0).into()));
}
