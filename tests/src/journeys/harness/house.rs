//! The five services in this process, on one address.

use std::net::SocketAddr;
use std::sync::Arc;

use access::Signer;
use clock::SystemClock;
use tenure::keys::Secrets;
use tenure::suite::{Plan, Suite};
use testkit::Backend;

use super::desk::{Desk, Doors, channel};
use super::fleet::Service;
use super::place::Place;

/// A suite, and where it keeps its data.
#[derive(Debug)]
pub struct House {
    pub suite: Suite,
    secrets: Secrets,
    /// Goes after the suite.
    place: Place,
}

impl House {
    pub async fn on(backend: Backend) -> Self {
        let place = Place::fresh(backend);
        let secrets = Secrets::random().expect("keys");
        let plan = Plan {
            databases: place.databases(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            downloads: SocketAddr::from(([127, 0, 0, 1], 0)),
            clock: Arc::new(SystemClock),
            test_clocks: true,
            secrets: secrets.clone(),
        };
        Self { suite: Suite::start(plan).await.expect("five services"), secrets, place }
    }

    /// Returns where a service keeps its data, as configurations have it.
    pub fn url(&self, service: Service) -> String {
        self.place.databases().url(service.name())
    }

    /// Returns what signs with the suite's own key, for whatever issuer and audience.
    pub fn signer(&self, issuer: &str, audience: &str) -> Signer {
        Signer::from_pem(&self.secrets.private_key, issuer, audience, "").expect("a signing key")
    }

    /// Returns where to call, and with whose word.
    pub fn desk(&self) -> Desk {
        let channel = channel(self.suite.address.port());
        let doors = Service::ALL.map(|service| (service, channel.clone()));
        Desk::new(Doors(doors.into()), &self.secrets)
    }
}
