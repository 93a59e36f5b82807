//! The feed: the log in its own order, which is that of the commits, since whoever appends holds the
//! head.

use access::Reach;
use jiff::Timestamp;
use tokio::sync::watch as signal;

use super::App;
use crate::{
    domain::{FeedStart, Stretch},
    error::Error,
    store,
};

/// How many places one piece of the feed looks at: some hundred kilobytes at most.
const PLACES: i64 = 500;

impl App {
    /// Returns behind how many entries a feed begins.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn feed_start(&self, start: FeedStart) -> Result<i64, Error> {
        let at = match start {
            FeedStart::Behind(position) => return Ok(position),
            FeedStart::At(at) => at,
        };
        let mut tx = self.db.read().await?;
        let end = store::tree_head::read(&mut tx).await?.unwrap_or_default().size();
        // The log is sorted by when its entries were appended, and has no index for it.
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = i64::midpoint(low, high);
            match store::entries::appended_at(&mut tx, middle).await? {
                Some(found) if at <= found => high = middle,
                _ => low = middle + 1,
            }
        }
        tx.commit().await?;
        Ok(low)
    }

    /// Returns what follows the first `position` entries, as far as one piece goes; nothing that was
    /// appended before `since`.
    ///
    /// # Errors
    ///
    /// [`Error::CursorUnknown`] for a place that the log has not reached.
    pub async fn appended_after(
        &self,
        reach: Reach,
        position: i64,
        since: Timestamp,
    ) -> Result<Stretch, Error> {
        let mut tx = self.db.read_as(reach.sight()).await?;
        let end = store::tree_head::read(&mut tx).await?.unwrap_or_default().size();
        if end < position {
            return Err(Error::CursorUnknown { position, end });
        }
        let mut entries = store::activity::after(&mut tx, reach, position - 1, PLACES).await?;
        tx.commit().await?;
        let next = end.min(position + PLACES);
        let seen = entries.last().map_or(0, |last| last.index + 1);
        // Between the two statements the log may have grown.
        let position = next.max(seen);
        entries.retain(|one| since <= one.appended_at);
        Ok(Stretch { entries, position, is_end: end <= position })
    }

    /// Returns what changes whenever this process appends. What others append is found by asking again
    /// after a while.
    pub fn appends(&self) -> signal::Receiver<i64> {
        self.appended.subscribe()
    }
}
