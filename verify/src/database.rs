//! The database of a log, read and never written, with statements of our own: neither the service nor
//! its code needs to be trusted, or to run.

use anyhow::{Context, Result, anyhow, ensure};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Row as _,
    postgres::{PgConnectOptions, PgConnection, PgRow},
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow},
};

use crate::{
    check::{Check, Report, Stored},
    head::{Head, Key},
    row::{Found, Row},
};

/// Entries in memory at once.
const PAGE: i64 = 1_000;

/// Checks the log in the database at `url`; `origin` is its name in what was signed.
///
/// `keys` are those that are trusted; if there are none, the one that was made at the first start and
/// is kept in the database is.
///
/// # Errors
///
/// A database that cannot be read, or that holds no log; no key to trust.
pub async fn check(url: &str, origin: &str, keys: Vec<Key>, kept: Option<&Head>) -> Result<Report> {
    let mut log = Log::open(url).await?;
    let heads = log.heads(origin).await?;
    let keys = if keys.is_empty() { log.own_key().await? } else { keys };
    let mut check = Check::new(&keys, heads, kept, log.stored().await?);
    let mut after = i64::MIN;
    loop {
        let page = log.page(after).await?;
        let Some(last) = page.last() else { break };
        after = last.index;
        if !page.iter().all(|found| check.take(found)) {
            break;
        }
    }
    Ok(check.finish())
}

/// Returns a URL without the parts that only the services understand, and the schema among them.
fn split(url: &str) -> (String, Option<&str>) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let schema = query.split('&').find_map(|part| part.strip_prefix("schema="));
    let is_ours = |part: &&str| !part.starts_with("schema=") && !part.starts_with("connections=");
    let rest: Vec<&str> = query.split('&').filter(is_ours).collect();
    (format!("{base}?{}", rest.join("&")), schema)
}

/// A connection within a transaction that only reads.
enum Log {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What a column is read as.
#[derive(Clone, Copy)]
enum Kind {
    Int,
    Text,
    Bytes,
}
use Kind::{Bytes, Int, Text};

/// A value of a row; one that is of another kind says so.
type Cell = Result<Option<Value>, String>;

enum Value {
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

macro_rules! cell {
    ($row:ident, $at:ident, $kind:ident) => {{
        let cell = match $kind {
            Int => $row.try_get::<Option<i64>, _>($at).map(|cell| cell.map(Value::Int)),
            Text => $row.try_get::<Option<String>, _>($at).map(|cell| cell.map(Value::Text)),
            Bytes => $row.try_get::<Option<Vec<u8>>, _>($at).map(|cell| cell.map(Value::Bytes)),
        };
        cell.map_err(|error| error.to_string())
    }};
}

macro_rules! fetch {
    ($row:ty, $conn:expr, $sql:expr, $params:expr, $kinds:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for param in $params {
            query = query.bind(*param);
        }
        let rows = query.fetch_all($conn).await?;
        let cells =
            |row: &$row| $kinds.iter().enumerate().map(|(at, kind)| cell!(row, at, kind)).collect();
        rows.iter().map(cells).collect()
    }};
}

impl Log {
    async fn open(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::new().filename(path).read_only(true);
            let mut conn =
                options.connect().await.with_context(|| format!("cannot open {path}"))?;
            sqlx::raw_sql("BEGIN").execute(&mut conn).await?;
            return Ok(Self::Sqlite(conn));
        }
        ensure!(url.starts_with("postgres"), "the log is at sqlite:PATH or postgres://…");
        let (url, schema) = split(url);
        let options: PgConnectOptions = url.parse().context("the URL cannot be read")?;
        let mut conn = options.connect().await.context("the database cannot be reached")?;
        if let Some(schema) = schema {
            let is_plain = schema.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            ensure!(is_plain, "schema={schema} is no schema of a log");
            let path = format!("SET search_path TO \"{schema}\"");
            sqlx::raw_sql(AssertSqlSafe(path)).execute(&mut conn).await?;
        }
        let begin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
        sqlx::raw_sql(begin).execute(&mut conn).await?;
        Ok(Self::Postgres(conn))
    }

    async fn fetch(
        &mut self,
        sql: String,
        params: &[i64],
        kinds: &[Kind],
    ) -> Result<Vec<Vec<Cell>>> {
        Ok(match self {
            Self::Sqlite(conn) => fetch!(SqliteRow, conn, sql, params, kinds),
            Self::Postgres(conn) => fetch!(PgRow, conn, sql, params, kinds),
        })
    }

    /// Writes a column as bytes of a UUID.
    fn uuid(&self, name: &str) -> String {
        match self {
            Self::Sqlite(_) => name.to_owned(),
            Self::Postgres(_) => format!("uuid_send({name})"),
        }
    }

    /// Writes a column as microseconds since 1970; an instant that never comes is NULL.
    fn micros(&self, name: &str) -> String {
        match self {
            Self::Sqlite(_) => name.to_owned(),
            Self::Postgres(_) => format!(
                "CASE WHEN isfinite({name}) \
                 THEN (extract(epoch FROM {name}) * 1000000)::bigint END"
            ),
        }
    }

