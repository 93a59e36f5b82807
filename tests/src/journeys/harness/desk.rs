//! Calls as anybody, to any service.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{AuthConfig, Claims, Signer};
use clock::{Clock, SystemClock};
use jiff::SignedDuration;
use tenure::client::{Client, with_token};
use tenure::keys::Secrets;
use tonic::transport::{Channel, Endpoint};

use super::fleet::Service;

/// Longer than any journey.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// A channel to each service.
#[derive(Debug, Clone)]
pub struct Doors(pub BTreeMap<Service, Channel>);

/// Returns a channel to a port of this machine; it connects when it is used, and again after a crash.
pub fn channel(port: u16) -> Channel {
    Endpoint::from_shared(format!("http://127.0.0.1:{port}")).expect("a URI").connect_lazy()
}

/// Where the services are, and a key that vouches for anybody.
#[derive(Debug, Clone)]
pub struct Desk {
    doors: Doors,
    signer: Arc<Signer>,
}

impl Desk {
    pub fn new(doors: Doors, secrets: &Secrets) -> Self {
        let signer = tenure::suite::signer(&secrets.private_key, &AuthConfig::default());
        Self { doors, signer: Arc::new(signer.expect("a signing key")) }
    }

    pub fn channel(&self, service: Service) -> Channel {
        self.doors.0[&service].clone()
    }

    pub fn token(&self, claims: &Claims) -> String {
        self.signer.sign(claims, SystemClock.now(), TOKEN_LIFETIME).expect("a token")
    }

    /// Returns a channel to `service` on which somebody calls.
    pub fn call(&self, service: Service, claims: &Claims) -> Client {
        self.call_with(service, &self.token(claims))
    }

    /// Returns a channel to `service` with a token, whatever it is worth.
    pub fn call_with(&self, service: Service, token: &str) -> Client {
        with_token(self.channel(service), token).expect("a header value")
    }

    pub fn operator(&self, service: Service) -> Client {
        self.call(service, &Claims::operator("olga@platform.example"))
    }

    /// Returns a channel on which one of our own services calls.
    pub fn sibling(&self, service: Service) -> Client {
        self.call(service, &Claims::service("journey"))
    }
}
