//! Where the set of an issuer's keys is fetched: a file, or a server that speaks HTTP, with TLS or plain.

use std::path::PathBuf;
use std::pin::pin;

use access::{FetchKeys, Fetching};
use anyhow::{Context, Result, ensure};
use http::header::HOST;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::authorities::Authorities;

/// No issuer has so many keys.
const BYTES_MAX: usize = 256 * 1024;

/// A file, or a URL with those who vouch for the server.
#[derive(Debug, Clone)]
pub(crate) enum KeySource {
    File(PathBuf),
    Http(Uri),
    Https(Uri, Authorities),
}

impl KeySource {
    /// Reads what is configured: a path, or a URL that begins with `https://` or `http://`, and a path of
    /// authorities, which may be empty.
    pub(crate) fn of(configured: &str, authorities: &str) -> Result<Self> {
        let uri = || -> Result<Uri> {
            let uri: Uri = configured.parse().with_context(|| format!("{configured} is no URL"))?;
            ensure!(uri.host().is_some_and(|host| !host.is_empty()), "{configured} names no host");
            Ok(uri)
        };
        if configured.starts_with("https://") {
            return Ok(Self::Https(uri()?, Authorities::of(authorities)?));
        }
        ensure!(authorities.is_empty(), "only a URL that begins with https:// takes authorities");
        if configured.starts_with("http://") {
            return Ok(Self::Http(uri()?));
        }
        Ok(Self::File(configured.into()))
    }

    /// Reads the file; `None` where there is none.
    pub(crate) fn read(&self) -> Option<Result<String>> {
        match self {
            Self::File(path) => {
                let read = std::fs::read_to_string(path);
                Some(read.with_context(|| format!("{} cannot be read", path.display())))
            }
            Self::Http(_) | Self::Https(..) => None,
        }
    }
}

impl FetchKeys for KeySource {
    fn fetch(&self) -> Fetching {
        let source = self.clone();
        Box::pin(async move {
            match &source {
                Self::File(path) => {
                    let read = tokio::fs::read_to_string(path).await;
                    read.with_context(|| format!("{} cannot be read", path.display()))
                }
                Self::Http(uri) => get(uri, None).await.with_context(|| unanswered(uri)),
                Self::Https(uri, authorities) => {
                    get(uri, Some(authorities)).await.with_context(|| unanswered(uri))
                }
            }
        })
    }
}

fn unanswered(uri: &Uri) -> String {
    format!("{uri} does not answer as it should")
}

/// Gets a text; one connection, no redirects.
async fn get(uri: &Uri, authorities: Option<&Authorities>) -> Result<String> {
    let host = uri.host().context("it names no host")?;
    // An address of IPv6 stands in brackets, which are not part of it.
    let name = host.trim_matches(['[', ']']);
    let port = if authorities.is_some() { 443 } else { 80 };
    let stream = TcpStream::connect((name, uri.port_u16().unwrap_or(port))).await?;
    let Some(authorities) = authorities else { return exchange(stream, uri, host).await };
    let connector = TlsConnector::from(authorities.config().await?);
    let stream = connector.connect(ServerName::try_from(name.to_owned())?, stream).await?;
    exchange(stream, uri, host).await
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    uri: &Uri,
    host: &str,
) -> Result<String> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or(host, |authority| authority.as_str());
    let request = Request::get(path).header(HOST, authority).body(Empty::<Bytes>::new())?;
    let exchange = async move {
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        ensure!(status == StatusCode::OK, "the answer is {status}");
        let body = Limited::new(answer.into_body(), BYTES_MAX).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
        String::from_utf8(body.to_vec()).context("the answer is no text")
    };
    // The connection moves what the exchange waits for. It may end first: the answer is there by then.
    let (mut exchange, mut connection) = (pin!(exchange), pin!(connection));
    tokio::select! {
        got = &mut exchange => return got,
        ended = &mut connection => ended?,
    }
    exchange.await
}
