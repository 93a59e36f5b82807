//! A request that was answered is answered the same again (D-28).
//!
//! The answer is stored in the transaction of the effect, under the caller's request id and a hash
//! of the request. Failures are not stored: they changed nothing, so they may be tried again.
//!
//! ```ignore
//! let mut tx = self.db.begin().await?;
//! if let Some(answer) = once.answered(&mut tx, now).await? {
//!     return Ok(answer);
//! }
//! // ... load, ask the domain, save ...
//! once.keep(&mut tx, &outcome).await?;
//! tx.commit().await?;
//! Ok(Answer::Fresh(outcome))
//! ```

mod error;

pub use error::ReplayError;

use db::{Tx, sql};
use jiff::Timestamp;
use prost::Message;
use proto::Mutating;
use tonic::{Response, Status};
use vocab::RequestId;

/// The table of this crate, for the first migration of a service.
pub const TABLE: &str = "
CREATE TABLE replays (
    caller       {text}  NOT NULL,
    request_id   {uuid}  NOT NULL,
    request_hash {bytes} NOT NULL,
    response     {bytes},
    answered_at  {ts}    NOT NULL,
    PRIMARY KEY (caller, request_id)
){strict};
CREATE INDEX replays_by_age ON replays (answered_at);
";

/// The header that marks an answer as one that was given before.
const REPLAYED_HEADER: &str = "tenure-replayed";

/// An outcome, or the bytes of the answer that was given before.
#[derive(Debug)]
pub enum Answer<T> {
    /// It was done, or previewed, now.
    Fresh(T),
    /// It was done before; this is the response that was sent.
    Replayed(Vec<u8>),
}

/// Writes an outcome as the bytes of its response.
type Encode<T> = Box<dyn Fn(&T) -> Vec<u8> + Send + Sync>;

/// One mutation: who asked for what under which request id, and how its outcome is written.
pub struct Once<T> {
    /// Whether nothing is to be changed.
    pub validate_only: bool,
    /// What the caller last saw, if it cares.
    pub etag: Option<String>,
    /// The preview to be held to, if there was one.
    pub preview_token: Option<String>,
    /// The request's full name.
    pub method: &'static str,
    /// The caller's name for this mutation.
    pub request_id: RequestId,
    caller: String,
    hash: Vec<u8>,
    encode: Encode<T>,
}

impl<T> std::fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Once")
            .field("method", &self.method)
            .field("caller", &self.caller)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl<T> Once<T> {
    /// A mutation that `caller` (a namespace, so that nobody meets another's ids) asks for.
    ///
    /// The message must have been checked: a request id that is no UUID reads as zero.
    pub fn new<M, R>(message: &M, caller: String, render: fn(&T) -> R) -> Self
    where
        M: Mutating,
        R: Message + 'static,
        T: 'static,
    {
        let text = |text: &str| if text.is_empty() { None } else { Some(text.to_owned()) };
        Self {
            validate_only: message.validate_only(),
            etag: text(message.etag()),
            preview_token: text(message.preview_token()),
            method: M::NAME,
            request_id: RequestId(uuid::Uuid::try_parse(message.request_id()).unwrap_or_default()),
            caller,
            hash: hash(M::NAME, &message.encode_to_vec()),
            encode: Box::new(move |outcome| render(outcome).encode_to_vec()),
        }
    }

    /// Claims the request id, or returns the answer that was given under it.
    ///
    /// Two calls with one id at the same time are answered one after the other: the second waits
    /// for the first's transaction.
    ///
    /// # Errors
    ///
    /// [`ReplayError::Reused`] if the id was used for another content (D-28).
    pub async fn answered(
        &self,
        tx: &mut Tx,
        now: Timestamp,
    ) -> Result<Option<Answer<T>>, ReplayError> {
        let claimed = sql!(
            "INSERT INTO replays (caller, request_id, request_hash, response, answered_at)
             VALUES ($1, $2, $3, NULL, $4) ON CONFLICT DO NOTHING"
        )
        .bind(self.caller.as_str())
        .bind(self.request_id.0)
        .bind(self.hash.clone())
        .bind(now)
        .execute(tx)
        .await?;
        if claimed == 1 {
            return Ok(None);
        }
        let row = sql!(
            "SELECT request_hash, response FROM replays WHERE caller = $1 AND request_id = $2"
        )
        .bind(self.caller.as_str())
        .bind(self.request_id.0)
        .fetch_one(tx)
        .await?;
        if row.get::<Vec<u8>>(0)? != self.hash {
            return Err(ReplayError::Reused { request_id: self.request_id });
        }
        Ok(Some(Answer::Replayed(row.get::<Option<Vec<u8>>>(1)?.unwrap_or_default())))
    }

    /// Stores the answer, in the transaction of the effect.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn keep(&self, tx: &mut Tx, outcome: &T) -> Result<(), ReplayError> {
        sql!("UPDATE replays SET response = $3 WHERE caller = $1 AND request_id = $2")
            .bind(self.caller.as_str())
            .bind(self.request_id.0)
            .bind((self.encode)(outcome))
            .execute(tx)
            .await?;
        Ok(())
    }
}

/// Writes an answer as the response: a fresh one rendered, an earlier one as it was, with a header.
///
/// # Errors
///
/// A stored response that cannot be read is an internal fault.
pub fn respond<T, R: Message + Default>(
    answer: Answer<T>,
    render: impl FnOnce(&T) -> R,
) -> Result<Response<R>, Status> {
    match answer {
        Answer::Fresh(outcome) => Ok(Response::new(render(&outcome))),
        Answer::Replayed(bytes) => {
            let decoded = R::decode(bytes.as_slice())
                .map_err(|error| rpc::status(ReplayError::Unreadable(error)))?;
            let mut response = Response::new(decoded);
            let yes = tonic::metadata::MetadataValue::from_static("true");
            response.metadata_mut().insert(REPLAYED_HEADER, yes);
            Ok(response)
        }
    }
}

/// Tells whether an answer says of itself that it was given before.
pub fn is_replayed(metadata: &tonic::metadata::MetadataMap) -> bool {
    metadata.contains_key(REPLAYED_HEADER)
}

/// Forgets answers that were given before an instant (30 days ago, D-28); returns how many.
///
/// # Errors
///
/// Those of the database.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64, db::DbError> {
    sql!("DELETE FROM replays WHERE answered_at < $1").bind(before).execute(tx).await
}

fn hash(name: &str, content: &[u8]) -> Vec<u8> {
    let mut digest = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    digest.update(&name.len().to_be_bytes());
    digest.update(name.as_bytes());
    digest.update(content);
    digest.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests;
