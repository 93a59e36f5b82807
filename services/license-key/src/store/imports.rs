//! How far imports of keys are.

use db::{DbError, Row, Stmt, Tx, sql};
use vocab::{ProductId, RequestId, SkuId};

use crate::domain::{Counts, KeyImport, SkuName};

macro_rules! select {
    ($($rest:tt)+) => {
        sql!(
            "SELECT import_id, product_id, sku_id, activation_limit, line_count, imported_count,
                    duplicate_count, malformed_count, malformed_lines, digest, is_finished,
                    updated_at
               FROM key_imports WHERE import_id = $1" $($rest)*
        )
    };
}

static LOAD: Stmt = select!("");

static LOCK: Stmt = select!(for_update);

static SAVE: Stmt = sql!(
    "INSERT INTO key_imports (import_id, product_id, sku_id, activation_limit, line_count,
         imported_count, duplicate_count, malformed_count, malformed_lines, digest, is_finished,
         updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (import_id) DO UPDATE SET
         line_count = excluded.line_count, imported_count = excluded.imported_count,
         duplicate_count = excluded.duplicate_count, malformed_count = excluded.malformed_count,
         malformed_lines = excluded.malformed_lines, digest = excluded.digest,
         is_finished = excluded.is_finished, updated_at = excluded.updated_at"
);

/// Returns an import.
///
/// # Errors
///
/// Those of the database.
pub async fn load(tx: &mut Tx, id: RequestId) -> Result<Option<KeyImport>, DbError> {
    LOAD.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns an import that nobody else can change before `tx` ends.
///
/// # Errors
///
/// Those of the database.
pub async fn lock(tx: &mut Tx, id: RequestId) -> Result<Option<KeyImport>, DbError> {
    LOCK.bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Writes how far an import is.
///
/// # Errors
///
/// Those of the database.
pub async fn save(tx: &mut Tx, import: &KeyImport) -> Result<(), DbError> {
    let Counts { lines, imported, duplicates, malformed, malformed_lines } = &import.counts;
    let numbers: Vec<String> = malformed_lines.iter().map(ToString::to_string).collect();
    SAVE.bind(import.id.0)
        .bind(import.sku.product.as_str())
        .bind(import.sku.sku.as_str())
        .bind(import.activation_limit)
        .bind(*lines)
        .bind(*imported)
        .bind(*duplicates)
        .bind(*malformed)
        .bind(numbers.join(","))
        .bind(import.digest.clone())
        .bind(import.is_finished)
        .bind(import.updated_at)
        .execute(tx)
        .await
        .map(drop)
}

fn read(row: &Row) -> Result<KeyImport, DbError> {
    let numbers: String = row.get(8)?;
    let bad = |_| DbError::corrupt("key_imports", "malformed_lines", &numbers);
    let numbers = numbers.split(',').filter(|number| !number.is_empty()).map(str::parse);
    Ok(KeyImport {
        id: RequestId(row.get(0)?),
        sku: SkuName { product: ProductId(row.get(1)?), sku: SkuId(row.get(2)?) },
        activation_limit: row.get(3)?,
        counts: Counts {
            lines: row.get(4)?,
            imported: row.get(5)?,
            duplicates: row.get(6)?,
            malformed: row.get(7)?,
            malformed_lines: numbers.collect::<Result<_, _>>().map_err(bad)?,
        },
        digest: row.get(9)?,
        is_finished: row.get(10)?,
        updated_at: row.get(11)?,
    })
}
