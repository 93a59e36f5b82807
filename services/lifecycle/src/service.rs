//! The gRPC services: parse, one verb, render. One file each.

mod billing;
pub(crate) mod export;
pub(crate) mod feed;
mod inbox;
mod subscription;
mod test_clock;
mod timer;
mod transfer;

use std::sync::Arc;
use std::time::Duration;

use access::Caller;
use proto::Mutating;
use replay::Once;
use rpc::Pager;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

use crate::app::App;
use proto::lifecycle as pb;

/// All gRPC services of lifecycle.
#[derive(Debug, Clone)]
pub struct Service {
    app: Arc<App>,
    pace: Pace,
}

/// When a feed says something although nothing happened.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Cancelled when the process shall stop: then feeds end.
    pub stop: CancellationToken,
    /// How often a follower that has seen everything is told so.
    pub heartbeat: Duration,
}

impl Service {
    /// The services behind which `app` works.
    pub const fn new(app: Arc<App>, pace: Pace) -> Self {
        Self { app, pace }
    }

    /// Returns the pager of a list as the caller asked for it.
    fn pager<'a>(&'a self, method: &str, caller: &Caller, fields: &[&str]) -> Pager<'a> {
        Pager::new(&self.app.seal, method, &caller.key(), fields)
    }
}

/// Returns who calls.
fn caller<T>(request: &Request<T>) -> Result<&Caller, Status> {
    Caller::of(request).map_err(rpc::status)
}

/// Returns a mutation whose outcome is written as `render` says.
fn once<T: 'static, M: Mutating, R: prost::Message + 'static>(
    request: &Request<M>,
    render: fn(&T) -> R,
) -> Result<Once<T>, Status> {
    Ok(Once::new(request.get_ref(), caller(request)?.key(), render))
}

/// Answers one of the verbs whose outcome is a receipt.
macro_rules! receipt {
    (@let $read:expr => $only:ident) => {
        let $only = $read.map_err(rpc::status)?;
    };
    (@let $read:expr => $($argument:ident),+) => {
        let ($($argument),+) = $read.map_err(rpc::status)?;
    };
    ($self:ident.$verb:ident($request:ident, $read:expr => |$($argument:ident),*|)) => {{
        receipt!(@let $read => $($argument),*);
        let once = $crate::service::once(&$request, $crate::convert::receipt)?;
        let caller = $crate::service::caller(&$request)?;
        let answer = $self.app.$verb(&once, caller, $($argument),*).await.map_err(rpc::status)?;
        replay::respond(answer, $crate::convert::receipt)
    }};
}
pub(crate) use receipt;
