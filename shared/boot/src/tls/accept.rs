//! Connections of callers: from the socket to the end of the handshake, many at a time.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::{Connected, TcpConnectInfo};

use super::Tls;

/// Handshakes at once: strangers cannot make us hold more.
const HANDSHAKES_MAX: usize = 256;
/// Whoever takes longer has no certificate to show.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// How soon another connection is tried when the system has no more to give.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Returns connections whose callers have a certificate, until told to stop. Each handshake is made with
/// the certificates of that moment.
pub(crate) fn accept(
    listener: TcpListener,
    tls: Arc<Tls>,
    stop: CancellationToken,
) -> ReceiverStream<io::Result<TlsConnection>> {
    let (sender, accepted) = mpsc::channel(1);
    tokio::spawn(async move {
        let free = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        while let Some(stream) = stop.run_until_cancelled(next(&listener)).await {
            let Ok(permit) = free.clone().acquire_owned().await else { return };
            let (acceptor, sender) =
                (TlsAcceptor::from(tls.current().server.clone()), sender.clone());
            tokio::spawn(async move {
                hand_over(acceptor, stream, sender).await;
                drop(permit);
            });
        }
    });
    ReceiverStream::new(accepted)
}

async fn next(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

async fn hand_over(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    server: mpsc::Sender<io::Result<TlsConnection>>,
) {
    if let Some(connection) = shake_hands(acceptor, stream).await {
        // Nobody takes it any more once the server stops.
        drop(server.send(Ok(connection)).await);
    }
}

async fn shake_hands(acceptor: TlsAcceptor, stream: TcpStream) -> Option<TlsConnection> {
    // Without it the end of an answer waits, up to 40 ms, for the caller to confirm the beginning.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "a connection ended before it began");
        return None;
    }
    match timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(TlsConnection(stream)),
        // A probe that only looks whether somebody listens.
        Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => None,
        Ok(Err(error)) => {
            tracing::info!(error = %error, "a caller without a certificate of ours was refused");
            None
        }
        Err(_) => {
            tracing::debug!("a caller did not finish its handshake");
            None
        }
    }
}

/// A connection whose caller has a certificate.
#[derive(Debug)]
pub(crate) struct TlsConnection(TlsStream<TcpStream>);

impl Connected for TlsConnection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.0.get_ref().0.connect_info()
    }
}

impl AsyncRead for TlsConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for TlsConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
