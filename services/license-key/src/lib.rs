//! Who bought what software, who gets its keys, and proof of who did. `docs/rules.md`: KEY, PCX-1,
//! PCX-3, CAT-13, AUD-4.

mod app;
mod cipher;
mod config;
mod convert;
mod domain;
mod error;
mod peers;
mod service;
mod store;
mod timers;

use std::sync::Arc;

use anyhow::Context;
use clock::Clocks;
use db::Db;
use mailbox::Post;
use proto::licensekey::inbox_service_server::InboxServiceServer;
use proto::licensekey::key_pool_service_server::KeyPoolServiceServer;
use proto::licensekey::software_service_server::SoftwareServiceServer;
use tokio::sync::Notify;

use crate::app::{App, Refusals};
use crate::cipher::MasterKeySource;
use crate::domain::KeyFormat;
use crate::peers::{DESTINATIONS, Peers};
use crate::service::Service;

pub use config::{Config, PeersConfig};

/// The names of this service's gRPC services, as health knows them.
const SERVICES: [&str; 3] = [
    "tenure.licensekey.v1.SoftwareService",
    "tenure.licensekey.v1.KeyPoolService",
    "tenure.licensekey.v1.InboxService",
];

/// Opens the database and the cipher, starts the post, and adds the gRPC services to `routes`.
///
/// # Errors
///
/// A database that cannot be opened, a master key that is missing or wrong, a form that no key can
/// have, a peer that is no URI.
pub async fn start(
    config: Config,
    process: &boot::Process,
    routes: &mut tonic::service::RoutesBuilder,
) -> anyhow::Result<()> {
    let (app, post) = build(&config, process).await.context("license-key cannot start")?;
    post.recover().await?;
    process.tasks.spawn(Arc::new(post).run(process.stop.clone()));
    let timed = app.clone();
    let tick = move || timers::tick(timed.clone());
    let never_nudged = Arc::<Notify>::default();
    process.tasks.spawn(worker::run(process.stop.clone(), timers::REST, never_nudged, tick));
    serve(&config, app, process, routes);
    Ok(())
}

async fn build(
    config: &Config,
    process: &boot::Process,
) -> anyhow::Result<(Arc<App>, Post<Peers>)> {
    let format = KeyFormat::new(config.key_length, &config.key_alphabet)?;
    let db = Db::open(&config.db_url, store::MIGRATIONS).await?;
    let source = MasterKeySource::of(&config.master_key, &config.db_url);
    let cipher = app::unlock(&db, &process.ids, process.clock.now(), &source).await?;
    let PeersConfig { lifecycle, audit } = &config.peers;
    let peers = Peers::new(process.peer(lifecycle)?, process.peer(audit)?);
    let post = Post::new(db.clone(), process.clock.clone(), peers.clone(), DESTINATIONS);
    let app = App {
        db,
        clocks: Clocks::new(process.clock.clone()),
        ids: process.ids.clone(),
        cipher,
        format,
        peers,
        nudge: post.nudge(),
    };
    Ok((Arc::new(app), post))
}

fn serve(
    config: &Config,
    app: Arc<App>,
    process: &boot::Process,
    routes: &mut tonic::service::RoutesBuilder,
) {
    let bytes_max = config.server.message_bytes_max;
    let service = Service::new(app.clone(), process.seal.clone());
    let software = SoftwareServiceServer::new(service.clone());
    let pools = KeyPoolServiceServer::new(service.clone());
    let inbox = InboxServiceServer::new(service);
    routes
        .add_service(software.max_decoding_message_size(bytes_max))
        .add_service(pools.max_decoding_message_size(bytes_max))
        .add_service(inbox.max_decoding_message_size(bytes_max));
    for name in SERVICES {
        process.watch_health(name, app.db.clone());
    }
    process.record_refusals("/tenure.licensekey.v1.", Arc::new(Refusals::new(app)));
}

#[cfg(test)]
mod tests;
