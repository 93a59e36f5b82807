//! Who is let in, who is believed, and what happens when certificates change.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use access::AuthConfig;
use jiff::SignedDuration;
use rstest::rstest;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::RoutesBuilder;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use vocab::IdGen;

use super::{CallerTls, Loaded, Tls, accept, connector};
use crate::config::{IdentityConfig, ServerConfig, TlsConfig};
use crate::process::Process;
use crate::tests::authority::Authority;

/// The files of one process; gone after the test.
pub(crate) struct Files(PathBuf);

impl Files {
    pub(crate) fn of(vouched_by: &Authority, believes: &[&Authority]) -> Self {
        let folder = std::env::temp_dir().join(format!("tls_{}", IdGen::random().uuid()));
        fs::create_dir(&folder).unwrap();
        let files = Self(folder);
        files.put(vouched_by.vouch(), believes);
        files
    }

    fn put(&self, (certificate, key): (String, String), believes: &[&Authority]) {
        fs::write(self.0.join("tls.crt"), certificate).unwrap();
        fs::write(self.0.join("tls.key"), key).unwrap();
        let all: String = believes.iter().map(|one| one.pem()).collect();
        fs::write(self.0.join("ca.crt"), all).unwrap();
    }

    fn config(&self) -> TlsConfig {
        TlsConfig {
            certificate: self.0.join("tls.crt"),
            private_key: self.0.join("tls.key"),
            authorities: self.0.join("ca.crt"),
            ..TlsConfig::none()
        }
    }

