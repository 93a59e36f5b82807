//! What the transport refuses by itself is told like every other refusal: with a reason.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use rpc::{Classify, Kind};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};

/// Wraps a server so that bare refusals of the transport get their details.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refine;

impl<S> Layer<S> for Refine {
    type Service = Refined<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Refined { inner }
    }
}

/// A server whose refusals all have details.
#[derive(Debug, Clone)]
pub(crate) struct Refined<S> {
    inner: S,
}

impl<S, B> Service<Request<B>> for Refined<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = self.inner.call(request);
        Box::pin(async move { answer.await.map(refined) })
    }
}

/// A refusal stands at the head of an answer, or at its end where a stream had begun.
fn refined(answer: Response<Body>) -> Response<Body> {
    match Bare::told_by(answer.headers()) {
        Some(bare) => rpc::status(bare).into_http(),
        None => answer.map(|body| {
            Body::new(body.map_frame(|frame| match frame.into_trailers() {
                Ok(trailers) => Frame::trailers(refined_end(trailers)),
                Err(frame) => frame,
            }))
        }),
    }
}

fn refined_end(trailers: HeaderMap) -> HeaderMap {
    let Some(bare) = Bare::told_by(&trailers) else { return trailers };
    let mut refined = HeaderMap::new();
    match rpc::status(bare).add_header(&mut refined) {
        Ok(()) => refined,
        // A text that is no header: as good as it was.
        Err(_) => trailers,
    }
}

/// A refusal of the transport.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Bare {
    kind: Kind,
    reason: &'static str,
    message: String,
}

impl Bare {
    fn told_by(headers: &HeaderMap) -> Option<Self> {
        let bare = Status::from_header_map(headers)
            .filter(|status| status.code() != Code::Ok && status.details().is_empty());
        bare.as_ref().and_then(Self::of)
    }

    /// Recognises what tonic says when a message is too large, or is none.
    fn of(status: &Status) -> Option<Self> {
        let said = status.message();
        if status.code() == Code::OutOfRange && said.contains("message length too large") {
            let message = format!("{said}; send less at once");
            return Some(Self { kind: Kind::Exhausted, reason: "MESSAGE_TOO_LARGE", message });
        }
        if said.contains("failed to decode Protobuf message") {
            let message = format!("the message is not one of this method: {said}");
            return Some(Self { kind: Kind::Invalid, reason: "INVALID_FIELDS", message });
        }
        None
    }
}

impl Classify for Bare {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn reason(&self) -> &'static str {
        self.reason
    }
}

#[cfg(test)]
mod tests;
