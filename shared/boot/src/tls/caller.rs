//! Connections of whoever is no service: of the operator's commands. As a service, they believe certain
//! authorities, and show a certificate of their own where they have one.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, ensure};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::version::TLS13;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::{ServiceExt, service_fn};

use super::validity::end_of;
use super::{HTTP_2, Tls, certificates, connector, roots};
use crate::config::{ConfigError, TlsConfig};

/// What a caller believes, and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerTls {
    /// The path of the certificates (PEM) of those who vouch for services.
    pub authorities: PathBuf,
    /// The paths of its certificate and private key (PEM). Services of the suite hear nobody without.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// The name that the service's certificate has, where it is not the host that is called.
    pub host: Option<String>,
}

/// Connects to `host:port`, with certificates where there are some to believe.
///
/// # Errors
///
/// When nobody answers there, or files are of no use.
pub async fn connect(address: &str, tls: Option<&CallerTls>) -> anyhow::Result<Channel> {
    let Some(tls) = tls else {
        return Ok(Endpoint::from_shared(format!("http://{address}"))?.connect().await?);
    };
    let config = tls.config()?;
    let endpoint = Endpoint::from_shared(format!("https://{address}"))?;
    let host = tls.host.as_deref().or(endpoint.uri().host()).unwrap_or_default();
    let host = host.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).context("the name of the service's certificate")?;
    let address = address.to_owned();
    let open = service_fn(move |_: Uri| {
        let (config, name, address) = (config.clone(), name.clone(), address.clone());
        async move {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            TlsConnector::from(config).connect(name, stream).await.map(TokioIo::new)
        }
    });
    Ok(endpoint.connect_with_connector(open).await?)
}

impl CallerTls {
    fn config(&self) -> anyhow::Result<Arc<ClientConfig>> {
        let text = |path: &PathBuf| {
            let read = std::fs::read_to_string(path);
            read.map_err(|source| ConfigError::Unreadable { path: path.clone(), source })
        };
        let about = |path: &PathBuf| path.display().to_string();
        let authorities =
            roots(&text(&self.authorities)?).with_context(|| about(&self.authorities))?;
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(authorities);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain =
                    certificates(&text(certificate)?).with_context(|| about(certificate))?;
                let read = PrivateKeyDer::from_pem_slice(text(key)?.as_bytes());
                let key =
                    read.map_err(|_| anyhow::anyhow!("{} is no private key in PEM", about(key)))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .context("the certificate and the private key do not go together")?
            }
        };
        config.alpn_protocols = vec![HTTP_2.to_vec()];
        Ok(Arc::new(config))
    }
}

/// Returns until when a service's own certificates are valid: the first that ends. `None` where it has none.
///
/// # Errors
///
/// Files that are of no use.
pub fn own_certificate_end(config: &TlsConfig) -> anyhow::Result<Option<Timestamp>> {
    let Some(tls) = Tls::read(config)? else { return Ok(None) };
    let chain = certificates(&tls.current().files.certificate)?;
    end_of(&chain).map(Some)
}

/// Returns until when the certificates are valid that a peer shows to a service with this configuration.
///
/// # Errors
///
/// When nobody answers there, or shows what is not to be believed.
pub async fn peer_certificate_end(config: &TlsConfig, uri: &str) -> anyhow::Result<Timestamp> {
    let tls = Tls::read(config)?.context("server.tls has no certificates")?;
    let stream = connector(tls).oneshot(uri.parse()?).await?;
    let (_, session) = stream.inner().get_ref();
    let chain = session.peer_certificates().unwrap_or_default();
    ensure!(!chain.is_empty(), "no certificate was shown");
    end_of(chain)
}
