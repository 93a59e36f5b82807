//! The certificates of this process: with one pair of files it serves callers and calls its peers, and one
//! list of authorities vouches for both sides. They are read again while everything runs. Who a caller is
//! says its token, not its certificate.

mod accept;
mod caller;
mod connect;
mod validity;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::SignedDuration;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::{ConfigError, TlsConfig};

pub(crate) use accept::accept;
pub use caller::{CallerTls, connect, own_certificate_end, peer_certificate_end};
pub(crate) use connect::connector;

/// What gRPC speaks below.
const HTTP_2: &[u8] = b"h2";

/// The files, as they were last of use.
pub(crate) struct Tls {
    config: TlsConfig,
    rest: Duration,
    current: RwLock<Arc<Loaded>>,
}

/// What one look at the files made.
struct Loaded {
    files: Files,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

/// The files' texts; no `Debug`, for one is a private key.
#[derive(PartialEq, Eq)]
struct Files {
    certificate: String,
    private_key: String,
    authorities: String,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the files; `None` where none is configured.
    ///
    /// # Errors
    ///
    /// Some but not all of them configured; files that are missing, or do not go together.
    pub(crate) fn read(config: &TlsConfig) -> anyhow::Result<Option<Arc<Self>>> {
        let TlsConfig { certificate, private_key, authorities, .. } = config;
        let paths = [certificate, private_key, authorities];
        match paths.iter().filter(|path| !path.as_os_str().is_empty()).count() {
            0 => return Ok(None),
            3 => {}
            _ => anyhow::bail!("certificate, private_key and authorities are set all, or none"),
        }
        ensure!(SignedDuration::ZERO < config.reload_rest, "reload_rest must be more than 0s");
        let loaded = Loaded::of(Files::read(config)?)?;
        Ok(Some(Arc::new(Self {
            rest: config.reload_rest.unsigned_abs(),
            config: config.clone(),
            current: RwLock::new(Arc::new(loaded)),
        })))
    }

    /// Looks at the files again, and returns whether there was something new. Connections that are open
    /// stay as they are.
    ///
    /// # Errors
    ///
    /// Files that are of no use: then everything stays as it was.
    pub(crate) fn reload(&self) -> anyhow::Result<bool> {
        let files = Files::read(&self.config)?;
        if files == self.current().files {
            return Ok(false);
        }
        let loaded = Arc::new(Loaded::of(files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }

    /// Looks at the files again and again, and at once on SIGHUP, until told to stop.
    pub(crate) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let Ok(mut hang_up) = signal(SignalKind::hangup()) else {
            tracing::error!("nobody can listen for SIGHUP: certificates are not read again");
            return;
        };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.rest) => {}
                _ = hang_up.recv() => {}
            }
            match self.reload() {
                Ok(true) => tracing::info!("the certificates were read again"),
                Ok(false) => {}
                Err(error) => tracing::error!(
                    error = format!("{error:#}"),
                    "the new certificates are of no use: the former ones stay"
                ),
            }
        }
    }

    fn current(&self) -> Arc<Loaded> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Files {
    fn read(config: &TlsConfig) -> Result<Self, ConfigError> {
        let text = |path: &Path| {
            let read = std::fs::read_to_string(path);
            read.map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
        };
        Ok(Self {
            certificate: text(&config.certificate)?,
            private_key: text(&config.private_key)?,
            authorities: text(&config.authorities)?,
        })
    }
}

impl Loaded {
    fn of(files: Files) -> anyhow::Result<Self> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = certificates(&files.certificate).context("certificate")?;
        let key = PrivateKeyDer::from_pem_slice(files.private_key.as_bytes())
            .map_err(|_| anyhow::anyhow!("private_key is no private key in PEM"))?;
        let roots = Arc::new(roots(&files.authorities).context("authorities")?);
        let server = server(&provider, roots.clone(), (chain.clone(), key.clone_key()))?;
        let client = client(&provider, roots, (chain, key))?;
        Ok(Self { files, server: Arc::new(server), client: Arc::new(client) })
    }
}

/// A chain, the own certificate first, and its key.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Whoever connects has a certificate, or is not heard.
fn server(
    provider: &Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    (chain, key): Identity,
) -> anyhow::Result<ServerConfig> {
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone()).build();
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier.context("authorities")?)
        .with_single_cert(chain, key)
        .context("certificate and private_key do not go together")?;
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    Ok(config)
}

fn client(
    provider: &Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    (chain, key): Identity,
) -> anyhow::Result<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .context("certificate and private_key do not go together")?;
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    Ok(config)
}

fn certificates(text: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    let found = read.map_err(|_| anyhow::anyhow!("what it holds is no PEM"))?;
    ensure!(!found.is_empty(), "it holds no certificate in PEM");
    Ok(found)
}

fn roots(text: &str) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(text)? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

#[cfg(test)]
pub(crate) mod tests;
