//! The rows that a drain writes, written by plain set-based SQL in batches of the same size: one
//! statement a table, one transaction a batch, one connection.

use anyhow::ensure;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres as Pg, Row};
use tokio::time::Instant;

use crate::figure::per_second;
use crate::load::micros;
use crate::postgres::Postgres;

/// As many subscriptions are written; a tenth of a million tells how fast a million is.
const SAMPLE: u32 = 100_000;

/// Where the rows are before they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// In tables of the server: nothing is sent but the number of the batch.
    Server,
    /// In memory of the client, which sends them as one array a column.
    Client,
}

/// What lies ready, by batch: the first subscriptions, each with its change, whose charges are there, and as
/// many letters as belong to them.
const STAGE: &str = "
CREATE SCHEMA staged;
CREATE TABLE staged.subscriptions AS
    SELECT (row_number() OVER (ORDER BY subscription_id) - 1) / $BATCH AS batch, s.*
      FROM (SELECT * FROM lifecycle.subscriptions ORDER BY subscription_id LIMIT $SAMPLE) s;
ANALYZE staged.subscriptions;
CREATE TABLE staged.changes AS
    SELECT s.batch, c.* FROM lifecycle.changes c JOIN staged.subscriptions s USING (subscription_id)
     WHERE c.kind = '$CHANGE';
CREATE TABLE staged.charges AS
    SELECT n.batch, c.* FROM lifecycle.charges c JOIN staged.changes n USING (change_id);
CREATE TABLE staged.outbox AS
    SELECT (row_number() OVER (ORDER BY sent_at, position) - 1)
           * (SELECT max(batch) + 1 FROM staged.subscriptions) / count(*) OVER () AS batch, o.*
      FROM (SELECT * FROM lifecycle.outbox ORDER BY sent_at, position
             LIMIT (SELECT count(*) FROM lifecycle.outbox) * $SAMPLE
                   / (SELECT count(*) FROM lifecycle.subscriptions)) o;
CREATE TABLE staged.invoices AS SELECT * FROM lifecycle.invoices;
CREATE INDEX ON staged.subscriptions (batch);
CREATE INDEX ON staged.changes (batch);
CREATE INDEX ON staged.charges (batch);
CREATE INDEX ON staged.outbox (batch);
";

/// Tables in the order in which they are written, and what becomes of rows that are there.
const TABLES: [(&str, &str); 4] = [
    (
        "subscriptions",
        "ON CONFLICT (subscription_id) DO UPDATE SET
         partner_id = excluded.partner_id, product_id = excluded.product_id, kind = excluded.kind,
         status = excluded.status, is_listed = excluded.is_listed, alarm_at = excluded.alarm_at,
         version = excluded.version, body = excluded.body, attempts = excluded.attempts,
         last_error = excluded.last_error, parked_at = excluded.parked_at, sku_id = excluded.sku_id,
         auto_renew = excluded.auto_renew, renews_at = excluded.renews_at
         WHERE subscriptions.version < excluded.version",
    ),
    ("changes", ""),
    ("charges", ""),
    ("outbox", ""),
];

/// One table: how a batch of its rows is read, and how it is written.
#[derive(Debug)]
struct Table {
    column_count: usize,
    read: String,
    write: String,
    move_over: String,
}

/// Takes the rows that a drained database has and a due one has not, and lays them ready in a copy
/// of the due one: those of the first subscriptions, for all of them would fill the disk. `change` is the
/// kind of the changes that the drain left.
pub async fn stage(
    postgres: &Postgres,
    (drained, due): (&str, &str),
    staged: &str,
    (change, batch): (&str, u32),
) -> anyhow::Result<()> {
    let stage = STAGE.replace("$BATCH", &batch.to_string()).replace("$CHANGE", change);
    let stage = stage.replace("$SAMPLE", &SAMPLE.to_string());
    postgres.run(drained, &stage).await?;
    postgres.create(staged, due).await?;
    postgres.copy_schema("staged", drained, staged)?;
    let invoices = "INSERT INTO lifecycle.invoices SELECT * FROM staged.invoices
                    ON CONFLICT DO NOTHING";
    postgres.run(staged, invoices).await?;
    postgres.run(staged, "VACUUM ANALYZE").await
}

