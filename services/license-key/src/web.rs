//! The plain HTTP server of download links: connections and their limits. What is answered is in
//! `service::downloads`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, body::Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::service::downloads;

/// Connections at once; more wait to be accepted.
const CONNECTIONS_MAX: usize = 1_000;

/// A request that is not there by then will not come.
const HEAD_MAX: Duration = Duration::from_secs(10);

/// A whole exchange: lifecycle may need its seconds.
const EXCHANGE_MAX: Duration = Duration::from_secs(30);

/// The most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How soon another connection is tried when the system has no more to give.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Serves until told to stop; answers that are under way end.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: CancellationToken) {
    let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let open = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(next(&listener, &free)).await {
        let Some((stream, permit)) = accepted else { continue };
        let exchange = exchange(stream, app.clone());
        open.spawn(async move {
            if tokio::time::timeout(EXCHANGE_MAX, exchange).await.is_err() {
                tracing::debug!("a download connection took too long");
            }
            drop(permit);
        });
    }
    open.close();
    open.wait().await;
}

async fn next(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = free.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, permit)),
        Err(error) => {
            tracing::warn!(error = %error, "a download connection could not be accepted");
            tokio::time::sleep(ACCEPT_REST).await;
            None
        }
    }
}

/// One request and its answer: whoever downloads goes on to somewhere else.
async fn exchange(stream: TcpStream, app: Arc<App>) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let app = app.clone();
        async move {
            let answer = downloads::answer(&app, request.method(), request.uri().path()).await;
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer);
    if pin!(connection).await.is_err() {
        // What the library says may hold what was sent, so it is not repeated.
        tracing::debug!("a download connection broke");
    }
}

/// Returns what links begin with: what is configured, or else where is listened.
pub fn base_url(configured: &str, listening: SocketAddr) -> String {
    match configured.trim_end_matches('/') {
        "" => format!("http://{listening}"),
        url => url.to_owned(),
    }
}