    pub(crate) fn tls(&self) -> Arc<Tls> {
        Tls::read(&self.config()).unwrap().unwrap()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Serves health with certificates; the token ends it.
async fn serve(tls: Arc<Tls>) -> (SocketAddr, tokio_util::sync::DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let (reporter, health) = tonic_health::server::health_reporter();
    drop(reporter);
    let incoming = accept(listener, tls, stop.clone());
    tokio::spawn(Server::builder().add_service(health).serve_with_incoming(incoming));
    (address, stop.drop_guard())
}

fn endpoint(scheme: &str, address: SocketAddr) -> Endpoint {
    let uri = format!("{scheme}://localhost:{}", address.port());
    Endpoint::from_shared(uri).unwrap().timeout(Duration::from_secs(10))
}

async fn is_heard(channel: Channel) -> bool {
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.is_ok()
}

async fn is_heard_as(tls: Arc<Tls>, address: SocketAddr) -> bool {
    is_heard(endpoint("https", address).connect_with_connector_lazy(connector(tls))).await
}

/// Both sides have to be vouched for by somebody whom the other believes.
#[rstest]
#[case::both(true, true, true)]
#[case::a_caller_of_somebody_else(true, false, false)]
#[case::a_server_of_somebody_else(false, true, false)]
#[tokio::test]
async fn each_side_is_vouched_for(
    #[case] server_is_ours: bool,
    #[case] caller_is_ours: bool,
    #[case] heard: bool,
) {
    let (ours, others) = (Authority::new(), Authority::new());
    let of = |is_ours| if is_ours { &ours } else { &others };
    let (server, caller) =
        (Files::of(of(server_is_ours), &[&ours]), Files::of(of(caller_is_ours), &[&ours]));
    let (address, _running) = serve(server.tls()).await;
    assert_eq!(is_heard_as(caller.tls(), address).await, heard);
}

#[tokio::test]
async fn whoever_has_no_certificate_is_not_heard() {
    let ours = Authority::new();
    let files = Files::of(&ours, &[&ours]);
    let (address, _running) = serve(files.tls()).await;
    assert!(!is_heard(endpoint("http", address).connect_lazy()).await);

    let tls = files.tls();
    let mut client = rustls::ClientConfig::clone(&tls.current().client);
    client.client_auth_cert_resolver = Arc::new(NoCertificate);
    let without = Loaded {
        files: super::Files::read(&files.config()).unwrap(),
        server: tls.current().server.clone(),
        client: Arc::new(client),
    };
    *tls.current.write().unwrap() = Arc::new(without);
    assert!(!is_heard_as(tls, address).await);
    assert!(is_heard_as(files.tls(), address).await);
}

/// Shows nothing.
#[derive(Debug)]
struct NoCertificate;

impl rustls::client::ResolvesClientCert for NoCertificate {
    fn resolve(
        &self,
        _: &[&[u8]],
        _: &[rustls::SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// An authority is replaced while everything runs: first both are believed, then only the new one.
#[tokio::test]
async fn certificates_change_while_the_server_runs() {
    let (old, new) = (Authority::new(), Authority::new());
    let (server, caller) = (Files::of(&old, &[&old]), Files::of(&old, &[&old]));
    let (serving, calling) = (server.tls(), caller.tls());
    let (address, _running) = serve(serving.clone()).await;
    let open = endpoint("https", address).connect_with_connector_lazy(connector(calling.clone()));
    assert!(is_heard(open.clone()).await);
    assert!(!serving.reload().unwrap(), "nothing has changed");

    let stranger = Files::of(&new, &[&new]).tls();
    assert!(!is_heard_as(stranger.clone(), address).await);
    server.put(new.vouch(), &[&new]);
    assert!(serving.reload().unwrap());
    assert!(is_heard_as(stranger, address).await);
    assert!(!is_heard_as(calling.clone(), address).await);
    assert!(is_heard(open).await, "what is open stays open");

    caller.put(new.vouch(), &[&new]);
    assert!(calling.reload().unwrap());
    assert!(is_heard_as(calling, address).await);
}

/// Of files that are of no use nothing is taken over, and why is said.
#[rstest]
#[case::half_written("tls.crt", Some("-----BEGIN CERTIFICATE-----\nMIIB"), "certificate")]
#[case::of_another_pair("tls.key", None, "do not go together")]
#[case::no_key("tls.key", Some("secret"), "private_key")]
#[case::nobody_is_believed("ca.crt", Some(""), "authorities")]
#[tokio::test]
async fn a_broken_file_leaves_all_as_it_was(
    #[case] file: &str,
    #[case] text: Option<&str>,
    #[case] expected: &str,
) {
    let ours = Authority::new();
    let files = Files::of(&ours, &[&ours]);
    let tls = files.tls();
    let (address, _running) = serve(tls.clone()).await;
    let text = text.map_or_else(|| ours.vouch().1, ToOwned::to_owned);
    fs::write(files.0.join(file), &text).unwrap();

    let said = format!("{:#}", tls.reload().unwrap_err());
    assert!(said.contains(expected), "{said}");
    assert!(!said.contains("secret"), "{said}");
    assert!(is_heard_as(tls.clone(), address).await);
    assert!(Tls::read(&files.config()).is_err(), "nobody starts with them");

    files.put(ours.vouch(), &[&ours]);
    assert!(tls.reload().unwrap());
    assert!(is_heard_as(tls, address).await);
}

/// The files are looked at by themselves.
#[tokio::test]
async fn changes_are_seen_without_being_told() {
    let ours = Authority::new();
    let files = Files::of(&ours, &[&ours]);
    let soon = TlsConfig { reload_rest: SignedDuration::from_millis(1), ..files.config() };
    let tls = Tls::read(&soon).unwrap().unwrap();
    let stop = CancellationToken::new();
    let watching = tokio::spawn(tls.clone().watch(stop.clone()));
    let before = tls.current();
    files.put(ours.vouch(), &[&ours]);
    let seen = async {
        while Arc::ptr_eq(&before, &tls.current()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), seen).await.unwrap();
    stop.cancel();
    watching.await.unwrap();
}

#[test]
fn half_a_configuration_is_none() {
    let ours = Authority::new();
    let files = Files::of(&ours, &[&ours]);
    assert!(Tls::read(&TlsConfig::none()).unwrap().is_none());
    let half = TlsConfig { authorities: PathBuf::new(), ..files.config() };
    assert!(Tls::read(&half).unwrap_err().to_string().contains("all, or none"));
    let never = TlsConfig { reload_rest: SignedDuration::ZERO, ..files.config() };
    assert!(Tls::read(&never).unwrap_err().to_string().contains("reload_rest"));
}

/// The whole server and a peer as services have them; probes ask elsewhere, without a certificate.
#[tokio::test]
async fn a_service_is_served_and_called_with_certificates() {
    let ours = Authority::new();
    let files = Files::of(&ours, &[&ours]);
    let pair = access::generate_key_pair().unwrap();
    let auth = AuthConfig { public_keys: vec![pair.public_pem], ..AuthConfig::default() };
    let identity = IdentityConfig { private_key: pair.private_pem };
    let probes = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let tls = TlsConfig { health_listen: probes.to_string(), ..files.config() };
    let process = |tls| {
        let server = ServerConfig { tls, ..ServerConfig::default() };
        Process::new("order", &server, &identity, &auth, Arc::new(clock::SystemClock)).unwrap()
    };
    let service = process(tls);
    let listener = crate::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let server = crate::Server::new(service.clone(), &auth, listener).unwrap();
    let uri = format!("https://localhost:{}", server.address().unwrap().port());
    let running = tokio::spawn(server.run(RoutesBuilder::default()));

    let peer = service.peer(&uri).unwrap();
    HealthClient::new(peer).check(HealthCheckRequest::default()).await.unwrap();
    assert!(is_heard(endpoint("http", probes).connect_lazy()).await);
    service.stop.cancel();
    running.await.unwrap().unwrap();

    let refused = process(TlsConfig::none()).peer(&uri).unwrap_err().to_string();
    assert!(refused.contains("server.tls has none"), "{refused}");
}

/// As the operator's commands call: a service hears whoever shows a certificate, under whatever name it is
/// reached.
#[rstest]
#[case::its_own_name("localhost", None, true)]
#[case::a_name_that_is_not_in_its_certificate("127.0.0.1", None, false)]
#[case::the_name_that_is_told("127.0.0.1", Some("localhost"), true)]
#[case::another_name("localhost", Some("order"), false)]
#[tokio::test]
async fn a_caller_names_whom_it_calls(
    #[case] host: &str,
    #[case] told: Option<&str>,
    #[case] heard: bool,
) {
    let ours = Authority::new();
    let files = Files::of(&ours, &[&ours]);
    let (address, _stop) = serve(files.tls()).await;
    let TlsConfig { certificate, private_key, authorities, .. } = files.config();
    let tls = CallerTls {
        authorities,
        identity: Some((certificate, private_key)),
        host: told.map(ToOwned::to_owned),
    };
    let channel = super::connect(&format!("{host}:{}", address.port()), Some(&tls)).await;
    assert_eq!(channel.is_ok(), heard);
    if let Ok(channel) = channel {
        assert!(is_heard(channel).await);
    }
}

#[tokio::test]
async fn a_caller_without_a_certificate_is_not_heard() {
    let ours = Authority::new();
    let files = Files::of(&ours, &[&ours]);
    let (address, _stop) = serve(files.tls()).await;
    let authorities = files.config().authorities;
    let tls = CallerTls { authorities, identity: None, host: None };
    let at = format!("localhost:{}", address.port());
    // The server's refusal may come with the handshake or with the first call.
    let channel = super::connect(&at, Some(&tls)).await;
    assert!(match channel {
        Ok(channel) => !is_heard(channel).await,
        Err(_) => true,
    });
    assert!(match super::connect(&at, None).await {
        Ok(channel) => !is_heard(channel).await,
        Err(_) => true,
    });
}

#[tokio::test]
async fn certificates_tell_when_they_end() {
    let ours = Authority::new();
    let files = Files::of(&ours, &[&ours]);
    // Before 2050 a year is written with two digits.
    for year in [2027, 2049, 2050, 2187] {
        files.put(ours.vouch_until(year), &[&ours]);
        let end = super::own_certificate_end(&files.config()).unwrap().unwrap();
        assert_eq!(end.to_string(), format!("{year}-02-28T00:00:00Z"));
    }
    let (address, _stop) = serve(files.tls()).await;
    let uri = format!("https://localhost:{}", address.port());
    let end = super::peer_certificate_end(&files.config(), &uri).await.unwrap();
    assert_eq!(end.to_string(), "2187-02-28T00:00:00Z");
    assert_eq!(super::own_certificate_end(&TlsConfig::none()).unwrap(), None);
}
