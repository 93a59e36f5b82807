//! Where the set of an issuer's keys is fetched: a file, or a server that speaks plain HTTP.

use std::path::PathBuf;
use std::pin::pin;

use access::{FetchKeys, Fetching};
use anyhow::{Context, Result, bail, ensure};
use http::header::HOST;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// No issuer has so many keys.
const BYTES_MAX: usize = 256 * 1024;

/// A file, or a URL.
#[derive(Debug, Clone)]
pub(crate) enum KeySource {
    File(PathBuf),
    Http(Uri),
}

impl KeySource {
    /// Reads what is configured: a path, or a URL that begins with `http://`.
    pub(crate) fn of(configured: &str) -> Result<Self> {
        if configured.starts_with("https://") {
            bail!(
                "{configured} asks for TLS, without which keys are fetched: name a proxy of yours by http://, or a file"
            );
        }
        if !configured.starts_with("http://") {
            return Ok(Self::File(configured.into()));
        }
        let uri: Uri = configured.parse().with_context(|| format!("{configured} is no URL"))?;
        ensure!(uri.host().is_some_and(|host| !host.is_empty()), "{configured} names no host");
        Ok(Self::Http(uri))
    }

    /// Reads the file; `None` where there is none.
    pub(crate) fn read(&self) -> Option<Result<String>> {
        match self {
            Self::File(path) => {
                let read = std::fs::read_to_string(path);
                Some(read.with_context(|| format!("{} cannot be read", path.display())))
            }
            Self::Http(_) => None,
        }
    }
}

impl FetchKeys for KeySource {
    fn fetch(&self) -> Fetching {
        match self {
            Self::File(path) => {
                let path = path.clone();
                Box::pin(async move {
                    let read = tokio::fs::read_to_string(&path).await;
                    read.with_context(|| format!("{} cannot be read", path.display()))
                })
            }
            Self::Http(uri) => {
                let uri = uri.clone();
                Box::pin(async move {
                    let got = get(&uri).await;
                    got.with_context(|| format!("{uri} does not answer as it should"))
                })
            }
        }
    }
}

/// Gets a text; one connection, no redirects.
async fn get(uri: &Uri) -> Result<String> {
    let host = uri.host().context("it names no host")?;
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), uri.port_u16().unwrap_or(80)));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream.await?)).await?;
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
