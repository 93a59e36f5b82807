//! Whose certificates are believed when an issuer is asked for its keys: a configured list, or the
//! system's. Callers and peers have a list of their own (`tls`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};

/// Where systems keep their list: Debian and Alpine, Fedora, openSUSE, what is left.
const SYSTEMS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A file of certificates, which is read for each connection: what is replaced counts from then on.
#[derive(Debug, Clone)]
pub(crate) struct Authorities(PathBuf);

impl Authorities {
    /// Finds the list that is configured, or the system's where that is empty, and sees that it is of use.
    ///
    /// # Errors
    ///
    /// There is none, or no certificate is in it.
    pub(crate) fn of(configured: &str) -> Result<Self> {
        let system = || SYSTEMS.into_iter().find(|path| Path::new(path).exists());
        let path = Some(configured).filter(|path| !path.is_empty()).or_else(system);
        let path = path
            .context("this system has no list of authorities: name one by auth.jwks_authorities")?;
        let found = Self(path.into());
        found.take(&std::fs::read(path).with_context(|| found.unreadable())?)?;
        Ok(found)
    }

    /// Returns how to speak TLS with whom they vouch for.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(crate) async fn config(&self) -> Result<Arc<ClientConfig>> {
        let text = tokio::fs::read(&self.0).await.with_context(|| self.unreadable())?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(self.take(&text)?)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    /// Among a system's certificates some are too old to be understood.
    fn take(&self, text: &[u8]) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        let certificates = CertificateDer::pem_slice_iter(text).filter_map(Result::ok);
        let (taken, _) = roots.add_parsable_certificates(certificates);
        ensure!(taken > 0, "{} holds no certificate in PEM", self.0.display());
        Ok(roots)
    }

    fn unreadable(&self) -> String {
        format!("{} cannot be read", self.0.display())
    }
}
