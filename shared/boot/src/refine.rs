//! What the transport refuses by itself is told like every other refusal: with a reason.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
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

fn refined(answer: Response<Body>) -> Response<Body> {
    let bare = Status::from_header_map(answer.headers())
        .filter(|status| status.code() != Code::Ok && status.details().is_empty());
    match bare.as_ref().and_then(Bare::of) {
        Some(bare) => rpc::status(bare).into_http(),
        None => answer,
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
