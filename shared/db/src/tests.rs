//! Both engines, asked the same questions. The fixture is like `testkit`'s, which cannot serve the crate
//! that it is built on.

mod failures;
mod opening;
mod schemas;
mod sights;
mod texts;
mod transactions;
mod values;

use std::path::PathBuf;

use uuid::Uuid;

use crate::{Db, Migration};

#[derive(Debug, Clone, Copy)]
enum Backend {
    Sqlite,
    Postgres,
}

/// A place for a database that nobody has used before.
struct Place {
    url: String,
    folder: Option<PathBuf>,
}

impl Place {
    fn fresh(backend: Backend) -> Self {
        #[expect(clippy::disallowed_methods, reason = "no test predicts where its database is")]
        let name = format!("t_{}", Uuid::now_v7().simple());
        match backend {
            Backend::Sqlite => {
                let folder = std::env::temp_dir().join(name);
                std::fs::create_dir(&folder).unwrap();
                let url = format!("sqlite:{}", folder.join("test.db").display());
                Self { url, folder: Some(folder) }
            }
            Backend::Postgres => {
                let url = format!("{}?schema={name}&connections=6", postgres_url());
                Self { url, folder: None }
            }
        }
    }

    async fn open(&self, migrations: &[Migration]) -> Db {
        Db::open(&self.url, migrations).await.unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "where the test database is, only the runner knows")]
fn postgres_url() -> String {
    std::env::var("TENURE_TEST_POSTGRES").expect("no PostgreSQL to test on: run ./test")
}

const NOTES: &[Migration] = &[Migration {
    version: 1,
    name: "notes",
    sql: "CREATE TABLE notes (
        id {uuid} PRIMARY KEY,
        name {text} NOT NULL UNIQUE,
        size {int} NOT NULL
    ) {strict};
    CREATE INDEX notes_by_size ON notes (size);",
}];

/// An open database with the table `notes`.
async fn notes(backend: Backend) -> (Place, Db) {
    let place = Place::fresh(backend);
    let db = place.open(NOTES).await;
    (place, db)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}
