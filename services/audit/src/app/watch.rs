//! The feed: the log in its own order, which is that of the commits, since whoever appends holds the
//! head.

use access::Reach;
use tokio::sync::watch as signal;

use super::App;
use crate::{domain::Stretch, error::Error, store};

/// How many places one piece of the feed looks at: some hundred kilobytes at most.
const PLACES: i64 = 500;

impl App {
    /// Returns what follows the first `position` entries, as far as one piece goes.
    ///
    /// # Errors
    ///
    /// [`Error::CursorUnknown`] for a place that the log has not reached.
    pub async fn appended_after(&self, reach: Reach, position: i64) -> Result<Stretch, Error> {
        let mut tx = self.db.read_as(reach.sight()).await?;
        let end = store::tree_head::read(&mut tx).await?.unwrap_or_default().size();
        if end < position {
            return Err(Error::CursorUnknown { position, end });
        }
        let entries = store::activity::after(&mut tx, reach, position - 1, PLACES).await?;
        tx.commit().await?;
        let next = end.min(position + PLACES);
        let seen = entries.last().map_or(0, |last| last.index + 1);
        // Between the two statements the log may have grown.
        let position = next.max(seen);
        Ok(Stretch { entries, position, is_end: end <= position })
    }

    /// Returns what changes whenever this process appends. What others append is found by asking again
    /// after a while.
    pub fn appends(&self) -> signal::Receiver<i64> {
        self.appended.subscribe()
    }
}
