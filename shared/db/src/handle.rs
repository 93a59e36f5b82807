//! The database as the rest of a service holds it.

use std::sync::Arc;

use crate::{
    DbError, Engine, Migration, Schema, Sight, Step, Tx, many::Texts, migrate, pool::Pool, schema,
    sql, url::Target,
};

/// An open database; clones are the same database.
#[derive(Debug, Clone)]
pub struct Db {
    engine: Engine,
    writer: Arc<Pool>,
    reader: Arc<Pool>,
    texts: Texts,
}

impl Db {
    /// Connects, and brings the schema up to date.
    ///
    /// `url` is `sqlite:PATH`, whose file is created if its folder exists, or
    /// `postgres://user@host/database`, with the optional parameters `schema=NAME`, which is created
    /// if missing, and `connections=N`, the most that this process opens. The order of `migrations` is
    /// that of their versions.
    ///
    /// # Errors
    ///
    /// [`DbError::Url`], [`DbError::Missing`], [`DbError::Unavailable`] if there is nothing to open;
    /// [`DbError::NewerSchema`], [`DbError::Altered`], [`DbError::Migration`] if the schema does not fit.
    pub async fn open(url: &str, migrations: &[Migration]) -> Result<Self, DbError> {
        let target = Target::parse(url)?;
        let db = Self::of(&target);
        migrate::run(&db, target.schema.as_deref(), migrations).await?;
        Ok(db)
    }

    /// As [`open`](Self::open), for a process that `migrates` or leaves that to others: then it changes
    /// nothing, and makes no file.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), and [`DbError::OlderSchema`].
    pub async fn open_to_serve(
        url: &str,
        migrations: &[Migration],
        migrates: bool,
    ) -> Result<Self, DbError> {
        if migrates {
            return Self::open(url, migrations).await;
        }
        let target = Target::parse(url)?;
        if target.file.as_ref().is_some_and(|file| !file.exists()) {
            Schema::compared(Vec::new(), migrations).check_complete()?;
        }
        let db = Self::of(&target);
        let applied = schema::applied(&mut db.read().await?).await?;
        Schema::compared(applied, migrations).check_complete()?;
        Ok(db)
    }

    /// Brings the schema at `url` up to date, and returns which migrations that took.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open). What was applied before one that failed stays.
    pub async fn migrate(url: &str, migrations: &[Migration]) -> Result<Vec<Step>, DbError> {
        let target = Target::parse(url)?;
        let db = Self::of(&target);
        let applied = migrate::run(&db, target.schema.as_deref(), migrations).await;
        db.close().await;
        applied
    }

    /// The database of a target; connects when it is used.
    pub(crate) fn of(target: &Target) -> Self {
        let (writer, reader) = (Arc::clone(&target.writer), Arc::clone(&target.reader));
        Self { engine: target.engine, writer, reader, texts: Texts::default() }
    }

    /// Returns which database it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Begins a transaction that may write. On SQLite it is alone: others wait here.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        self.begin_as(Sight::All).await
    }

    /// As [`begin`](Self::begin), on behalf of somebody: where a table has a wall, other rows than theirs
    /// are not there, and cannot be written.
    pub async fn begin_as(&self, sight: Sight) -> Result<Tx, DbError> {
        let begin = match self.engine {
            // IMMEDIATE: a transaction that reads first and then writes must not find out late that it
            // may not.
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        self.begun(&self.writer, begin, sight).await
    }

    /// Begins a transaction that only reads, and sees one moment: that of its first statement.
    pub async fn read(&self) -> Result<Tx, DbError> {
        self.read_as(Sight::All).await
    }

    /// As [`read`](Self::read), on behalf of somebody: where a table has a wall, other rows than theirs
    /// are not there.
    pub async fn read_as(&self, sight: Sight) -> Result<Tx, DbError> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.begun(&self.reader, begin, sight).await
    }

    /// Begins in one round trip, whatever is to be seen.
    async fn begun(&self, pool: &Arc<Pool>, begin: &str, sight: Sight) -> Result<Tx, DbError> {
        let narrowing = sight.narrowing().filter(|_| self.engine == Engine::Postgres);
        let lease = match narrowing {
            None => pool.begin(begin).await?,
            Some(narrowing) => pool.begin(&format!("{begin}; {narrowing}")).await?,
        };
        Ok(Tx::new(self.engine, sight, lease, self.texts.clone()))
    }

    /// Finds out whether the database answers.
    pub async fn check(&self) -> Result<(), DbError> {
        let mut tx = self.read().await?;
        sql!("SELECT version FROM schema_version LIMIT 1").fetch_optional(&mut tx).await?;
        tx.commit().await
    }

    /// Waits a moment for open transactions, then closes all connections. Further transactions are
    /// refused.
    pub async fn close(&self) {
        self.reader.close().await;
        if self.engine == Engine::Sqlite {
            self.writer.close().await;
        }
    }
}
