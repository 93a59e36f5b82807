//! What happens to a subscription from its purchase to its end, and all the timers.
//!
//! This file is the only place where the rooms meet; `tenure` and the tests call [`start`].

mod app;
mod config;
mod convert;
pub mod domain;
mod error;
mod peers;
mod service;
mod store;
mod timers;

pub use config::{Config, PeersConfig, WatchConfig};
pub use store::MIGRATIONS;

use std::sync::{Arc, Mutex};

use access::Table;
use clock::Clocks;
use db::{Db, Engine};
use journal::Refusals;
use mailbox::Post;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::lifecycle::billing_service_server::BillingServiceServer;
use proto::lifecycle::inbox_service_server::InboxServiceServer;
use proto::lifecycle::subscription_service_server::SubscriptionServiceServer;
use proto::lifecycle::test_clock_service_server::TestClockServiceServer;
use proto::lifecycle::timer_service_server::TimerServiceServer;
use proto::lifecycle::transfer_service_server::TransferServiceServer;
use rpc::Previews;
use tokio::sync::{Notify, Semaphore};
use tonic::service::RoutesBuilder;

use app::{App, Signals};
use peers::{DESTINATIONS, Peers};
use service::{Pace, Service};
use timers::{Drain, Meters};

/// Opens the database, follows the catalog, starts the mailbox and the timers, and adds the gRPC
/// services to `routes`.
///
/// # Errors
///
/// A database that is missing or newer, a peer that is no URI.
pub async fn start(
    config: Config,
    process: &boot::Process,
    routes: &mut RoutesBuilder,
) -> anyhow::Result<()> {
    let (app, post) = build(&config, process).await?;
    let db = app.db.clone();
    process.watch_health("tenure.lifecycle.v1.SubscriptionService", db.clone());
    let (clock, ids) = (process.clock.clone(), process.ids.clone());
    let refusals = Refusals::new("lifecycle", db.clone(), clock, ids, post.nudge());
    process.record_refusals("/tenure.lifecycle.v1.", Arc::new(refusals));
    post.recover().await?;
    app.resume_feed().await?;

    let catalog = CatalogServiceClient::new(process.peer(&config.peers.catalog)?);
    process.tasks.spawn(price_list::follow(catalog, db, process.stop.clone()));
    process.tasks.spawn(post.run(process.stop.clone()));
    spawn_timers(&config, process, &app);

    let pace =
        Pace { stop: process.stop.clone(), heartbeat: config.watch.heartbeat.unsigned_abs() };
    let (service, bytes_max) = (Service::new(app, pace), config.server.message_bytes_max);
    let subscriptions = SubscriptionServiceServer::new(service.clone());
    let billing = BillingServiceServer::new(service.clone());
    let test_clocks = TestClockServiceServer::new(service.clone());
    let timers = TimerServiceServer::new(service.clone());
    let transfers = TransferServiceServer::new(service.clone());
    let inbox = InboxServiceServer::new(service);
    routes
        .add_service(subscriptions.max_decoding_message_size(bytes_max))
        .add_service(billing.max_decoding_message_size(bytes_max))
        .add_service(transfers.max_decoding_message_size(bytes_max))
        .add_service(test_clocks.max_decoding_message_size(bytes_max))
        .add_service(timers.max_decoding_message_size(bytes_max))
        .add_service(inbox.max_decoding_message_size(bytes_max));
    Ok(())
}

/// Opens the database, and puts the verbs and the mailbox before it.
async fn build(
    config: &Config,
    process: &boot::Process,
) -> anyhow::Result<(Arc<App>, Arc<Post<Peers>>)> {
    let db = Db::open_to_serve(&config.db_url, MIGRATIONS, config.db_migrate).await?;
    let peers = Peers {
        catalog: process.peer(&config.peers.catalog)?,
        order: process.peer(&config.peers.order)?,
        license_key: process.peer(&config.peers.license_key)?,
        audit: process.peer(&config.peers.audit)?,
    };
    let post = Arc::new(Post::new(db.clone(), process.clock.clone(), peers.clone(), DESTINATIONS));
    let app = App {
        db,
        clocks: Clocks::new(process.clock.clone()),
        ids: process.ids.clone(),
        policy: config.policy.clone(),
        previews: Previews::new(process.seal.clone()),
        contract: Table::read(proto::DESCRIPTORS)?,
        seal: process.seal.clone(),
        nudge: Signals::new(post.nudge()),
        exports: Semaphore::new(app::export::AT_ONCE),
        peers: Arc::new(peers),
        has_test_clocks: config.test_clocks,
        settle_timeout: config.settle_timeout(),
    };
    Ok((Arc::new(app), post))
}

fn spawn_timers(config: &Config, process: &boot::Process, app: &Arc<App>) {
    let meters = Arc::new(Meters::new());
    let workers = match app.db.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => config.timer_workers.get(),
    };
    for _ in 0..workers {
        let (timed, batch, met) = (app.clone(), config.timer_batch, meters.clone());
        let drain = Arc::new(Mutex::new(Drain::default()));
        let tick = move || timers::tick(timed.clone(), batch, (drain.clone(), met.clone()));
        let nudge = app.nudge.timers.clone();
        process.tasks.spawn(worker::run(process.stop.clone(), config.timer_rest(), nudge, tick));
    }

    let followed = app.clone();
    let look = move || timers::look(followed.clone());
    let (poll, nudge) = (config.watch.poll.unsigned_abs(), app.nudge.feed.clone());
    process.tasks.spawn(worker::run(process.stop.clone(), poll, nudge, look));

    let completed = app.clone();
    let complete = move || timers::complete(completed.clone());
    let nudge = app.nudge.transfers.clone();
    process.tasks.spawn(worker::run(process.stop.clone(), config.timer_rest(), nudge, complete));

    let counted = app.clone();
    let count = move || timers::count(counted.clone(), meters.clone());
    let nudge = Arc::new(Notify::new());
    process.tasks.spawn(worker::run(process.stop.clone(), timers::COUNT_REST, nudge, count));

    let (swept, retention) = (app.clone(), config.retention);
    let sweep = move || timers::sweep(swept.clone(), retention);
    let nudge = Arc::new(Notify::new());
    process.tasks.spawn(worker::run(process.stop.clone(), timers::SWEEP_REST, nudge, sweep));
}

#[cfg(test)]
mod tests;
