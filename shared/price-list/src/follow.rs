//! Follows the catalog's feed, and comes back to it whenever it breaks.

use std::sync::Arc;
use std::time::Duration;

use db::{Db, DbError};
use proto::catalog::catalog_service_client::CatalogServiceClient;
use proto::catalog::{WatchCatalogRequest, WatchCatalogResponse};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::codegen::{Body as ResponseBody, Bytes, StdError};
use tonic::{Code, Status, Streaming};
use worker::Progress;

use crate::copy::{ApplyError, apply, cursor, forget_cursor};

/// How soon a feed that ended is opened again: a catalog that restarts is away for about as long.
const REST: Duration = Duration::from_secs(1);

/// The feed has heartbeats more often than this; when it is silent for longer, it is dead.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// Why following stopped for the moment.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The catalog is away, or ended the feed with an error.
    #[error("the catalog's feed broke: {0}")]
    Broken(#[source] Box<Status>),
    /// Nothing came for too long.
    #[error("the catalog's feed fell silent")]
    Silent,
    /// What came was not taken over.
    #[error("the catalog's feed was not taken over")]
    Apply(#[from] ApplyError),
}

impl From<DbError> for FollowError {
    fn from(error: DbError) -> Self {
        Self::Apply(ApplyError::Db(error))
    }
}

/// Keeps the copy up to date until `stop` is cancelled.
///
/// While the catalog is away the copy stays as it was, and attempts are made ever more rarely, at
/// most half a minute apart.
pub async fn follow<T>(client: CatalogServiceClient<T>, db: Db, stop: CancellationToken)
where
    T: GrpcService<Body> + Clone,
    T::Error: Into<StdError>,
    T::ResponseBody: ResponseBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as ResponseBody>::Error: Into<StdError> + Send,
{
    let tick = || follow_once(client.clone(), &db, &stop);
    worker::run(stop.clone(), REST, Arc::new(Notify::new()), tick).await;
}

/// Follows one feed until it ends. One that brought something before it broke is opened again after
/// the usual rest; a cursor that the catalog does not know is forgotten.
async fn follow_once<T>(
    client: CatalogServiceClient<T>,
    db: &Db,
    stop: &CancellationToken,
) -> Result<Progress, FollowError>
where
    T: GrpcService<Body>,
    T::Error: Into<StdError>,
    T::ResponseBody: ResponseBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as ResponseBody>::Error: Into<StdError> + Send,
{
    let mut pieces = 0;
    let read = stop.run_until_cancelled(read_feed(client, db, &mut pieces)).await;
    match read {
        None | Some(Ok(())) => Ok(Progress::Idle),
        Some(Err(error @ FollowError::Apply(_))) => Err(error),
        Some(Err(error)) => {
            if is_unknown_cursor(&error) {
                start_over(db).await?;
            }
            if pieces == 0 {
                return Err(error);
            }
            tracing::info!(%error, pieces, "the catalog's feed is opened again");
            Ok(Progress::Idle)
        }
    }
}

/// Reads a feed to its end and counts what it brings. Cutting it off anywhere does no harm: a piece
/// is taken over whole or not at all.
async fn read_feed<T>(
    mut client: CatalogServiceClient<T>,
    db: &Db,
    pieces: &mut u64,
) -> Result<(), FollowError>
where
    T: GrpcService<Body>,
    T::Error: Into<StdError>,
    T::ResponseBody: ResponseBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as ResponseBody>::Error: Into<StdError> + Send,
{
    let mut tx = db.read().await?;
    let resume_cursor = cursor(&mut tx).await?;
    tx.commit().await?;
    let opened = timeout(SILENCE_MAX, client.watch_catalog(WatchCatalogRequest { resume_cursor }));
    let mut feed = opened.await.map_err(|_| FollowError::Silent)?.map_err(broken)?.into_inner();
    while let Some(piece) = next_piece(&mut feed).await? {
        take_over(db, &piece).await?;
        *pieces += 1;
    }
    Ok(())
}

async fn next_piece(
    feed: &mut Streaming<WatchCatalogResponse>,
) -> Result<Option<WatchCatalogResponse>, FollowError> {
    timeout(SILENCE_MAX, feed.message()).await.map_err(|_| FollowError::Silent)?.map_err(broken)
}

async fn take_over(db: &Db, piece: &WatchCatalogResponse) -> Result<(), FollowError> {
    let mut tx = db.begin().await?;
    apply(&mut tx, piece).await?;
    tx.commit().await?;
    Ok(())
}

/// The catalog does not know our cursor, as after a restore of its database: what it has is read
/// again from the beginning, over what is here.
async fn start_over(db: &Db) -> Result<(), FollowError> {
    let mut tx = db.begin().await?;
    forget_cursor(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

fn is_unknown_cursor(error: &FollowError) -> bool {
    match error {
        FollowError::Broken(status) => status.code() == Code::OutOfRange,
        FollowError::Silent | FollowError::Apply(_) => false,
    }
}

fn broken(status: Status) -> FollowError {
    FollowError::Broken(Box::new(status))
}
