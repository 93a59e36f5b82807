//! Connections to peers: each with the certificates of its moment.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use super::Tls;

/// The port of a URI that names none.
const HTTPS: u16 = 443;

/// Returns what opens connections to peers.
pub(crate) fn connector(tls: Arc<Tls>) -> Connector {
    Connector { tls, replica: None }
}

/// Opens connections to peers.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    tls: Arc<Tls>,
    replica: Option<SocketAddr>,
}

impl Connector {
    /// Returns one that connects to this address, whose certificate still has to name the URI's host.
    pub(crate) fn to(self, replica: SocketAddr) -> Self {
        Self { replica: Some(replica), ..self }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = TlsConnector::from(self.tls.current().client.clone());
        let replica = self.replica;
        Box::pin(async move {
            // An address of IPv6 stands in brackets, which are not part of it.
            let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            let port = uri.port_u16().unwrap_or(HTTPS);
            let stream = match replica {
                Some(replica) => TcpStream::connect(replica).await?,
                None => TcpStream::connect((host.as_str(), port)).await?,
            };
            stream.set_nodelay(true)?;
            let name = ServerName::try_from(host).map_err(io::Error::other)?;
            connector.connect(name, stream).await.map(TokioIo::new)
        })
    }
}
