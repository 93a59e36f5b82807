//! What can be sold, where, at what price.
//!
//! The only place where the rooms of this service meet.

mod app;
pub mod config;
mod convert;
pub mod domain;
mod error;
mod peers;
mod service;
mod store;

use std::sync::Arc;

use anyhow::Context;
use boot::Process;
use db::Db;
use journal::Refusals;
use mailbox::Post;
use proto::audit::audit_service_client::AuditServiceClient;
use proto::catalog::catalog_service_server::CatalogServiceServer;
use tonic::service::RoutesBuilder;
use worker::Pace;

use app::App;
pub use config::Config;
use peers::{Orders, Peers};
use service::Service;
use service::import::Reception;
pub use store::MIGRATIONS;

/// Starts the catalog: opens its database, adds its service to `routes`, and sets its mail going.
///
/// # Errors
///
/// A database that cannot be opened; a peer that is no URI; a duration that is negative.
pub async fn start(
    config: Config,
    process: &Process,
    routes: &mut RoutesBuilder,
) -> anyhow::Result<()> {
    let (service, post) = build(&config, process).await?;
    process.tasks.spawn(post.run(process.stop.clone()));
    let message_bytes_max = config.server.message_bytes_max;
    routes.add_service(
        CatalogServiceServer::new(service).max_decoding_message_size(message_bytes_max),
    );
    Ok(())
}

/// Puts the rooms together.
async fn build(config: &Config, process: &Process) -> anyhow::Result<(Service, Arc<Post<Peers>>)> {
    let pace = Pace {
        heartbeat: config.watch.heartbeat.try_into().context("catalog: watch.heartbeat")?,
        poll: config.watch.poll.try_into().context("catalog: watch.poll")?,
    };
    let reception = Reception {
        bytes_max: config.import.file_bytes_max,
        folder: config.import.folder(),
        ids: process.ids.clone(),
    };
    let audit = process.peer(&config.peers.audit).context("catalog: peers.audit")?;
    let orders = Orders(process.peer(&config.peers.order).context("catalog: peers.order")?);
    let peers = Peers { audit: AuditServiceClient::new(audit) };

    let db = Db::open_to_serve(&config.db_url, MIGRATIONS, config.db_migrate)
        .await
        .context("catalog: db_url")?;
    process.watch_health("tenure.catalog.v1.CatalogService", db.clone());
    let post = Post::new(db.clone(), process.clock.clone(), peers, peers::DESTINATIONS);
    let (clock, ids) = (process.clock.clone(), process.ids.clone());
    let refusals = Refusals::new("catalog", db.clone(), clock, ids, post.nudge());
    process.record_refusals("/tenure.catalog.v1.", Arc::new(refusals));
    post.recover().await.context("catalog: the outbox")?;

    let app = App::new(db, process.clock.clone(), process.ids.clone(), post.nudge(), orders);
    app.publish_built_in().await.context("catalog: blocked markets")?;
    let (seal, stop) = (process.seal.clone(), process.stop.clone());
    Ok((Service { app: Arc::new(app), seal, stop, pace, reception }, Arc::new(post)))
}

#[cfg(test)]
mod tests;
