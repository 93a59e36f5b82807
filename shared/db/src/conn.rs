//! One connection to either engine: how it is opened, what it is told, how it is closed. Who may use it
//! when is `pool`'s to say.

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgConnection},
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

/// Where connections come from; no `Debug`, for it may hold a password.
pub(crate) enum Source {
    Postgres(PgConnectOptions),
    Sqlite(SqliteConnectOptions),
}

/// A connection to either engine.
pub(crate) enum Conn {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Source {
    pub(crate) async fn connect(&self) -> Result<Conn, sqlx::Error> {
        match self {
            Self::Postgres(options) => options.connect().await.map(Conn::Postgres),
            Self::Sqlite(options) => options.connect().await.map(Conn::Sqlite),
        }
    }
}

impl Conn {
    /// Runs statements without parameters and without a cache: `BEGIN` and its like, and migrations.
    pub(crate) async fn command(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Postgres(conn) => sql.execute(conn).await.map(drop),
            Self::Sqlite(conn) => sql.execute(conn).await.map(drop),
        }
    }

    /// Says goodbye; on SQLite this waits for the statement that may still be running.
    pub(crate) async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Postgres(conn) => conn.close().await,
            Self::Sqlite(conn) => conn.close().await,
        }
    }
}