    /// Writes a column of JSON as its text.
    fn json(&self, name: &str) -> String {
        match self {
            Self::Sqlite(_) => name.to_owned(),
            Self::Postgres(_) => format!("{name}::text"),
        }
    }

    async fn heads(&mut self, origin: &str) -> Result<Vec<Head>> {
        let signed_at = self.micros("signed_at");
        let sql = format!(
            "SELECT size, root_hash, {signed_at}, signature FROM checkpoints ORDER BY size"
        );
        let rows = self.fetch(sql, &[], &[Int, Bytes, Int, Bytes]).await?;
        // What cannot be read was not signed, which is found out where signatures are verified.
        let head = |row: Vec<Cell>| {
            let mut row = Cells::of(row);
            let (size, root) = (row.int().unwrap_or(-1), row.bytes().unwrap_or_default());
            let (signed_at, signature) =
                (row.int().unwrap_or_default(), row.bytes().unwrap_or_default());
            Head::of_parts(origin, size, &root, signed_at, &signature)
        };
        Ok(rows.into_iter().map(head).collect())
    }

    async fn own_key(&mut self) -> Result<Vec<Key>> {
        let sql = "SELECT private_pem FROM signing_key".to_owned();
        let rows = self.fetch(sql, &[], &[Text]).await?;
        let row = rows.into_iter().next().context(
            "the database keeps no key; name the public key that is trusted, as ListSigningKeys \
             told it",
        )?;
        let pem = Cells::of(row).text().map_err(|why| anyhow!(why))?;
        Ok(vec![Key::of_private_pem(&pem)?])
    }

    async fn stored(&mut self) -> Result<Option<Stored>> {
        let sql = "SELECT size, frontier FROM tree_head".to_owned();
        let rows = self.fetch(sql, &[], &[Int, Bytes]).await?;
        // No head is one that no tree has.
        let none = || Stored { size: -1, roots: vec![] };
        let stored = rows.into_iter().next().map_or_else(none, |row| {
            let mut row = Cells::of(row);
            Stored { size: row.int().unwrap_or(-1), roots: row.bytes().unwrap_or_default() }
        });
        Ok(Some(stored))
    }

    async fn page(&mut self, after: i64) -> Result<Vec<Found>> {
        let sql = format!(
            "SELECT entry_index, {}, {}, {}, {}, service, actor, actor_salt, actor_hash, {}, {}, \
             action, resource, outcome, reason, {}, leaf_hash FROM entries \
             WHERE entry_index > $1 ORDER BY entry_index LIMIT $2",
            self.uuid("entry_id"),
            self.micros("appended_at"),
            self.micros("occurred_at"),
            self.micros("test_clock_at"),
            self.uuid("partner_id"),
            self.uuid("customer_id"),
            self.json("details"),
        );
        let kinds = [
            Int, Bytes, Int, Int, Int, Text, Text, Bytes, Bytes, Bytes, Bytes, Text, Text, Text,
            Text, Text, Bytes,
        ];
        let rows = self.fetch(sql, &[after, PAGE], &kinds).await?;
        rows.into_iter().map(found).collect()
    }
}

fn found(row: Vec<Cell>) -> Result<Found> {
    let mut cells = Cells::of(row);
    let index = cells.int().map_err(|why| anyhow!(why))?;
    Ok(Found { index, row: read(&mut cells).map(Box::new) })
}

fn read(cells: &mut Cells) -> Result<Row, String> {
    Ok(Row {
        id: cells.bytes()?,
        appended_at: cells.int()?,
        occurred_at: cells.int()?,
        test_clock_at: cells.maybe_int()?,
        service: cells.text()?,
        actor: cells.maybe_text()?,
        actor_salt: cells.maybe_bytes()?,
        actor_hash: cells.bytes()?,
        partner: cells.maybe_bytes()?,
        customer: cells.maybe_bytes()?,
        action: cells.text()?,
        resource: cells.text()?,
        outcome: cells.text()?,
        reason: cells.text()?,
        details: serde_json::from_str(&cells.text()?).map_err(|error| error.to_string())?,
        leaf_hash: cells.bytes()?,
    })
}

/// The cells of a row, taken from the left.
struct Cells(std::vec::IntoIter<Cell>);

macro_rules! take {
    ($maybe:ident, $name:ident, $kind:ident, $type:ty) => {
        fn $maybe(&mut self) -> Result<Option<$type>, String> {
            match self.0.next() {
                Some(Ok(Some(Value::$kind(value)))) => Ok(Some(value)),
                Some(Err(why)) => Err(why),
                _ => Ok(None),
            }
        }

        fn $name(&mut self) -> Result<$type, String> {
            self.$maybe()?.ok_or_else(|| "a value is missing".to_owned())
        }
    };
}

impl Cells {
    fn of(row: Vec<Cell>) -> Self {
        Self(row.into_iter())
    }

    take!(maybe_int, int, Int, i64);
    take!(maybe_text, text, Text, String);
    take!(maybe_bytes, bytes, Bytes, Vec<u8>);
}
