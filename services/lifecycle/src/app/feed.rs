//! Callers follow what happens. A follower that waits holds nothing of the database, and one look at
//! the feed's end serves all followers of a process.

use std::sync::Arc;

use access::Caller;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::App;
use super::changes::{of, told};
use crate::domain::{ChangeQuery, FeedStart, Position, Stretch};
use crate::error::Error;
use crate::store;

/// How many records are looked at in one go.
const STRETCH_MAX: usize = 500;

/// What a look at the feed's end found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nobody follows the feed.
    Unwatched,
    /// Everything that was written is settled.
    Settled,
    /// Some of it waits for transactions that still run.
    Waiting,
}

/// Somebody who follows the feed.
#[derive(Debug)]
pub struct Follower {
    app: Arc<App>,
    caller: Caller,
    query: ChangeQuery,
    head: watch::Receiver<Position>,
    position: Position,
}

impl App {
    /// Returns a follower of what the caller sees and the query asks for.
    ///
    /// # Errors
    ///
    /// [`Error::CursorExpired`] for a place that this feed never had.
    pub async fn follow(
        self: &Arc<Self>,
        caller: Caller,
        query: ChangeQuery,
        start: FeedStart,
    ) -> Result<Follower, Error> {
        // Before the first look, so that this process goes on looking.
        let head = self.nudge.head.subscribe();
        let position = self.feed_start(start).await?;
        Ok(Follower { app: Arc::clone(self), caller, query, head, position })
    }

    /// Lets the feed of a database that was restored into another cluster go on (T-177); to be called at
    /// the start, before anything is written.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn resume_feed(&self) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let has_moved = store::feed::move_on(&mut tx).await?;
        tx.commit().await?;
        if has_moved {
            tracing::warn!("the database was moved: the feed goes on behind its former places");
        }
        Ok(())
    }

    /// Looks up to where the feed is settled, if anybody follows it.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn look_at_feed(&self) -> Result<Look, Error> {
        if self.nudge.head.receiver_count() == 0 {
            return Ok(Look::Unwatched);
        }
        let mut tx = self.db.read().await?;
        let head = store::feed::head(&mut tx).await?;
        self.publish(head.settled);
        Ok(if head.has_more { Look::Waiting } else { Look::Settled })
    }

    async fn feed_start(&self, start: FeedStart) -> Result<Position, Error> {
        let mut tx = self.db.read().await?;
        let head = store::feed::head(&mut tx).await?.settled;
        self.publish(head);
        match start {
            FeedStart::Beginning => Ok(Position::START),
            FeedStart::After(position) if position <= head => Ok(position),
            FeedStart::After(position) => Err(Error::CursorExpired { position, head }),
            FeedStart::At(at) => Ok(store::feed::before(&mut tx, at).await?.min(head)),
        }
    }

    fn publish(&self, settled: Position) {
        self.nudge.head.send_if_modified(|head| {
            let is_news = *head < settled;
            *head = settled.max(*head);
            is_news
        });
    }
}

impl Follower {
    /// Waits for records, at least one; `None` if by `until` there was none.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn next(&mut self, until: Instant) -> Result<Option<Stretch>, Error> {
        loop {
            let head = *self.head.borrow_and_update();
            if let Some(stretch) = self.read_up_to(head).await? {
                return Ok(Some(stretch));
            }
            tokio::select! {
                // Its sender lives as long as the verbs do.
                _ = self.head.changed() => {}
                () = sleep_until(until) => return Ok(None),
            }
        }
    }

    /// Returns the place up to which everything was told.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Reads the next records below a settled place, where nothing can come any more; `None` if there
    /// are none.
    async fn read_up_to(&mut self, head: Position) -> Result<Option<Stretch>, Error> {
        while self.position < head {
            let stretch = self.stretch(head).await?;
            self.position = stretch.end;
            if !stretch.records.is_empty() {
                return Ok(Some(stretch));
            }
        }
        Ok(None)
    }

    async fn stretch(&self, head: Position) -> Result<Stretch, Error> {
        let Some(of) = of(&self.caller, self.query.customer) else {
            return Ok(Stretch { records: vec![], end: head });
        };
        let mut tx = self.app.db.read_as(self.caller.reach.sight()).await?;
        let span = (self.position, head);
        let scanned = store::feed::after(&mut tx, of, span, STRETCH_MAX).await?;
        let last = scanned.last().map(|record| record.position);
        let end = last.filter(|_| scanned.len() == STRETCH_MAX).unwrap_or(head);
        let matching = scanned.into_iter().filter(|record| self.query.admits(record)).collect();
        Ok(Stretch { records: told(&mut tx, matching).await?, end })
    }
}
