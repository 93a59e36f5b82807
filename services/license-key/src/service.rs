//! The doors, gRPC and the one of plain HTTP: parse, one verb, render.

mod activation;
pub mod downloads;
mod inbox;
mod key_pool;
mod migration;
mod software;

use std::sync::Arc;

use rpc::Seal;

use crate::app::App;

/// All of license-key's gRPC services.
#[derive(Debug, Clone)]
pub struct Service {
    app: Arc<App>,
    seal: Seal,
}

impl Service {
    /// Serves what `app` can do; `seal` marks page tokens as ours.
    pub fn new(app: Arc<App>, seal: Seal) -> Self {
        Self { app, seal }
    }
}
