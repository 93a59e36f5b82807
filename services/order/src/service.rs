//! The gRPC services: parse, one verb, render. One file a service.

mod history;
mod inbox;
mod order;
mod partner;
mod patience;
mod support;

pub use patience::Patience;

use std::sync::Arc;

use access::Caller;
use rpc::Seal;
use tonic::{Request, Status};

use crate::app::{App, Asker};
use crate::convert;

/// Serves all services of `tenure.order.v1`.
#[derive(Debug, Clone)]
pub struct Service {
    app: Arc<App>,
    seal: Seal,
    patience: Patience,
}

impl Service {
    /// Returns the services; `seal` marks their page tokens.
    pub const fn new(app: Arc<App>, seal: Seal, patience: Patience) -> Self {
        Self { app, seal, patience }
    }
}

/// Reads who calls, and what their roles are good for.
fn asker<T>(request: &Request<T>) -> Result<Asker<'_>, Status> {
    let caller = Caller::of(request).map_err(rpc::status)?;
    Ok(Asker {
        caller,
        buyer: convert::buyer(caller),
        is_admin_agent: convert::is_admin_agent(caller),
    })
}
