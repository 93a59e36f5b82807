//! Who bought what software, who gets its keys and downloads, and proof of who did; on which devices the
//! keys are, and which still wait for one. `docs/rules.md`: KEY, DWN, VLC, PCX-1, PCX-3, CAT-12, CAT-13,
//! AUD-4.

mod app;
mod cipher;
mod config;
mod convert;
pub mod domain;
mod error;
mod peers;
mod service;
mod store;
mod timers;
mod web;

use std::sync::Arc;

use anyhow::Context;
use clock::Clocks;
use db::Db;
use journal::Refusals;
use mailbox::Post;
use proto::licensekey::activation_service_server::ActivationServiceServer;
use proto::licensekey::inbox_service_server::InboxServiceServer;
use proto::licensekey::key_pool_service_server::KeyPoolServiceServer;
use proto::licensekey::migration_service_server::MigrationServiceServer;
use proto::licensekey::software_service_server::SoftwareServiceServer;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::app::{App, Links};
use crate::cipher::MasterKeys;
use crate::domain::{KeyFormat, LinkPolicy};
use crate::peers::{DESTINATIONS, Peers};
use crate::service::Service;

pub use config::{Config, DownloadsConfig, PeersConfig};
pub use store::MIGRATIONS;

/// The names of this service's gRPC services, as health knows them.
const SERVICES: [&str; 5] = [
    "tenure.licensekey.v1.SoftwareService",
    "tenure.licensekey.v1.ActivationService",
    "tenure.licensekey.v1.MigrationService",
    "tenure.licensekey.v1.KeyPoolService",
    "tenure.licensekey.v1.InboxService",
];

/// Opens the database and the cipher, starts the post and the server of download links, and adds the
/// gRPC services to `routes`.
///
/// # Errors
///
/// A database that cannot be opened, a master key that is missing or wrong, a form that no key can
/// have, a policy that is none, an address that is taken, a peer that is no URI.
pub async fn start(
    config: Config,
    process: &boot::Process,
    routes: &mut tonic::service::RoutesBuilder,
) -> anyhow::Result<()> {
    let listener = boot::listen(config.downloads.listen).await?;
    let built = build(&config, process, &listener).await;
    let (app, post) = built.context("license-key cannot start")?;
    post.recover().await?;
    process.tasks.spawn(Arc::new(post).run(process.stop.clone()));
    let timed = app.clone();
    let tick = move || timers::tick(timed.clone());
    let never_nudged = Arc::<Notify>::default();
    process.tasks.spawn(worker::run(process.stop.clone(), timers::REST, never_nudged, tick));
    let (counted, meters) = (app.clone(), Arc::new(timers::Meters::new()));
    let count = move || timers::count(counted.clone(), meters.clone());
    let (rest, never_nudged) = (timers::COUNT_REST, Arc::<Notify>::default());
    process.tasks.spawn(worker::run(process.stop.clone(), rest, never_nudged, count));
    process.tasks.spawn(web::serve(listener, app.clone(), process.stop.clone()));
    serve(&config, &app, process, routes);
    Ok(())
}

async fn build(
    config: &Config,
    process: &boot::Process,
    downloads: &TcpListener,
) -> anyhow::Result<(Arc<App>, Post<Peers>)> {
    let format = KeyFormat::new(config.key_length, &config.key_alphabet)?;
    let db = Db::open_to_serve(&config.db_url, MIGRATIONS, config.db_migrate).await?;
    let master_keys =
        MasterKeys::of(&config.master_key, &config.former_master_keys, &config.db_url);
    let cipher = app::unlock(&db, &process.ids, process.clock.now(), &master_keys).await?;
    let PeersConfig { catalog, lifecycle, audit } = &config.peers;
    let peers = Peers::new(process.peer(catalog)?, process.peer(lifecycle)?, process.peer(audit)?);
    let post = Post::new(db.clone(), process.clock.clone(), peers.clone(), DESTINATIONS);
    let app = App {
        db,
        clocks: Clocks::new(process.clock.clone()),
        ids: process.ids.clone(),
        cipher,
        master_keys,
        links: links(&config.downloads, downloads)?,
        key_pool_low_water: config.key_pool_low_water,
        format,
        peers,
        nudge: post.nudge(),
        dead_links: access::Seldom::default(),
    };
    Ok((Arc::new(app), post))
}

fn links(config: &DownloadsConfig, listener: &TcpListener) -> anyhow::Result<Links> {
    let policy = LinkPolicy::named(&config.policy);
    let policy = policy.with_context(|| format!("downloads.policy is {:?}", config.policy))?;
    let base_url = web::base_url(&config.base_url, listener.local_addr()?);
    Ok(Links { policy, base_url })
}

fn serve(
    config: &Config,
    app: &Arc<App>,
    process: &boot::Process,
    routes: &mut tonic::service::RoutesBuilder,
) {
    let bytes_max = config.server.message_bytes_max;
    let service = Service::new(app.clone(), process.seal.clone());
    let software = SoftwareServiceServer::new(service.clone());
    let pools = KeyPoolServiceServer::new(service.clone());
    let activations = ActivationServiceServer::new(service.clone());
    let migrations = MigrationServiceServer::new(service.clone());
    let inbox = InboxServiceServer::new(service);
    routes
        .add_service(software.max_decoding_message_size(bytes_max))
        .add_service(pools.max_decoding_message_size(bytes_max))
        .add_service(activations.max_decoding_message_size(bytes_max))
        .add_service(migrations.max_decoding_message_size(bytes_max))
        .add_service(inbox.max_decoding_message_size(bytes_max));
    for name in SERVICES {
        process.watch_health(name, app.db.clone());
    }
    let (db, nudge) = (app.db.clone(), app.nudge.clone());
    let (clock, ids) = (process.clock.clone(), process.ids.clone());
    let refusals = Refusals::new("license-key", db, clock, ids, nudge);
    process.record_refusals("/tenure.licensekey.v1.", Arc::new(refusals));
}

#[cfg(test)]
mod tests;
