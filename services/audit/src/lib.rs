//! The audit service: what was done and seen, provably. Entries are the leaves of a Merkle tree.
//!
//! Not here: what deserves an entry, which each service knows, and who may call, which the contract
//! says.

mod app;
mod config;
mod convert;
pub mod domain;
mod error;
mod service;
mod signing;
mod store;
mod timers;

pub use config::Config;
pub use store::MIGRATIONS;

use std::sync::Arc;

use anyhow::Context;
use boot::Process;
use db::Db;
use proto::audit::audit_service_server::AuditServiceServer;
use tokio::sync::{Notify, watch as signal};
use tonic::service::RoutesBuilder;

use app::{App, Refusals};
use domain::Readers;
use service::Service;
use worker::Pace;

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
    let db =
        Db::open_to_serve(&config.db_url, MIGRATIONS, config.db_migrate).await.context("audit")?;
    let keyring = signing::keyring(&config, &db).await.context("audit")?;
    let readers = Readers::new(&config.readers).context("audit: readers")?;
    process.watch_health(NAME, db.clone());

    let (clock, ids) = (process.clock.clone(), process.ids.clone());
    let appended = signal::Sender::new(0);
    let app = Arc::new(App { db, clock, ids, keyring, readers, appended });
    process.record_refusals("/tenure.audit.v1.", Arc::new(Refusals::new(app.clone())));
    let timed = app.clone();
    let tick = move || timers::tick(timed.clone());
    let never_nudged = Arc::<Notify>::default();
    process.tasks.spawn(worker::run(process.stop.clone(), timers::REST, never_nudged, tick));

    let pace = Pace {
        heartbeat: config.watch.heartbeat.try_into().context("audit: watch.heartbeat")?,
        poll: config.watch.poll.try_into().context("audit: watch.poll")?,
    };
    let service = Service::new(app, process.seal.clone(), process.stop.clone(), pace);
    let server = AuditServiceServer::new(service);
    routes.add_service(server.max_decoding_message_size(config.server.message_bytes_max));
    Ok(())
}

#[cfg(test)]
mod tests;
