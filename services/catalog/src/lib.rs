//! What can be sold, where, at what price.
//!
//! The only place where the rooms of this service meet.

mod app;
pub mod config;
mod convert;
mod domain;
mod error;
mod peers;
mod service;
mod store;

use std::sync::Arc;

use anyhow::Context;
use boot::Process;
use db::{Db, Migration};
use mailbox::Post;
use proto::audit::audit_service_client::AuditServiceClient;
use proto::catalog::catalog_service_server::CatalogServiceServer;
use tonic::service::RoutesBuilder;

use app::App;
pub use config::Config;
use peers::Peers;
use service::{Limits, Service};

/// The schema of this service.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "catalog", sql: store::TABLES },
    Migration { version: 2, name: "replays", sql: replay::TABLE },
    Migration { version: 3, name: "mailbox", sql: mailbox::TABLES },
];

/// Starts the catalog: opens its database, adds its service to `routes`, and sets its mail going.
///
/// # Errors
///
/// A database that cannot be opened; a peer that is no URI.
pub async fn start(
    config: Config,
    process: &Process,
    routes: &mut RoutesBuilder,
) -> anyhow::Result<()> {
    let db = Db::open(&config.db_url, MIGRATIONS).await.context("catalog: db_url")?;
    process.watch_health("tenure.catalog.v1.CatalogService", db.clone());

    let audit = process.peer(&config.peers.audit).context("catalog: peers.audit")?;
    let courier = Peers { audit: AuditServiceClient::new(audit) };
    let post = Post::new(db.clone(), process.clock.clone(), courier, peers::DESTINATIONS);
    let post = Arc::new(post);
    post.recover().await.context("catalog: outbox")?;

    let app = App::new(db, process.clock.clone(), process.ids.clone(), post.nudge());
    app.publish_built_in().await.context("catalog: blocked markets")?;
    process.tasks.spawn(post.run(process.stop.clone()));

    let service = Service {
        app: Arc::new(app),
        seal: process.seal.clone(),
        stop: process.stop.clone(),
        limits: Limits {
            import_bytes_max: config.import.file_bytes_max,
            heartbeat: config.watch.heartbeat(),
            poll: config.watch.poll(),
        },
    };
    let message_bytes_max = config.server.message_bytes_max;
    routes.add_service(
        CatalogServiceServer::new(service).max_decoding_message_size(message_bytes_max),
    );
    Ok(())
}

#[cfg(test)]
mod tests;
