//! Files that leave piece by piece: activity as CSV, and the whole log.

use std::pin::Pin;
use std::sync::Arc;

use access::Reach;
use futures::Stream;
use proto::audit as pb;
use rpc::Page;
use tonic::Status;

use super::Service;
use crate::{
    app::{App, Query},
    convert,
    error::Error,
};

/// A file, piece by piece.
pub type Pieces<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Entries in one piece of CSV.
const LINES: usize = 500;

impl Service {
    /// Returns activity as CSV. A page is read when the caller has taken the one before.
    pub(super) fn csv(&self, reach: Reach, query: Query) -> Pieces<pb::ExportActivityResponse> {
        let app = Arc::clone(&self.app);
        let first = Some((convert::csv_head(), Page { size: LINES, after: None }));
        pieces(first, move |(mut chunk, page)| {
            let (app, query) = (Arc::clone(&app), query.clone());
            async move {
                let mut entries = app.list_activity(reach, &query, &page).await?;
                let has_more = LINES < entries.len();
                entries.truncate(LINES);
                chunk.extend(convert::csv_lines(&entries));
                let after = entries.last().filter(|_| has_more).map(App::cursor);
                let next = after.map(|after| (vec![], Page { size: LINES, after: Some(after) }));
                Ok((pb::ExportActivityResponse { chunk }, next))
            }
        })
    }

    /// Returns the whole log; its keys come with the first piece.
    pub(super) fn log(&self, keys: Vec<pb::SigningKey>) -> Pieces<pb::ExportLogResponse> {
        let app = Arc::clone(&self.app);
        pieces(Some((keys, 0)), move |(keys, position)| {
            let app = Arc::clone(&app);
            async move {
                let exported = app.export(position).await?;
                let piece = convert::exported(&exported, &app.keyring);
                let next = exported.next.map(|next| (vec![], next));
                Ok((pb::ExportLogResponse { keys, ..piece }, next))
            }
        })
    }
}

/// Returns the pieces that `read` makes of a state, which it also moves on, until there is no next.
fn pieces<T, S, F>(first: Option<S>, mut read: impl FnMut(S) -> F + Send + 'static) -> Pieces<T>
where
    T: Send + 'static,
    S: Send + 'static,
    F: Future<Output = Result<(T, Option<S>), Error>> + Send + 'static,
{
    Box::pin(futures::stream::unfold(first, move |state| {
        let reading = state.map(&mut read);
        async {
            match reading?.await {
                Ok((piece, next)) => Some((Ok(piece), next)),
                Err(error) => Some((Err(rpc::status(error)), None)),
            }
        }
    }))
}
