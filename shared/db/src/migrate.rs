//! Brings a database's schema up to date, one numbered migration after the other.
//!
//! `schema_version` keeps the text of each applied migration: what has run can be read there, and an
//! altered migration is found out. Migrations expand before they contract; there is no way down. What a
//! database has and what a program knows is compared in `schema`.

use crate::schema::{self, Schema, Step};
use crate::{Db, DbError, Engine, Stmt, Tx, sql};

/// A step of a schema: DDL in one text for both engines.
///
/// `{uuid} {text} {bytes} {int} {bool} {ts} {date} {json}` stand for the types of
/// [`Kind`](crate::Kind), and `{strict}` behind a table's closing parenthesis makes SQLite as strict as
/// PostgreSQL is: `CREATE TABLE t (id {uuid} PRIMARY KEY, at {ts} NOT NULL) {strict};`
///
/// Where the engines share no words at all, as for triggers, a line `-- postgres only` or
/// `-- sqlite only` gives what follows to one of them, until `-- both`.
///
/// A migration whose first line is `-- additive` only adds what programs from before need not know: they
/// may start on it, as they find the line in the database. docs/operations.md says what may be in it, and
/// `tests/src/tidy/migrations.rs` looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Its number, from 1 upwards.
    pub version: i64,
    /// What it brings, for people.
    pub name: &'static str,
    /// Its text, never changed once it has run anywhere.
    pub sql: &'static str,
}

/// One starting process at a time; the others find the work done. SQLite's writer is alone anyway.
/// The number says "TENURE" in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(92759084487237)";

static HAS_SCHEMA: Stmt = sql!("SELECT 1 FROM pg_namespace WHERE nspname = $1");

static APPLY: Stmt = sql!("INSERT INTO schema_version (version, name, ddl) VALUES ($1, $2, $3)");

const VERSIONS: &str = "CREATE TABLE schema_version (
    version {int} PRIMARY KEY,
    name {text} NOT NULL,
    ddl {text} NOT NULL
) {strict}";

/// Applies what is missing, each migration in its own transaction, and returns which those were.
pub(crate) async fn run(
    db: &Db,
    schema: Option<&str>,
    migrations: &[Migration],
) -> Result<Vec<Step>, DbError> {
    let mut applied = Vec::new();
    while let Some(step) = step(db, schema, migrations).await? {
        applied.push(step);
    }
    Ok(applied)
}

/// Checks what is applied and applies the next migration; `None` once there is none.
async fn step(
    db: &Db,
    schema: Option<&str>,
    migrations: &[Migration],
) -> Result<Option<Step>, DbError> {
    let mut tx = db.begin().await?;
    if db.engine() == Engine::Postgres {
        tx.batch("SET LOCAL statement_timeout = 0").await?;
        tx.batch(LOCK).await?;
    }
    create_versions(&mut tx, schema).await?;
    let found = Schema::compared(schema::applied(&mut tx).await?, migrations);
    found.check()?;
    let next = found.missing.first().map(|step| step.version);
    let next = migrations.iter().find(|migration| Some(migration.version) == next);
    if let Some(migration) = next {
        apply(&mut tx, migration).await.map_err(|source| DbError::Migration {
            version: migration.version,
            name: migration.name,
            source: Box::new(source),
        })?;
    }
    tx.commit().await?;
    Ok(next.map(Step::of))
}

/// Creates schema and table only where they are missing: who may only use them can start, too.
async fn create_versions(tx: &mut Tx, schema: Option<&str>) -> Result<(), DbError> {
    if let Some(name) = schema
        && HAS_SCHEMA.bind(name).fetch_optional(tx).await?.is_none()
    {
        tx.batch(&format!("CREATE SCHEMA \"{name}\"")).await?;
    }
    if !schema::has_versions(tx).await? {
        tx.batch(&render(VERSIONS, tx.engine())).await?;
    }
    Ok(())
}

async fn apply(tx: &mut Tx, migration: &Migration) -> Result<(), DbError> {
    tracing::info!(version = migration.version, name = migration.name, "migrating the database");
    tx.batch(&render(migration.sql, tx.engine())).await?;
    APPLY
        .bind(migration.version)
        .bind(migration.name)
        .bind(migration.sql)
        .execute(tx)
        .await
        .map(drop)
}

/// Writes an engine's words for the tokens of a migration.
fn render(sql: &str, engine: Engine) -> String {
    const TOKENS: [(&str, &str, &str); 9] = [
        ("{uuid}", "uuid", "BLOB"),
        ("{text}", "text", "TEXT"),
        ("{bytes}", "bytea", "BLOB"),
        ("{int}", "bigint", "INTEGER"),
        ("{bool}", "boolean", "INTEGER"),
        ("{ts}", "timestamptz", "INTEGER"),
        ("{date}", "date", "TEXT"),
        ("{json}", "jsonb", "TEXT"),
        ("{strict}", "", "STRICT"),
    ];
    TOKENS.iter().fold(lines_for(sql, engine), |sql, (token, postgres, sqlite)| {
        sql.replace(token, if engine == Engine::Postgres { postgres } else { sqlite })
    })
}

/// Returns a migration without the lines that are for the other engine alone.
fn lines_for(sql: &str, engine: Engine) -> String {
    let mut is_ours = true;
    let mut ours = String::with_capacity(sql.len());
    for line in sql.lines() {
        match line.trim() {
            "-- postgres only" => is_ours = engine == Engine::Postgres,
            "-- sqlite only" => is_ours = engine == Engine::Sqlite,
            "-- both" => is_ours = true,
            _ if is_ours => {
                ours.push_str(line);
                ours.push('\n');
            }
            _ => {}
        }
    }
    ours
}
