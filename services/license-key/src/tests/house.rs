//! The house: a database of its own, a manual clock, the real server with its door, two stubs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use access::{AuthConfig, Caller, Claims, KeyPair, Reach, Signer};
use boot::{IdentityConfig, Process, Server, ServerConfig};
use clock::Clock as _;
use jiff::SignedDuration;
use mailbox::Post;
use proto::common::Role;
use proto::licensekey as pb;
use proto::licensekey::activation_service_client::ActivationServiceClient;
use proto::licensekey::key_pool_service_client::KeyPoolServiceClient;
use proto::licensekey::migration_service_client::MigrationServiceClient;
use proto::licensekey::software_service_client::SoftwareServiceClient;
use testkit::{Backend, IdGen, ManualClock, TestDb, noon};
use tokio::net::TcpListener;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::Channel;
use tonic::{Request, Status};
use uuid::Uuid;
use vocab::{MessageId, PartnerId, RequestId, SubscriptionId};
use worker::Progress;

use super::stub::Stub;
use crate::app::{App, Ask, ImportAsk, ImportOutcome};
use crate::domain::tests::a_purchase;
use crate::domain::{KeyKind, Pool, Purchase, PurchaseState, SkuName};
use crate::peers::Peers;
use crate::{Config, DownloadsConfig, PeersConfig, store, web};

/// A master key that is no secret.
pub const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub struct House {
    pub app: Arc<App>,
    pub stub: Stub,
    pub clock: Arc<ManualClock>,
    pub config: Config,
    pub process: Process,
    /// Where download links are opened.
    pub downloads: SocketAddr,
    post: Post<Peers>,
    signer: Signer,
    channel: Channel,
    _db: TestDb,
}

impl House {
    pub async fn on(backend: Backend) -> Self {
        Self::with(backend, |config| config).await
    }

    /// A house whose configuration is another.
    pub async fn with(backend: Backend, change: impl FnOnce(Config) -> Config) -> Self {
        let db = TestDb::fresh(backend, store::MIGRATIONS).await;
        let (stub, address) = Stub::start().await;
        let uri = format!("http://{address}");
        let pair = access::generate_key_pair().unwrap();
        let config = change(configured(&db.url, &uri, &pair));
        let clock = Arc::new(ManualClock::new(noon()));
        let process = process(&config, clock.clone());
        let (app, post, listener) = build(&config, &process).await.unwrap();
        let downloads = listener.local_addr().unwrap();
        tokio::spawn(web::serve(listener, app.clone(), process.stop.clone()));

        let mut routes = Routes::builder();
        crate::serve(&config, &app, &process, &mut routes);
        let channel = listen(&config, &process, routes).await;
        let AuthConfig { issuer, audience, .. } = &config.auth;
        let signer = Signer::from_pem(&pair.private_pem, issuer, audience, "").unwrap();
        Self { app, stub, clock, config, process, downloads, post, signer, channel, _db: db }
    }

