//! What the transport says in its own words, and what becomes of it.

use http::HeaderMap;
use http_body_util::Empty;
use hyper::body::Bytes;
use rstest::rstest;
use tonic_types::StatusExt;
use tower::{ServiceExt as _, service_fn};

use super::*;

/// Answers with a status, at once or after a stream has begun.
async fn answered(status: Status, is_late: bool) -> Status {
    let answer = move |_: Request<()>| {
        let status = status.clone();
        async move {
            if !is_late {
                return Ok::<_, Status>(status.into_http());
            }
            let mut trailers = HeaderMap::new();
            status.add_header(&mut trailers).unwrap();
            let body = Empty::<Bytes>::new().with_trailers(async move { Some(Ok(trailers)) });
            Ok(Response::new(Body::new(body)))
        }
    };
    let answer = Refine.layer(service_fn(answer)).oneshot(Request::new(())).await.unwrap();
    let (head, body) = answer.into_parts();
    let end = body.collect().await.unwrap().trailers().cloned();
    Status::from_header_map(end.as_ref().unwrap_or(&head.headers)).unwrap()
}

/// What the transport makes without asking anybody.
#[expect(clippy::disallowed_methods, reason = "the transport does not know rpc::status")]
fn said(code: Code, text: &str) -> Status {
    Status::new(code, text)
}

#[rstest]
#[case::no_message(
    Code::Internal,
    "failed to decode Protobuf message: invalid tag value: 0",
    (Code::InvalidArgument, "INVALID_FIELDS")
)]
#[case::too_much(
    Code::OutOfRange,
    "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes",
    (Code::ResourceExhausted, "MESSAGE_TOO_LARGE")
)]
#[tokio::test]
async fn a_refusal_of_the_transport_gets_its_reason_wherever_it_stands(
    #[values(false, true)] is_late: bool,
    #[case] code: Code,
    #[case] text: &str,
    #[case] expected: (Code, &str),
) {
    let refused = answered(said(code, text), is_late).await;
    let reason = refused.get_details_error_info().unwrap().reason;
    assert_eq!((refused.code(), reason.as_str()), expected, "{refused:?}");
}

/// What has details is somebody's own word, and what is no refusal of the transport stays.
#[rstest]
#[tokio::test]
async fn other_answers_stay_as_they_are(#[values(false, true)] is_late: bool) {
    for given in [said(Code::Ok, ""), said(Code::Unimplemented, "there is no such method")] {
        let heard = answered(given.clone(), is_late).await;
        assert_eq!((heard.code(), heard.message()), (given.code(), given.message()));
    }
}
