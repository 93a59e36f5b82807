//! Writes of many rows in few statements.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{DbError, Engine, Query, Tx, Value};

/// Most rows of one statement: beyond this neither engine gets faster, and a single statement would
/// hold the connection for long.
const ROWS_MAX: usize = 512;

/// Most parameters of one statement: `SQLITE_LIMIT_VARIABLE_NUMBER` as SQLite ships.
const PARAMETERS_MAX_SQLITE: usize = 32_766;

/// Most parameters of one statement: the protocol counts them in 16 bits.
const PARAMETERS_MAX_POSTGRES: usize = 65_535;

/// Sends `rows` as multi-row `VALUES` between `head` and `tail` and returns how many rows were written.
///
/// `head` is like `INSERT INTO t (a, b)` and `tail` like `ON CONFLICT (a) DO UPDATE SET b = excluded.b`,
/// or together `UPDATE t SET b = v.column2 FROM (` and `) AS v WHERE t.a = v.column1`; `tail` has no
/// parameters. Rows are sent in the order given, in chunks of powers of two, so that few texts exist and
/// stay prepared. All rows have the same number and kinds of values. With `DO UPDATE`, no two rows may
/// have the same key: PostgreSQL refuses that within one chunk.
///
/// # Errors
///
/// As any statement; what earlier chunks wrote goes with the transaction. [`DbError::Driver`] if the rows
/// differ in length, before anything is sent.
pub async fn write_many(
    tx: &mut Tx,
    head: &'static str,
    rows: Vec<Vec<Value>>,
    tail: &'static str,
) -> Result<u64, DbError> {
    let columns = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != columns) {
        // The values would slide into their neighbours' columns.
        let why = format!("rows of different lengths for {head}");
        return Err(DbError::Driver(sqlx::Error::InvalidArgument(why)));
    }
    let mut left = rows.len();
    let mut rows = rows.into_iter();
    let mut written = 0;
    while left > 0 {
        let count = chunk(left, columns, tx.engine());
        let text = tx.texts().get(Key { head, tail, columns, rows: count });
        let values = rows.by_ref().take(count).flatten().collect();
        written += Query::built(text, values).execute(tx).await?;
        left -= count;
    }
    Ok(written)
}

/// Returns how many of `left` rows go into the next statement: the greatest power of two that fits.
fn chunk(left: usize, columns: usize, engine: Engine) -> usize {
    let parameters_max = match engine {
        Engine::Sqlite => PARAMETERS_MAX_SQLITE,
        Engine::Postgres => PARAMETERS_MAX_POSTGRES,
    };
    let fits = left.min(ROWS_MAX).min(parameters_max / columns.max(1)).max(1);
    1 << fits.ilog2()
}

/// The texts of multi-row statements that were needed so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts(Arc<Mutex<HashMap<Key, Arc<str>>>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    head: &'static str,
    tail: &'static str,
    columns: usize,
    rows: usize,
}

impl Texts {
    fn get(&self, key: Key) -> Arc<str> {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(texts.entry(key).or_insert_with(|| key.text().into()))
    }
}

impl Key {
    fn text(self) -> String {
        let rows: Vec<String> = (0..self.rows).map(|row| self.placeholders(row)).collect();
        format!("{} VALUES {} {}", self.head, rows.join(", "), self.tail)
    }

    /// Returns `($1, $2)` for the first of rows with two columns, `($3, $4)` for the next.
    fn placeholders(self, row: usize) -> String {
        let first = row * self.columns + 1;
        let names: Vec<String> = (first..first + self.columns).map(|n| format!("${n}")).collect();
        format!("({})", names.join(", "))
    }
}
