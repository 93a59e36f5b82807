//! The door: one tower layer that every call passes, and that decides before any handler runs.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use clock::Clock;
use futures::future::Either;
use http::{HeaderMap, Request, Response, header::AUTHORIZATION};
use proto::common::{Access, Trace};
use tonic::Status;
use tower::{Layer, Service};

use crate::attempt::{Attempt, RecordRefusal, Recorded, TurnedAway};
use crate::{AccessError, Caller, Claims, KeySet, Refusal, Rule, Table, Verifier};

/// What everybody may call: what monitors and grpcurl need before they have a token.
const FREE: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// Whoever is refused before we know who they are.
const UNKNOWN: &str = "unknown";

/// Tells whether the method at `path` takes no token.
pub fn is_free(path: &str) -> bool {
    FREE.iter().any(|free| path.starts_with(free))
}

/// Returns the layer for `tonic::transport::Server::layer`.
///
/// A caller whom it admits is left in the request's extensions (see [`Caller::of`]); nothing else
/// of the request is changed. A path that `table` does not know is `UNIMPLEMENTED`, whoever asks.
pub fn layer(
    table: Arc<Table>,
    verifier: Arc<Verifier>,
    clock: Arc<dyn Clock>,
    refusals: Option<Arc<dyn RecordRefusal>>,
) -> AccessLayer {
    AccessLayer { door: Arc::new(Door { table, verifier, clock, refusals }) }
}

/// Puts the door before a service.
#[derive(Debug, Clone)]
pub struct AccessLayer {
    door: Arc<Door>,
}

impl<S> Layer<S> for AccessLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, door: self.door.clone() }
    }
}

/// A service behind the door.
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    inner: S,
    door: Arc<Door>,
}

impl<S, In, Out> Service<Request<In>> for Guarded<S>
where
    S: Service<Request<In>, Response = Response<Out>> + Clone + Send + 'static,
    S::Error: Send + 'static,
    S::Future: Send,
    In: Send + 'static,
    Out: Default + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Refusing<S::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<In>) -> Self::Future {
        if let Some(set) = self.door.to_fetch(&request) {
            // The clone takes the place of the service that was asked whether it is ready.
            let clone = self.inner.clone();
            let mut inner = std::mem::replace(&mut self.inner, clone);
            let door = self.door.clone();
            return Either::Right(Box::pin(async move {
                set.refresh(door.clock.now()).await;
                match door.admit(&mut request) {
                    Ok(()) => inner.call(request).await,
                    Err(refused) => Ok(refused.told().await),
                }
            }));
        }
        match self.door.admit(&mut request) {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(refused) => Either::Right(Box::pin(async move { Ok(refused.told().await) })),
        }
    }
}

type Refusing<R, E> = Pin<Box<dyn Future<Output = Result<R, E>> + Send>>;

enum Verdict {
    Free,
    Admitted(Caller),
    Refused(Refused),
}

/// A refusal that leaves once it is on record.
struct Refused(Status, Option<Recorded>);

impl Refused {
    async fn told<Out: Default>(self) -> Response<Out> {
        let Self(status, recorded) = self;
        if let Some(recorded) = recorded {
            recorded.await;
        }
        let mut answer = status.into_http();
        answer.extensions_mut().insert(TurnedAway);
        answer
    }
}

#[derive(Debug)]
struct Door {
    table: Arc<Table>,
    verifier: Arc<Verifier>,
    clock: Arc<dyn Clock>,
    refusals: Option<Arc<dyn RecordRefusal>>,
}

impl Door {
    /// Returns the set of keys without which a call cannot be judged. One that is merely old is fetched
    /// meanwhile.
    fn to_fetch<In>(&self, request: &Request<In>) -> Option<Arc<KeySet>> {
        let token = bearer(request.headers()).ok()?;
        let now = self.clock.now();
        if let Some(set) = self.verifier.to_fetch(token) {
            return Some(set.clone());
        }
        if let Some(set) = self.verifier.to_renew(now) {
            tokio::spawn(async move { set.refresh(now).await });
        }
        None
    }

    /// Leaves the caller with the request.
    fn admit<In>(&self, request: &mut Request<In>) -> Result<(), Refused> {
        match self.judge(request.uri().path(), request.headers()) {
            Verdict::Free => Ok(()),
            Verdict::Admitted(caller) => {
                request.extensions_mut().insert(caller);
                Ok(())
            }
            Verdict::Refused(refused) => Err(refused),
        }
    }

    fn judge(&self, path: &str, headers: &HeaderMap) -> Verdict {
        if is_free(path) {
            return Verdict::Free;
        }
        let Some(rule) = self.table.rule(path) else {
            return Verdict::Refused(Refused(rpc::unimplemented(path), None));
        };
        let (claims, error) = match self.claims(headers) {
            Ok(claims) => match rule.admit(&claims) {
                Ok(caller) => return Verdict::Admitted(caller),
                Err(error) => (Some(claims), error),
            },
            Err(refusal) => (None, refusal.into()),
        };
        let recorded = self.record(path, rule, claims, &error);
        Verdict::Refused(Refused(rpc::status(error), recorded))
    }

    fn claims(&self, headers: &HeaderMap) -> Result<Claims, Refusal> {
        self.verifier.verify(bearer(headers)?, self.clock.now())
    }

    fn record(
        &self,
        path: &str,
        rule: &Rule,
        claims: Option<Claims>,
        error: &AccessError,
    ) -> Option<Recorded> {
        let is_recorded = match rule.trace {
            Trace::LoggedFirst => true,
            // Nobody's log gains from what nobody known tried.
            Trace::Logged => claims.is_some(),
            // What services do for each other leaves entries of its own; that somebody else tried does not.
            Trace::None => claims.is_some() && rule.access == Access::Internal,
            Trace::Unspecified => false,
        };
        let refusals = self.refusals.as_ref().filter(|_| is_recorded)?;
        let (subject, partner, customer) = match claims {
            Some(claims) => (claims.subject, claims.partner, claims.customer),
            None => (UNKNOWN.to_owned(), None, None),
        };
        let reason = error.word();
        Some(refusals.record(Attempt { path: path.to_owned(), subject, partner, customer, reason }))
    }
}

/// Returns the one bearer token of a call; its scheme may be written in any case (RFC 9110).
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::Missing)?;
    if values.next().is_some() {
        return Err(Refusal::malformed("authorization is given more than once"));
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(|| Refusal::malformed("authorization is not `Bearer <token>`"))?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(Refusal::malformed("authorization has another scheme than Bearer"))
    }
}
