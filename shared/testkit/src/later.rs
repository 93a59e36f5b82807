//! Lets the tests of a release run on the schema of a later one, as its processes do in a rolling upgrade.
//!
//! `TENURE_TEST_LATER` names a folder with the databases of the later release, which `tenure up --data FOLDER`
//! makes: they hold the text of every migration that they have had.

use std::path::Path;

use db::{Db, Migration, sql};
use sqlx::{Connection as _, Row as _, sqlite::SqliteConnection};

/// Brings a database further, if that is asked for, and lets it forget that it was: no program starts on a
/// schema that it does not know.
///
/// # Panics
///
/// If the folder holds no database of this service, or the later schema cannot be had.
#[expect(clippy::expect_used, reason = "a test without its database has failed")]
pub(crate) async fn migrate(url: &str, known: &[Migration]) {
    #[expect(clippy::disallowed_methods, reason = "only the runner of the tests knows of it")]
    let Ok(folder) = std::env::var("TENURE_TEST_LATER") else { return };
    let Some(all) = all_of(Path::new(&folder), known).await else { return };
    let last = known.iter().map(|migration| migration.version).max().unwrap_or(0);
    let db = Db::open(url, &all).await.expect("the schema of the later release");
    let mut tx = db.begin().await.expect("a transaction");
    let forget = sql!("DELETE FROM schema_version WHERE version > $1").bind(last);
    forget.execute(&mut tx).await.expect("what is forgotten");
    tx.commit().await.expect("what is forgotten");
    db.close().await;
}

/// Returns the migrations of the later release of a service; `None` for tables that no service has.
async fn all_of(folder: &Path, known: &[Migration]) -> Option<Vec<Migration>> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let all = migrations(&entry.path()).await.unwrap_or_default();
        let first = |of: &[Migration]| of.first().map(|migration| migration.sql);
        if first(&all).is_some_and(|text| Some(text) == first(known)) {
            return Some(all);
        }
    }
    None
}

async fn migrations(file: &Path) -> Result<Vec<Migration>, sqlx::Error> {
    let mut conn = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await?;
    let rows = sqlx::query("SELECT version, name, ddl FROM schema_version ORDER BY version");
    let rows = rows.fetch_all(&mut conn).await?;
    conn.close().await?;
    // Few, small, and the process ends soon.
    let kept = |text: String| -> &'static str { text.leak() };
    let read = rows.iter().map(|row| {
        let (version, name, ddl) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        Ok(Migration { version, name: kept(name), sql: kept(ddl) })
    });
    read.collect()
}
