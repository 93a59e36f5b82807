//! The audit service: what was done and seen, provably. Entries are the leaves of a Merkle tree.
//!
//! Not here: what deserves an entry, which each service knows, and who may call, which the contract
//! says.

mod app;
mod config;
mod convert;
mod domain;
mod error;
mod service;
mod signing;
mod store;

pub use config::Config;

use std::sync::Arc;

use anyhow::Context;
use boot::Process;
use db::Db;
use proto::audit::audit_service_server::AuditServiceServer;
use tonic::service::RoutesBuilder;

use app::App;
use service::Service;

/// The service's name in its contract, under which its health is told.
const NAME: &str = "tenure.audit.v1.AuditService";

/// Opens the log and adds the service to `routes`.
///
/// # Errors
///
/// If the database or the signing key is of no use.
pub async fn start(
    config: Config,
    process: &Process,
    routes: &mut RoutesBuilder,
) -> anyhow::Result<()> {
    let db = Db::open(&config.db_url, store::MIGRATIONS).await.context("audit")?;
    let signer = signing::signer(&config, &db).await.context("audit")?;
    process.watch_health(NAME, db.clone());

    let app = Arc::new(App { db, clock: process.clock.clone(), signer });
    let server = AuditServiceServer::new(Service::new(app, process.seal.clone()));
    routes.add_service(server.max_decoding_message_size(config.server.message_bytes_max));
    Ok(())
}

#[cfg(test)]
mod tests;
