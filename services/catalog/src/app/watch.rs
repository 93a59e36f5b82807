//! The feed of everything that was imported.

use tokio::sync::watch as signal;

use super::App;
use crate::domain::revision::Stretch;
use crate::error::Error;
use crate::store;

/// How many records one piece of the feed has: some hundred kilobytes.
const RECORDS_MAX: usize = 500;

impl App {
    /// Returns what was imported after a place in the feed, up to a piece's worth; no records at
    /// the feed's end.
    ///
    /// # Errors
    ///
    /// [`Error::CursorUnknown`] for a place that the feed has not reached.
    pub async fn imported_after(&self, position: i64) -> Result<Stretch, Error> {
        let mut tx = self.db.read().await?;
        let stretch = store::feed::after(&mut tx, position, RECORDS_MAX).await?;
        if stretch.records.is_empty() {
            let end = store::head::position(&mut tx).await?;
            if end < position {
                return Err(Error::CursorUnknown { position, end });
            }
        }
        Ok(stretch)
    }

    /// Returns what changes whenever this process imports something. What others import is found by
    /// asking again after a while.
    pub fn imports(&self) -> signal::Receiver<i64> {
        self.written.subscribe()
    }
}
