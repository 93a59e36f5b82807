//! Whoever opens a download link, as curl does: one request, one answer.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer by plain HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Opens a link: `http://address/path`.
pub async fn get(uri: &str) -> Page {
    ask("GET", uri).await
}

/// Asks with another method.
pub async fn ask(method: &str, uri: &str) -> Page {
    let (host, path) = uri.strip_prefix("http://").unwrap().split_once('/').unwrap();
    send(host.parse().unwrap(), &format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n")).await
}

/// Sends what is not even a request, perhaps.
pub async fn send(address: SocketAddr, text: &str) -> Page {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or("0");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_lowercase(), value.to_owned())
    };
    Page {
        status: status.parse().unwrap(),
        headers: lines.map(header).collect(),
        body: body.to_owned(),
    }
}