/// Writes all that lies ready, and returns how many subscriptions that were a second. Reading the
/// rows into memory is not counted.
pub async fn write(postgres: &Postgres, database: &str, from: From) -> anyhow::Result<u64> {
    let mut connection = postgres.connect(database).await?;
    let mut tables = Vec::new();
    for (name, on_conflict) in TABLES {
        tables.push(Table::of(&mut connection, name, on_conflict).await?);
    }
    let last: i64 = sqlx::query_scalar("SELECT max(batch) FROM staged.subscriptions")
        .fetch_one(&mut connection)
        .await?;
    let (mut took, mut rows) = (0, 0);
    for batch in 0..=last {
        let columns = match from {
            From::Server => Vec::new(),
            From::Client => read(&mut connection, &tables, batch).await?,
        };
        let began = Instant::now();
        let mut tx = connection.begin().await?;
        for (index, table) in tables.iter().enumerate() {
            let query = match from {
                From::Server => sqlx::query(AssertSqlSafe(table.move_over.as_str())).bind(batch),
                From::Client => table.sending(columns.get(index)),
            };
            rows += query.execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        took += micros(began.elapsed());
    }
    let mut staged = 0;
    for (name, _) in TABLES {
        staged += count(&mut connection, name).await?;
    }
    ensure!(rows == staged, "{rows} rows were written of {staged}");
    Ok(per_second(count(&mut connection, "subscriptions").await?, took))
}

async fn count(connection: &mut PgConnection, table: &str) -> anyhow::Result<u64> {
    let count = AssertSqlSafe(format!("SELECT count(*) FROM staged.{table}"));
    let rows: i64 = sqlx::query_scalar(count).fetch_one(connection).await?;
    Ok(u64::try_from(rows)?)
}

/// The columns of a batch of one table, each as an array of texts.
type Columns = Vec<Vec<Option<String>>>;

async fn read(
    connection: &mut PgConnection,
    tables: &[Table],
    batch: i64,
) -> anyhow::Result<Vec<Columns>> {
    let mut all = Vec::new();
    for table in tables {
        let query = sqlx::query(AssertSqlSafe(table.read.as_str())).bind(batch);
        let row = query.fetch_one(&mut *connection).await?;
        let columns = (0..table.column_count).map(|index| row.try_get(index));
        all.push(columns.collect::<Result<Columns, _>>()?);
    }
    Ok(all)
}

impl Table {
    async fn of(
        connection: &mut PgConnection,
        name: &str,
        on_conflict: &str,
    ) -> anyhow::Result<Self> {
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT column_name::text, udt_name::text FROM information_schema.columns
              WHERE table_schema = 'lifecycle' AND table_name = $1 ORDER BY ordinal_position",
        )
        .bind(name)
        .fetch_all(connection)
        .await?;
        let list = |each: fn(usize, &str, &str) -> String| {
            let columns = columns.iter().enumerate();
            let texts: Vec<String> =
                columns.map(|(index, (name, kind))| each(index + 1, name, kind)).collect();
            texts.join(", ")
        };
        let names = list(|_, name, _| name.to_owned());
        let aggregates = list(|_, name, _| format!("array_agg({name}::text)"));
        let arrays = list(|n, _, _| format!("${n}::text[]"));
        let typed = list(|_, name, kind| format!("{name}::{kind}"));
        Ok(Self {
            column_count: columns.len(),
            read: format!("SELECT {aggregates} FROM staged.{name} WHERE batch = $1"),
            write: format!(
                "INSERT INTO lifecycle.{name} ({names}) SELECT {typed}
                 FROM unnest({arrays}) AS v ({names}) {on_conflict}"
            ),
            move_over: format!(
                "INSERT INTO lifecycle.{name} ({names}) SELECT {names}
                 FROM staged.{name} WHERE batch = $1 {on_conflict}"
            ),
        })
    }

    fn sending<'q>(&'q self, columns: Option<&Columns>) -> Query<'q, Pg, PgArguments> {
        let query = sqlx::query(AssertSqlSafe(self.write.as_str()));
        columns.into_iter().flatten().fold(query, |query, column| query.bind(column.clone()))
    }
}
