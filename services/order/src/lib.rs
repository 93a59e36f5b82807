//! Who buys what: partners, customers, carts and orders. What becomes of a purchase is lifecycle's.
//! `docs/rules.md`: PAR, ORD, HIS, MKT-1, MKT-2, CAT-8, CAN-11, CAN-14.

pub mod app;
mod config;
mod convert;
pub mod domain;
pub mod error;
mod peers;
mod service;
mod store;
mod timers;

use std::sync::Arc;

use anyhow::Context;
use clock::Clocks;
use db::Db;
use journal::Refusals;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::order::customer_service_server::CustomerServiceServer;
use proto::order::inbox_service_server::InboxServiceServer;
use proto::order::order_service_server::OrderServiceServer;
use proto::order::partner_service_server::PartnerServiceServer;
use proto::order::support_service_server::SupportServiceServer;
use tokio::sync::Notify;

use crate::app::{App, Parts};
use crate::peers::{DESTINATIONS, Lifecycle, Post};
use crate::service::{Patience, Service};

pub use config::{Config, PatienceConfig, PeersConfig};
pub use store::MIGRATIONS;

/// The names of this service's gRPC services, as health knows them.
const SERVICES: [&str; 5] = [
    "tenure.order.v1.PartnerService",
    "tenure.order.v1.CustomerService",
    "tenure.order.v1.OrderService",
    "tenure.order.v1.SupportService",
    "tenure.order.v1.InboxService",
];

/// Opens the database, starts the post and the copy of the price list, and adds the gRPC services to
/// `routes`.
///
/// # Errors
///
/// A database that cannot be opened, a peer that is no URI, a duration below 0.
pub async fn start(
    config: Config,
    process: &boot::Process,
    routes: &mut tonic::service::RoutesBuilder,
) -> anyhow::Result<()> {
    let db = Db::open_to_serve(&config.db_url, &MIGRATIONS, config.db_migrate)
        .await
        .context("order cannot start")?;
    for name in SERVICES {
        process.watch_health(name, db.clone());
    }
    let app = build(&config, process, db).await.context("order cannot start")?;
    let timed = app.clone();
    let tick = move || timers::tick(timed.clone());
    let never_nudged = Arc::<Notify>::default();
    process.tasks.spawn(worker::run(process.stop.clone(), timers::REST, never_nudged, tick));
    serve(&config, app, process, routes);
    Ok(())
}

/// Puts the verbs together, and starts what goes on beside them.
async fn build(config: &Config, process: &boot::Process, db: Db) -> anyhow::Result<Arc<App>> {
    config.patience.check()?;
    config.check_sizes()?;
    config::check_policy(&config.policy)?;
    let PeersConfig { catalog, lifecycle, audit } = &config.peers;
    let courier = Post { lifecycle: process.peer(lifecycle)?, audit: process.peer(audit)? };
    let clock = process.clock.clone();
    let post = Arc::new(mailbox::Post::new(db.clone(), clock, courier, DESTINATIONS));
    let parts = Parts {
        db: db.clone(),
        clocks: Clocks::new(process.clock.clone()),
        ids: process.ids.clone(),
        post: post.nudge(),
        seal: process.seal.clone(),
        lifecycle: Lifecycle(process.peer(lifecycle)?),
        policy: config.policy.clone(),
        stop: process.stop.clone(),
    };
    let (clock, ids) = (process.clock.clone(), process.ids.clone());
    let refusals = Refusals::new("order", db.clone(), clock, ids, post.nudge());
    process.record_refusals("/tenure.order.v1.", Arc::new(refusals));
    post.recover().await?;
    process.tasks.spawn(post.run(process.stop.clone()));
    let catalog = CatalogServiceClient::new(process.peer(catalog)?);
    process.tasks.spawn(price_list::follow(catalog, db, process.stop.clone()));
    Ok(Arc::new(App::new(parts)))
}

fn serve(
    config: &Config,
    app: Arc<App>,
    process: &boot::Process,
    routes: &mut tonic::service::RoutesBuilder,
) {
    let PatienceConfig { by_default, at_most, margin } = config.patience;
    let patience = Patience {
        by_default: by_default.unsigned_abs(),
        at_most: at_most.unsigned_abs(),
        margin: margin.unsigned_abs(),
    };
    let bytes_max = config.server.message_bytes_max;
    let service = Service::new(app, process.seal.clone(), patience);
    let partners = PartnerServiceServer::new(service.clone());
    let customers = CustomerServiceServer::new(service.clone());
    let orders = OrderServiceServer::new(service.clone());
    let support = SupportServiceServer::new(service.clone());
    let inbox = InboxServiceServer::new(service);
    routes
        .add_service(partners.max_decoding_message_size(bytes_max))
        .add_service(customers.max_decoding_message_size(bytes_max))
        .add_service(orders.max_decoding_message_size(bytes_max))
        .add_service(support.max_decoding_message_size(bytes_max))
        .add_service(inbox.max_decoding_message_size(bytes_max));
}

#[cfg(test)]
mod tests;
