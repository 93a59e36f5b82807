//! The catalog on a real database, at noon.

mod availability;
mod browse;
mod door;
mod import;
mod large;
mod offered;
mod selling;
mod start;
mod tables;
mod watch;
mod wire;

use std::sync::Arc;

use access::{Caller, Reach};
use boot::{IdentityConfig, Process};
use db::Tx;
use futures::stream;
use proto::catalog as pb;
use proto::catalog::import_catalog_request::Part;
use proto::common::Role;
use testkit::{Backend, ManualClock, TestDb, noon};
use tokio::sync::watch as signal;
use tonic::{Request, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::Config;
use crate::app::Progress;
use crate::service::Service;
use crate::store;

/// A file with one product, and prices for it.
pub(crate) fn a_file(prices: &str) -> String {
    format!(
        "format: 1
description: A file
markets: {{DE: EUR, US: USD, AU: AUD, XK: EUR}}
products:
  suites:
    title: Suites
    kind: LICENSE_BASED
    skus:
      basic: {{title: Basic}}
      full: {{title: Full}}
prices:
{prices}"
    )
}

/// Two offers from 2026-01-01.
pub(crate) const TWO: &str = "  2026-01-01:
    basic: {P1Y/ANNUAL: {DE: 60}}
    full: {P1Y/ANNUAL: {DE: 120}}
";

/// The catalog, and what a test needs around it.
pub(crate) struct House {
    pub(crate) service: Service,
    pub(crate) process: Process,
    pub(crate) config: Config,
    pub(crate) place: TestDb,
}

/// Returns a process as the binary makes one, with a clock at noon.
pub(crate) fn a_process(config: &Config) -> Process {
    let key = access::generate_key_pair().unwrap().private_pem;
    let identity = IdentityConfig { private_key: key };
    let clock = Arc::new(ManualClock::new(noon()));
    Process::new("catalog", &config.server, &identity, &config.auth, clock).unwrap()
}

impl House {
    pub(crate) async fn on(backend: Backend) -> Self {
        Self::with(backend, |_| {}).await
    }

    pub(crate) async fn with(backend: Backend, set: impl FnOnce(&mut Config)) -> Self {
        let place = TestDb::fresh(backend, store::MIGRATIONS).await;
        let mut config = Config { db_url: place.url.clone(), ..Config::default() };
        set(&mut config);
        let process = a_process(&config);
        let (service, _post) = crate::build(&config, &process).await.unwrap();
        Self { service, process, config, place }
    }

    /// Imports a file under a request id of its own.
    pub(crate) async fn import(&self, file: &str) -> Result<pb::ImportCatalogResponse, Status> {
        self.send(a_header(), file.as_bytes()).await
    }

    pub(crate) async fn send(
        &self,
        header: pb::ImportCatalogHeader,
        file: &[u8],
    ) -> Result<pb::ImportCatalogResponse, Status> {
        let chunks = file.chunks(100).map(|chunk| Part::Chunk(chunk.to_vec()));
        self.upload(std::iter::once(Part::Header(header)).chain(chunks)).await
    }

    pub(crate) async fn upload(
        &self,
        parts: impl Iterator<Item = Part> + Send,
    ) -> Result<pb::ImportCatalogResponse, Status> {
        let pieces = parts.map(|part| Ok(pb::ImportCatalogRequest { part: Some(part) }.into()));
        let progress = signal::Sender::new(Progress::default());
        let importing = self.service.import(an_operator(), stream::iter(pieces), progress);
        importing.await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn tx(&self) -> Tx {
        self.place.db.read().await.unwrap()
    }
}

pub(crate) fn a_header() -> pb::ImportCatalogHeader {
    #[expect(clippy::disallowed_methods, reason = "no test looks at it")]
    let request_id = Uuid::now_v7().to_string();
    pb::ImportCatalogHeader { request_id, ..Default::default() }
}

pub(crate) fn an_operator() -> Caller {
    Caller {
        subject: "olga".to_owned(),
        partner: None,
        customer: None,
        roles: [Role::Operator].into(),
        reach: Reach::All,
    }
}

/// Returns a request as it comes through the door.
pub(crate) fn asked<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(an_operator());
    request
}

pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

pub(crate) fn timestamp(text: &str) -> prost_types::Timestamp {
    rpc::wire::timestamp(text.parse().unwrap())
}
