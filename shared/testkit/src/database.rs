//! Databases that nobody has used before, and that are gone after the test.

use std::path::PathBuf;

use db::{Db, Migration};
use sqlx::{Connection as _, postgres::PgConnection};
use uuid::Uuid;

use crate::later;

/// How many connections a test may open to PostgreSQL: tests run in parallel, and all share one server.
const CONNECTIONS: u32 = 6;

/// Which database a test runs on; most run on both: `#[values(Backend::Sqlite, Backend::Postgres)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file in a folder of its own.
    Sqlite,
    /// A schema of its own in the database that `TENURE_TEST_POSTGRES` names.
    Postgres,
}

/// An open database for one test.
#[derive(Debug)]
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// Where it is, to open it a second time.
    pub url: String,
    /// Removes it when the test is over; after `db`, so that nobody is in it.
    _place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Schema(String),
}

impl TestDb {
    /// Creates an empty database and migrates it; further than that, if a later release is to be tried (see
    /// `later`).
    ///
    /// # Panics
    ///
    /// If there is no database to be had, or a migration fails: a test that cannot run must not pass.
    #[expect(clippy::panic, reason = "a test without its database has failed")]
    pub async fn fresh(backend: Backend, migrations: &[Migration]) -> Self {
        let (url, place) = Place::fresh(backend);
        let opened = Db::open(&url, migrations).await;
        later::migrate(&url, migrations).await;
        match opened {
            Ok(db) => Self { db, url, _place: place },
            Err(error) => panic!("no database for this test: {error}: {error:?}"),
        }
    }
}

impl Place {
    #[expect(clippy::expect_used, reason = "a test without its database has failed")]
    fn fresh(backend: Backend) -> (String, Self) {
        #[expect(clippy::disallowed_methods, reason = "no test predicts where its database is")]
        let name = format!("t_{}", Uuid::now_v7().simple());
        match backend {
            Backend::Sqlite => {
                let folder = std::env::temp_dir().join(name);
                std::fs::create_dir(&folder).expect("a folder for the test's database");
                (format!("sqlite:{}", folder.join("test.db").display()), Self::Folder(folder))
            }
            Backend::Postgres => {
                let url = format!("{}?schema={name}&connections={CONNECTIONS}", postgres_url());
                (url, Self::Schema(name))
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            Self::Folder(folder) => {
                // What stays behind in the folder for temporary files harms nobody.
                drop(std::fs::remove_dir_all(folder));
            }
            Self::Schema(name) => drop_schema(std::mem::take(name)),
        }
    }
}

/// Drops a schema on a thread of its own, for the test's runtime is about to end. Nobody waits: what is
/// left goes with the server that `./test` removes.
pub fn drop_schema(name: String) {
    let drop_it = async move {
        let sql = sqlx::AssertSqlSafe(format!("DROP SCHEMA {name} CASCADE"));
        let mut conn = PgConnection::connect(&postgres_url()).await?;
        sqlx::raw_sql(sql).execute(&mut conn).await?;
        conn.close().await
    };
    drop(std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_or(Ok(()), |runtime| runtime.block_on(drop_it))
    }));
}

/// Returns the URL of the PostgreSQL database for tests, without a query.
///
/// # Panics
///
/// If `TENURE_TEST_POSTGRES` does not name it.
#[expect(clippy::disallowed_methods, reason = "only the runner of the tests knows where it is")]
#[expect(clippy::panic, reason = "a test that cannot run must not pass")]
pub fn postgres_url() -> String {
    std::env::var("TENURE_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("TENURE_TEST_POSTGRES names no PostgreSQL to test on: run ./test, which starts one")
    })
}
