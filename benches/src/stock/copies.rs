//! Copies of everything that lifecycle has, each with ids of its own, made inside of PostgreSQL.

use anyhow::ensure;
use sqlx::AssertSqlSafe;

use crate::postgres::Postgres;

/// The time in an id and its version are kept, so that copies lie where their originals lie in an
/// index.
const COPY_OF: &str = "
CREATE FUNCTION public.copy_of(id uuid, copy int) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT (left(id::text, 24) || left(md5(id::text || copy), 12))::uuid $$;
";

/// Tables that grow with subscriptions, each before those that refer to it.
const TABLES: [&str; 5] = ["customers", "subscriptions", "changes", "invoices", "charges"];

/// What stays what it is in a copy, and what the database gives to each row by itself.
const KEPT: &str = "clock_id";
const GIVEN: [&str; 2] = ["feed_major", "feed_minor"];

/// Makes everything in a database so many `times` as much; `analyze` it afterwards.
pub async fn multiply(postgres: &Postgres, name: &str, times: u32) -> anyhow::Result<()> {
    if times <= 1 {
        return Ok(());
    }
    postgres.run(name, COPY_OF).await?;
    let mut connection = postgres.connect(name).await?;
    for table in TABLES {
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT column_name::text, udt_name::text FROM information_schema.columns
              WHERE table_schema = 'lifecycle' AND table_name = $1 AND NOT column_name = ANY($2)
              ORDER BY ordinal_position",
        )
        .bind(table)
        .bind(GIVEN.as_slice())
        .fetch_all(&mut connection)
        .await?;
        ensure!(!columns.is_empty(), "lifecycle has no table {table}");
        let copy = statement(table, &columns);
        sqlx::query(AssertSqlSafe(copy)).bind(i64::from(times)).execute(&mut connection).await?;
    }
    Ok(())
}

fn statement(table: &str, columns: &[(String, String)]) -> String {
    let ids: Vec<&str> =
        columns.iter().filter(|it| is_copied(it)).map(|it| it.0.as_str()).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<String> = columns.iter().map(|column| value(column, &ids)).collect();
    format!(
        "INSERT INTO lifecycle.{table} ({}) SELECT {} FROM lifecycle.{table} t,
         generate_series(2, $1::int8::int) AS copies (copy)",
        names.join(", "),
        values.join(", "),
    )
}

fn is_copied((name, kind): &(String, String)) -> bool {
    kind == "uuid" && name != KEPT
}

/// A body names the ids of its row.
fn value(column: &(String, String), ids: &[&str]) -> String {
    let (name, kind) = column;
    if is_copied(column) {
        return format!("public.copy_of(t.{name}, copy)");
    }
    if name != "body" {
        return format!("t.{name}");
    }
    let replaced = ids.iter().fold(format!("t.{name}::text"), |text, id| {
        format!(
            "replace({text}, coalesce(t.{id}::text, '-'), coalesce(public.copy_of(t.{id}, copy)::text, '-'))"
        )
    });
    format!("({replaced})::{kind}")
}