    /// Returns `message` as a call of whoever `claims` say.
    pub fn call<T>(&self, claims: &Claims, message: T) -> Request<T> {
        let token =
            self.signer.sign(claims, self.clock.now(), SignedDuration::from_hours(1)).unwrap();
        let mut request = Request::new(message);
        let bearer = format!("Bearer {token}").parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    pub fn software(&self) -> SoftwareServiceClient<Channel> {
        SoftwareServiceClient::new(self.channel.clone())
    }

    pub fn pools(&self) -> KeyPoolServiceClient<Channel> {
        KeyPoolServiceClient::new(self.channel.clone())
    }

    pub fn activations(&self) -> ActivationServiceClient<Channel> {
        ActivationServiceClient::new(self.channel.clone())
    }

    pub fn migrations(&self) -> MigrationServiceClient<Channel> {
        MigrationServiceClient::new(self.channel.clone())
    }

    /// Records a purchase, of which lifecycle then says the same.
    pub async fn given(&self, purchase: Purchase) -> Purchase {
        self.stub.says(&purchase, purchase.state);
        self.tell(purchase.clone()).await;
        purchase
    }

    /// Lets a message of lifecycle arrive.
    pub async fn tell(&self, purchase: Purchase) {
        let message = (MessageId(self.process.ids.uuid()), purchase);
        self.app.record_purchases(vec![message]).await.unwrap();
    }

    /// Lets a purchase move on, here and in lifecycle.
    pub async fn becomes(&self, purchase: &Purchase, state: PurchaseState) {
        let version = purchase.version + 1;
        self.given(Purchase { state, version, ..purchase.clone() }).await;
    }

    /// Imports `count` keys of a SKU: those of [`key`], from number `first`.
    pub async fn stocked(&self, sku: &SkuName, first: u64, count: u64) -> ImportOutcome {
        let file: String = (first..first + count).map(|number| key(number) + "\n").collect();
        let ask = self.import_of(sku);
        let mut import = self.app.import(&operator(), ask).await.unwrap();
        import.push(file.as_bytes()).await.unwrap();
        import.finish().await.unwrap()
    }

    /// An import of a SKU's keys under a new id.
    pub fn import_of(&self, sku: &SkuName) -> ImportAsk {
        let id = RequestId(self.process.ids.uuid());
        ImportAsk { id, sku: sku.clone(), kind: KeyKind::Mak, activation_limit: None }
    }

    pub async fn pool(&self, sku: &SkuName) -> Pool {
        self.app.pool(sku.clone()).await.unwrap()
    }

    pub async fn reveal(
        &self,
        claims: &Claims,
        purchase: &Purchase,
    ) -> Result<pb::RevealProductKeyResponse, Status> {
        self.reveal_kind(claims, purchase, pb::KeyKind::Mak).await
    }

    pub async fn reveal_kind(
        &self,
        claims: &Claims,
        purchase: &Purchase,
        kind: pb::KeyKind,
    ) -> Result<pb::RevealProductKeyResponse, Status> {
        let message = ask(purchase, kind, self.process.ids.uuid());
        let answer = self.software().reveal_product_key(self.call(claims, message)).await;
        answer.map(tonic::Response::into_inner)
    }

    /// Returns how many letters are durable and wait for audit.
    pub async fn waiting(&self) -> i64 {
        self.app.backlog().await.unwrap().waiting_count
    }

    /// Delivers all letters; returns what audit then has.
    pub async fn delivered(&self) -> Vec<proto::audit::Entry> {
        while self.post.deliver_once("audit").await.unwrap() == Progress::More {}
        assert_eq!(self.waiting().await, 0);
        self.stub.script().entries.clone()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.process.stop.cancel();
    }
}

fn configured(db_url: &str, uri: &str, pair: &KeyPair) -> Config {
    Config {
        db_url: db_url.to_owned(),
        auth: AuthConfig { public_keys: vec![pair.public_pem.clone()], ..AuthConfig::default() },
        identity: IdentityConfig { private_key: pair.private_pem.clone() },
        peers: PeersConfig {
            catalog: uri.to_owned(),
            lifecycle: uri.to_owned(),
            audit: uri.to_owned(),
        },
        downloads: DownloadsConfig { listen: ANY_PORT, ..DownloadsConfig::default() },
        master_key: MASTER_KEY.to_owned(),
        ..Config::default()
    }
}

/// Builds the service as `start` does; returns it with where links are opened.
pub async fn build(
    config: &Config,
    process: &Process,
) -> anyhow::Result<(Arc<App>, Post<Peers>, TcpListener)> {
    let listener = boot::listen(config.downloads.listen).await?;
    let (app, post) = crate::build(config, process, &listener).await?;
    Ok((app, post, listener))
}

pub fn process(config: &Config, clock: Arc<ManualClock>) -> Process {
    let server = ServerConfig::default();
    let process = Process::new("license-key", &server, &config.identity, &config.auth, clock);
    let mut process = process.unwrap();
    process.ids = IdGen::counted();
    process
}

async fn listen(config: &Config, process: &Process, routes: RoutesBuilder) -> Channel {
    let listener = boot::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let server = Server::new(process.clone(), &config.auth, listener).unwrap();
    let uri = format!("http://{}", server.address().unwrap());
    tokio::spawn(server.run(routes));
    Channel::from_shared(uri).unwrap().connect_lazy()
}

/// The `number`th key: 32 digits that stand for nothing.
pub fn key(number: u64) -> String {
    format!("{:032}", 7_000_000_000_000_u64 + number)
}

pub fn ask(purchase: &Purchase, kind: pb::KeyKind, id: Uuid) -> pb::RevealProductKeyRequest {
    pb::RevealProductKeyRequest {
        subscription: rpc::name::Subscription(purchase.customer, purchase.id).to_string(),
        request_id: id.to_string(),
        kind: kind.into(),
    }
}

/// Another purchase of the same customer, partner and SKU.
pub fn purchase_number(number: u128) -> Purchase {
    Purchase { id: SubscriptionId(Uuid::from_u128(0x5100 + number)), ..a_purchase() }
}

/// An Admin agent of the partner that sold `purchase`.
pub fn agent(purchase: &Purchase) -> Claims {
    Claims::partner("ada@seller.example", purchase.partner, [Role::AdminAgent])
}

/// An Admin agent of a partner that sold nothing.
pub fn stranger() -> Claims {
    let partner = PartnerId(Uuid::from_u128(0xbad));
    Claims::partner("eve@other.example", partner, [Role::AdminAgent])
}

/// An operator, behind the door.
pub fn operator() -> Caller {
    Caller {
        subject: "op@tenure.example".to_owned(),
        partner: None,
        customer: None,
        roles: [Role::Operator].into(),
        reach: Reach::All,
    }
}

/// What an Admin agent of the seller asks, once the door has let it in.
pub fn behind_the_door(purchase: &Purchase) -> (Caller, Ask) {
    let caller = Caller {
        subject: "ada@seller.example".to_owned(),
        partner: Some(purchase.partner),
        customer: None,
        roles: [Role::AdminAgent].into(),
        reach: Reach::Partner(purchase.partner),
    };
    let Purchase { customer, id, .. } = *purchase;
    (caller, Ask { customer, purchase: id, kind: KeyKind::Mak })
}
