//! A transaction: everything or nothing.

use crate::{DbError, Engine, Sight, conn::Conn, many::Texts, pool::Lease};

/// A transaction on a connection of its own; rolled back unless committed, however it ends.
///
/// After a failed statement it can only be dropped: [`DbError::Aborted`] answers everything else.
pub struct Tx {
    engine: Engine,
    sight: Sight,
    lease: Lease,
    texts: Texts,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl Tx {
    pub(crate) fn new(engine: Engine, sight: Sight, lease: Lease, texts: Texts) -> Self {
        Self { engine, sight, lease, texts }
    }

    /// Returns which database the transaction is on.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Lets the transaction see everybody's rows, for what is counted across partners, until
    /// [`narrow`](Self::narrow).
    pub async fn widen(&mut self) -> Result<(), DbError> {
        self.look(self.sight.widening()).await
    }

    /// Lets the transaction see again what it was begun for.
    pub async fn narrow(&mut self) -> Result<(), DbError> {
        self.look(self.sight.narrowing()).await
    }

    async fn look(&mut self, how: Option<String>) -> Result<(), DbError> {
        match how.filter(|_| self.engine == Engine::Postgres) {
            None => Ok(()),
            Some(sql) => self.batch(&sql).await,
        }
    }

    /// Saves all that was written. Once it returns, the data survives a crash of the machine.
    ///
    /// # Errors
    ///
    /// [`DbError::Aborted`] if a statement failed before, [`DbError::Conflict`] if another transaction
    /// was in the way: nothing is saved. [`DbError::Unavailable`] leaves it open whether all or nothing
    /// is saved.
    pub async fn commit(mut self) -> Result<(), DbError> {
        self.lease.commit().await
    }

    /// Runs several statements without parameters, as migrations have them.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        let outcome = self.lease.enter(sql)?.command(sql).await;
        self.lease.leave(outcome)
    }

    pub(crate) fn enter(&mut self, sql: &str) -> Result<&mut Conn, DbError> {
        self.lease.enter(sql)
    }

    pub(crate) fn leave<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, DbError> {
        self.lease.leave(outcome)
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }
}
