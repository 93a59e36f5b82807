//! What a database URL says: which engine, where, and how many connections.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{DbError, Engine, conn::Source, meters::Meters, pool::Pool};

/// Connections to PostgreSQL unless the URL says `connections=N`: several per core of a usual server,
/// and few enough that five services with two replicas each stay under its default limit of 100.
const POSTGRES_CONNECTIONS: u32 = 8;

/// Readers of an SQLite file; each has a thread of its own.
const SQLITE_READERS: u32 = 4;

/// How long SQLite waits while another process holds the file.
const SQLITE_BUSY_MAX: Duration = Duration::from_secs(5);

/// Statements that each connection keeps prepared: all of a service, and its multi-row sizes.
const STATEMENTS_MAX: usize = 512;

/// Rows that SQLite's thread may be ahead of the reader.
const SQLITE_ROWS_AHEAD: usize = 256;

/// What a database URL says.
pub(crate) struct Target {
    pub(crate) engine: Engine,
    pub(crate) writer: Arc<Pool>,
    /// On PostgreSQL the same as `writer`.
    pub(crate) reader: Arc<Pool>,
    /// Where the tables are, on PostgreSQL, if not where the server puts them.
    pub(crate) schema: Option<String>,
    /// Where the file is, on SQLite.
    pub(crate) file: Option<PathBuf>,
}

impl Target {
    /// Reads `sqlite:PATH` or `postgres://user@host/database?schema=name&connections=N`.
    pub(crate) fn parse(url: &str) -> Result<Self, DbError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return sqlite(path.strip_prefix("//").unwrap_or(path));
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return postgres(url);
        }
        Err(DbError::Url("starts neither with sqlite: nor with postgres:".to_owned()))
    }
}

fn sqlite(path: &str) -> Result<Target, DbError> {
    if path.is_empty() || path.starts_with(":memory:") || path.contains('?') {
        return Err(DbError::Url("must name a file after sqlite:, and nothing else".to_owned()));
    }
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(DbError::Missing {
            what: format!("the folder {} of the database file does not exist", folder.display()),
            remedy: "create it, or correct the database URL".to_owned(),
        });
    }
    let both = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY_MAX)
        .synchronous(SqliteSynchronous::Full)
        .statement_cache_capacity(STATEMENTS_MAX)
        .row_buffer_size(SQLITE_ROWS_AHEAD);
    let name = Path::new(path).file_stem().and_then(|name| name.to_str()).unwrap_or(path);
    let meters = |role: &str| Meters::new(Engine::Sqlite, name, &format!("{name} {role}"));
    let readers = both.clone().pragma("query_only", "ON");
    let writer = both.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    Ok(Target {
        engine: Engine::Sqlite,
        writer: Pool::new(Source::Sqlite(writer), 1, meters("writer")),
        reader: Pool::new(Source::Sqlite(readers), SQLITE_READERS, meters("readers")),
        schema: None,
        file: Some(PathBuf::from(path)),
    })
}

fn postgres(url: &str) -> Result<Target, DbError> {
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    let (mut schema, mut connections) = (None, POSTGRES_CONNECTIONS);
    let mut driver_parameters = Vec::new();
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("schema", name)) => schema = Some(schema_name(name)?),
            Some(("connections", count)) => {
                connections = count.parse().ok().filter(|count| *count > 0).ok_or_else(|| {
                    DbError::Url(format!("has connections={count}, which is no number above 0"))
                })?;
            }
            _ => driver_parameters.push(parameter),
        }
    }
    let mut options =
        PgConnectOptions::from_str(&format!("{address}?{}", driver_parameters.join("&")))
            // The driver's message does not repeat the URL, which may hold a password.
            .map_err(|error| DbError::Url(format!("cannot be understood: {error}")))?
            .statement_cache_capacity(STATEMENTS_MAX)
            .options([
                // Nothing of ours takes this long; what does would block the others.
                ("statement_timeout", "60s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ]);
    if let Some(name) = &schema {
        // In quotes, since a name such as `order` is a word of SQL.
        options = options.options([("search_path", format!("\"{name}\""))]);
    }
    let name = schema.as_deref().or(options.get_database()).unwrap_or("postgres").to_owned();
    let meters = Meters::new(Engine::Postgres, &name, &name);
    let pool = Pool::new(Source::Postgres(options), connections, meters);
    let writer = Arc::clone(&pool);
    Ok(Target { engine: Engine::Postgres, writer, reader: pool, schema, file: None })
}

/// Returns where a database is, for people: without its user, its password, and what only the driver reads.
pub fn place_of(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.to_owned();
    }
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    // What is no URL may be a secret in the wrong place.
    let Some((_, address)) = address.split_once("://") else { return "no database".to_owned() };
    let place = address.rsplit_once('@').map_or(address, |(_, place)| place);
    let schema = parameters.split('&').find_map(|parameter| parameter.strip_prefix("schema="));
    let schema = schema.map_or_else(String::new, |schema| format!(" ({schema})"));
    format!("{place}{schema}")
}

/// Returns `name` if it can be written into SQL as it is.
fn schema_name(name: &str) -> Result<String, DbError> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    // NAMEDATALEN - 1.
    if starts_well && name.len() <= 63 && name.chars().all(is_plain) {
        return Ok(name.to_owned());
    }
    Err(DbError::Url(format!(
        "has schema={name}: up to 63 of a-z, 0-9 and _ are allowed, no digit first"
    )))
}
