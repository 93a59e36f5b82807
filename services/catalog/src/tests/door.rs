//! The whole way: a server with its door, an operator who imports, a service that follows.

use std::sync::Arc;
use std::time::Duration;

use access::{AuthConfig, Claims, Signer};
use boot::{IdentityConfig, Process, Server};
use db::{Db, Migration};
use jiff::SignedDuration;
use proto::catalog as pb;
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::catalog::import_catalog_request::Part;
use rstest::rstest;
use testkit::{Backend, ManualClock, TestDb, noon};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::RoutesBuilder;
use tonic::transport::Channel;
use tonic::{Code, Request};
use vocab::OfferId;

use super::{TWO, a_file, a_header, reason};
use crate::{Config, start, store};

const COPY: &[Migration] = &[
    Migration { version: 1, name: "price list", sql: price_list::TABLES },
    Migration { version: 2, name: "promotions", sql: price_list::PROMOTION_TABLES },
];

/// Waits no longer than this for what happens in the background.
const PATIENCE: Duration = Duration::from_secs(20);

struct Running {
    uri: String,
    process: Process,
    server: JoinHandle<anyhow::Result<()>>,
}

/// A catalog that can be stopped and started again on its database and its address.
struct Place {
    config: Config,
    signer: Signer,
    _db: TestDb,
}

impl Place {
    async fn on(backend: Backend) -> Self {
        let db = TestDb::fresh(backend, store::MIGRATIONS).await;
        let pair = access::generate_key_pair().unwrap();
        let auth = AuthConfig { public_keys: vec![pair.public_pem], ..AuthConfig::default() };
        let signer = Signer::from_pem(&pair.private_pem, &auth.issuer, &auth.audience, "");
        let identity = IdentityConfig { private_key: pair.private_pem };
        let mut config = Config { db_url: db.url.clone(), auth, identity, ..Config::default() };
        config.server.listen = "127.0.0.1:0".parse().unwrap();
        Self { config, signer: signer.unwrap(), _db: db }
    }

    async fn start(&mut self) -> Running {
        let Config { server, identity, auth, .. } = &self.config;
        let clock = Arc::new(ManualClock::new(noon()));
        let process = Process::new("catalog", server, identity, auth, clock).unwrap();
        let listener = boot::listen(server.listen).await.unwrap();
        let server = Server::new(process.clone(), auth, listener).unwrap();
        self.config.server.listen = server.address().unwrap();
        let mut routes = RoutesBuilder::default();
        start(self.config.clone(), &process, &mut routes).await.unwrap();
        let uri = format!("http://{}", self.config.server.listen);
        Running { uri, process, server: tokio::spawn(server.run(routes)) }
    }

    fn bearer(&self, claims: &Claims) -> String {
        let token = self.signer.sign(claims, noon(), SignedDuration::from_hours(1)).unwrap();
        format!("Bearer {token}")
    }

    async fn import(
        &self,
        running: &Running,
        claims: &Claims,
        file: &str,
    ) -> Result<pb::ImportCatalogResponse, tonic::Status> {
        let channel = Channel::from_shared(running.uri.clone()).unwrap().connect_lazy();
        let parts = [Part::Header(a_header()), Part::Chunk(file.as_bytes().to_vec())];
        let parts = parts.map(|part| pb::ImportCatalogRequest { part: Some(part) });
        let mut request = Request::new(futures::stream::iter(parts));
        let bearer = self.bearer(claims).parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        let answer = CatalogServiceClient::new(channel).import_catalog(request).await;
        answer.map(tonic::Response::into_inner)
    }
}

impl Running {
    async fn stop(self) {
        self.process.stop.cancel();
        self.server.await.unwrap().unwrap();
    }
}

/// Waits until the copy has this price for the full suite, and has caught up.
async fn arrives(copy: &Db, minor: i64) {
    let offer = OfferId("full-p1y-annual-de".to_owned());
    let seen = async {
        loop {
            let mut tx = copy.read().await.unwrap();
            let found = price_list::offer_at(&mut tx, &offer, noon()).await.unwrap();
            let is_there = found.is_some_and(|offer| offer.price.minor == minor);
            if is_there && price_list::caught_up(&mut tx).await.unwrap() {
                return;
            }
            tx.commit().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_follower_has_what_was_imported_and_survives_a_restart_of_the_catalog(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let mut place = Place::on(backend).await;
    let catalog = place.start().await;
    let operator = Claims::operator("olga");
    place.import(&catalog, &operator, &a_file(TWO)).await.unwrap();

    let copy = TestDb::fresh(backend, COPY).await;
    let follower_stop = CancellationToken::new();
    let peer = catalog.process.peer(&catalog.uri).unwrap();
    let following = tokio::spawn(price_list::follow(
        CatalogServiceClient::new(peer),
        copy.db.clone(),
        follower_stop.clone(),
    ));
    arrives(&copy.db, 12_000).await;
    let changed = a_file(&TWO.replace("120", "126"));
    place.import(&catalog, &operator, &changed).await.unwrap();
    arrives(&copy.db, 12_600).await;

    catalog.stop().await;
    arrives(&copy.db, 12_600).await;
    let catalog = place.start().await;
    let again = a_file(&TWO.replace("120", "130"));
    place.import(&catalog, &operator, &again).await.unwrap();
    arrives(&copy.db, 13_000).await;

    follower_stop.cancel();
    following.await.unwrap();
    catalog.stop().await;
}

#[tokio::test]
async fn only_operators_import() {
    let mut place = Place::on(Backend::Sqlite).await;
    let catalog = place.start().await;
    let service = Claims::service("order");
    let refused = place.import(&catalog, &service, &a_file(TWO)).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::PermissionDenied, "ROLE_REQUIRED".to_owned())
    );
    catalog.stop().await;
}

#[tokio::test]
async fn a_file_of_mistakes_is_told_over_the_wire() {
    let mut place = Place::on(Backend::Sqlite).await;
    let catalog = place.start().await;
    let lines: Vec<_> =
        (0..1_000).map(|n| format!("    none-{n}-{}: {{}}\n", "😀".repeat(300))).collect();
    let file = a_file(&format!("  2026-01-01:\n{}", lines.concat()));
    let refused = place.import(&catalog, &Claims::operator("olga"), &file).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::InvalidArgument, "CATALOG_INVALID".to_owned())
    );
    catalog.stop().await;
}
