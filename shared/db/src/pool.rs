//! Connections that are lent out, one transaction each. Unlike the driver's pool it does not ask the
//! server a question on every return: `BEGIN` itself finds out whether an idle connection still lives.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use crate::{
    DbError,
    conn::{Conn, Source},
    meters::{Meters, Statement, observe},
};

/// How long a caller waits for a connection: longer than any healthy queue, shorter than most callers'
/// patience.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// How long a returned connection may take to roll back before it is given up.
const CLEANUP_MAX: Duration = Duration::from_secs(5);

/// Connections from one source, at most `size` at a time.
pub(crate) struct Pool {
    source: Source,
    size: u32,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Conn>>,
    meters: Meters,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The source holds the password.
        f.debug_struct("Pool").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Pool {
    pub(crate) fn new(source: Source, size: u32, meters: Meters) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1)));
        let pool = Arc::new(Self { source, size, permits, idle: Mutex::new(Vec::new()), meters });
        observe(&pool);
        pool
    }

    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    pub(crate) fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Returns how many connections are idle, and how many are lent out.
    pub(crate) fn standing(&self) -> (usize, usize) {
        let size = usize::try_from(self.size).unwrap_or(1);
        let used = size.saturating_sub(self.permits.available_permits());
        (self.idle().len(), used)
    }

    /// Lends a connection on which `begin` has been run.
    pub(crate) async fn begin(self: &Arc<Self>, begin: &str) -> Result<Lease, DbError> {
        timeout(WAIT_MAX, self.begin_in_time(begin)).await.map_err(|_| {
            self.meters.timed_out();
            unavailable("no connection became free in time")
        })?
    }

    async fn begin_in_time(self: &Arc<Self>, begin: &str) -> Result<Lease, DbError> {
        let waiting = self.meters.wait();
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| unavailable("the process is stopping"))?;
        drop(waiting);
        let mut lease = Lease {
            pool: Arc::clone(self),
            conn: None,
            permit: Some(permit),
            state: State::Busy,
            statement: None,
            since: Instant::now(),
        };
        loop {
            let idle = self.idle().pop();
            let is_new = idle.is_none();
            let conn = match idle {
                Some(conn) => conn,
                None => self.connect().await?,
            };
            lease.conn = Some(conn);
            match lease.command(begin).await {
                // The server has closed the connection while it was idle: the next may live.
                Err(DbError::Unavailable(_)) if !is_new => lease.conn = None,
                outcome => return outcome.map(|()| lease),
            }
        }
    }

    async fn connect(&self) -> Result<Conn, DbError> {
        let began = Instant::now();
        let conn = self.source.connect().await?;
        self.meters.created(began);
        Ok(conn)
    }

    /// Waits, within reason, for what is lent out, then closes everything; nothing is lent any more.
    pub(crate) async fn close(&self) {
        let returned = timeout(CLEANUP_MAX, self.permits.acquire_many(self.size)).await;
        if returned.is_err() {
            tracing::warn!(
                "closing the database while transactions are open: they are rolled back"
            );
        }
        self.permits.close();
        let idle = std::mem::take(&mut *self.idle());
        for conn in idle {
            close(conn).await;
        }
    }

    fn take_back(&self, conn: Conn) {
        if !self.permits.is_closed() {
            self.idle().push(conn);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Conn>> {
        // Nothing can panic between lock and unlock, and a list of connections has no invariant.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a lent connection is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// A statement was sent and its answer has not been taken, perhaps because the caller went away.
    Busy,
    /// In a transaction, between two statements.
    Open,
    /// In a transaction of which a statement failed.
    Failed,
    /// The transaction is over.
    Over,
}

/// A lent connection; goes back when dropped, and never in the middle of something.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    conn: Option<Conn>,
    /// Held until the connection is back or closed, so that there are never more than `size`.
    permit: Option<OwnedSemaphorePermit>,
    state: State,
    /// What is under way, for as long as that is `Busy`.
    statement: Option<Statement>,
    since: Instant,
}

impl Lease {
    /// Returns the connection for one statement; [`Lease::leave`] must follow.
    ///
    /// # Errors
    ///
    /// [`DbError::Aborted`] unless a transaction is open and sound.
    pub(crate) fn enter(&mut self, sql: &str) -> Result<&mut Conn, DbError> {
        match (&mut self.conn, self.state) {
            (Some(conn), State::Open) => {
                self.state = State::Busy;
                self.statement = Some(Statement::of(sql));
                Ok(conn)
            }
            _ => Err(DbError::Aborted),
        }
    }

    /// Notes how the statement ended. PostgreSQL gives up the transaction after any error; we do so on
    /// both engines, so that code behaves the same on both.
    pub(crate) fn leave<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, DbError> {
        self.state = if outcome.is_ok() { State::Open } else { State::Failed };
        let outcome = outcome.map_err(DbError::from);
        if let Some(statement) = self.statement.take() {
            self.pool.meters.operated(statement, &outcome);
        }
        outcome
    }

    /// Commits. Without this a transaction is rolled back.
    pub(crate) async fn commit(&mut self) -> Result<(), DbError> {
        // PostgreSQL would answer COMMIT with a silent ROLLBACK after a failed statement.
        if self.state != State::Open {
            return Err(DbError::Aborted);
        }
        self.command("COMMIT").await?;
        self.state = State::Over;
        Ok(())
    }

    async fn command(&mut self, sql: &str) -> Result<(), DbError> {
        let conn = self.conn.as_mut().ok_or(DbError::Aborted)?;
        self.state = State::Busy;
        self.statement = Some(Statement::of(sql));
        let outcome = conn.command(sql).await;
        self.leave(outcome)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(conn), permit) = (self.conn.take(), self.permit.take()) else { return };
        self.pool.meters.used(self.since);
        if self.state == State::Over {
            self.pool.take_back(conn);
            return;
        }
        // Without a runtime the process is at its end, and so is the connection.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (pool, state) = (Arc::clone(&self.pool), self.state);
        drop(runtime.spawn(async move {
            clean_up(&pool, conn, state).await;
            drop(permit);
        }));
    }
}

/// Brings a connection back into a state in which it can be lent again, or closes it.
async fn clean_up(pool: &Pool, mut conn: Conn, state: State) {
    // A cut-off statement would have to be waited for, and its answer to be skipped: rare enough to
    // rather close the connection, which rolls back for certain.
    if state == State::Busy {
        return close(conn).await;
    }
    match timeout(CLEANUP_MAX, conn.command("ROLLBACK")).await {
        Ok(Ok(())) => pool.take_back(conn),
        Ok(Err(_)) | Err(_) => close(conn).await,
    }
}

async fn close(conn: Conn) {
    match timeout(CLEANUP_MAX, conn.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a database connection closed uncleanly"),
        Err(_) => tracing::warn!("a database connection did not close in time"),
    }
}

fn unavailable(why: &'static str) -> DbError {
    DbError::Unavailable(why.into())
}
