//! What a database promises to the statements of those who know it.

use std::collections::BTreeSet;

use sqlx::{Connection as _, Row as _, postgres::PgConnection, sqlite::SqliteConnection};

const POSTGRES: &str = "
SELECT concat('column ', table_name, '.', column_name, ' ', data_type,
              CASE is_nullable WHEN 'NO' THEN ' not null' END,
              CASE WHEN column_default IS NOT NULL THEN ' default' END)
  FROM information_schema.columns WHERE table_schema = $1
UNION ALL
SELECT concat(CASE contype WHEN 'c' THEN 'check ' WHEN 'f' THEN 'foreign ' ELSE 'unique ' END,
              t.relname, ' ', replace(pg_get_constraintdef(c.oid), concat($1, '.'), ''))
  FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid
 WHERE c.connamespace = CAST($1 AS regnamespace) AND contype IN ('p', 'u', 'c', 'f')
UNION ALL
SELECT concat('unique ', tablename, ' ', substring(indexdef FROM ' USING .*'))
  FROM pg_indexes AS i
 WHERE schemaname = $1 AND indexdef LIKE 'CREATE UNIQUE%'
   AND NOT EXISTS (SELECT 1 FROM pg_constraint AS c
                    WHERE c.connamespace = CAST($1 AS regnamespace) AND c.conname = i.indexname)";

const SQLITE: &str = r#"
SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type
       || CASE WHEN c."notnull" OR c.pk > 0 THEN ' not null' ELSE '' END
       || CASE WHEN c.dflt_value IS NOT NULL THEN ' default' ELSE '' END
  FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
UNION ALL
SELECT 'unique ' || t.name || ' (' || (SELECT group_concat(coalesce(p.name, '...'), ', ')
                                         FROM pragma_index_info(i.name) AS p) || ')'
       || CASE WHEN i.partial THEN ' where ...' ELSE '' END
  FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i
 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND i."unique" "#;

/// Returns what the database at a URL, as configurations have it, promises: a line for each column, with its
/// type, whether it may be left out or be NULL, and for each constraint of a table.
///
/// # Panics
///
/// If it cannot be read.
#[expect(clippy::expect_used, reason = "a test without its database has failed")]
pub async fn schema_of(url: &str) -> BTreeSet<String> {
    let read = match url.strip_prefix("sqlite:") {
        Some(path) => of_sqlite(path).await,
        None => of_postgres(url).await,
    };
    read.expect("the schema of a database")
}

async fn of_sqlite(path: &str) -> Result<BTreeSet<String>, sqlx::Error> {
    let mut conn = SqliteConnection::connect(&format!("sqlite:{path}")).await?;
    let rows = sqlx::query(SQLITE).fetch_all(&mut conn).await?;
    conn.close().await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

async fn of_postgres(url: &str) -> Result<BTreeSet<String>, sqlx::Error> {
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    let schema = parameters.split('&').find_map(|parameter| parameter.strip_prefix("schema="));
    let mut conn = PgConnection::connect(address).await?;
    let rows = sqlx::query(POSTGRES).bind(schema.unwrap_or("public")).fetch_all(&mut conn).await?;
    conn.close().await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
