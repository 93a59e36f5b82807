//! Versions of products.

use std::collections::BTreeMap;

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use vocab::ProductId;

use crate::domain::compare::Difference;
use crate::domain::product::Product;
use crate::domain::query::ProductQuery;

static IN_FORCE: Stmt = sql!(
    "SELECT v.body FROM product_versions v
      WHERE v.effective_at <= $1 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM product_versions w
             WHERE w.product_id = v.product_id AND w.effective_at <= $1
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))"
);

static AT: Stmt = sql!(
    "SELECT body, is_withdrawn FROM product_versions
      WHERE product_id = $1 AND effective_at <= $2
      ORDER BY effective_at DESC, revision DESC LIMIT 1"
);

static MANY_AT: Stmt = sql!(
    "SELECT v.body FROM product_versions v WHERE v.product_id" in_texts "$1"
      " AND v.effective_at <= $2 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM product_versions w
             WHERE w.product_id = v.product_id AND w.effective_at <= $2
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))"
);

static LIST: Stmt = sql!(
    "SELECT v.body FROM product_versions v
      WHERE v.effective_at <= $1 AND NOT v.is_withdrawn AND v.product_id > $2
        AND ($3 IS NULL OR v.kind = $3)
        AND ($4 IS NULL OR v.publisher_type = $4)
        AND ($5 IS NULL OR v.billing_type = $5)
        AND ($6 IS NULL OR v.category = $6)
        AND NOT EXISTS (
            SELECT 1 FROM product_versions w
             WHERE w.product_id = v.product_id AND w.effective_at <= $1
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))
      ORDER BY v.product_id LIMIT $7"
);

/// Returns all products at an instant.
///
/// # Errors
///
/// Those of the database.
pub async fn in_force(tx: &mut Tx, at: Timestamp) -> Result<BTreeMap<ProductId, Product>, DbError> {
    by_id(&IN_FORCE.bind(at).fetch_all(tx).await?)
}

fn by_id(rows: &[Row]) -> Result<BTreeMap<ProductId, Product>, DbError> {
    let products = rows.iter().map(|row| super::body::<Product>("product_versions", row, 0));
    products.map(|product| product.map(|product| (product.id.clone(), product))).collect()
}

/// Returns a product as it is at an instant; `None` if it is unknown or withdrawn.
///
/// # Errors
///
/// Those of the database.
pub async fn at(
    tx: &mut Tx,
    product: &ProductId,
    at: Timestamp,
) -> Result<Option<Product>, DbError> {
    let row = AT.bind(product.as_str()).bind(at).fetch_optional(tx).await?;
    match row {
        Some(row) if !row.get::<bool>(1)? => super::body("product_versions", &row, 0).map(Some),
        Some(_) | None => Ok(None),
    }
}

/// Returns those of the products that there are at an instant.
///
/// # Errors
///
/// Those of the database.
pub async fn many_at(
    tx: &mut Tx,
    products: impl IntoIterator<Item = &ProductId>,
    at: Timestamp,
) -> Result<BTreeMap<ProductId, Product>, DbError> {
    let ids: Vec<String> = products.into_iter().map(|id| id.0.clone()).collect();
    by_id(&MANY_AT.bind(ids).bind(at).fetch_all(tx).await?)
}

/// Returns up to `limit` products at an instant, by id, after an id.
///
/// # Errors
///
/// Those of the database.
pub async fn list(
    tx: &mut Tx,
    query: &ProductQuery,
    at: Timestamp,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Product>, DbError> {
    let rows = LIST
        .bind(at)
        .bind(after.unwrap_or_default())
        .bind(query.kind.map(|kind| kind.as_str().to_owned()))
        .bind(query.publisher_type.map(|publisher| publisher.as_str().to_owned()))
        .bind(query.billing_type.map(|billing| billing.as_str().to_owned()))
        .bind(query.category.map(|category| category.as_str().to_owned()))
        .bind(limit)
        .fetch_all(tx)
        .await?;
    rows.iter().map(|row| super::body("product_versions", row, 0)).collect()
}

/// Writes what differs, as versions of a revision.
///
/// # Errors
///
/// Those of the database.
pub async fn write(
    tx: &mut Tx,
    differences: &[Difference<Product>],
    effective_at: Timestamp,
    revision: i64,
) -> Result<(), DbError> {
    let rows = differences.iter().map(|difference| {
        let (product, is_withdrawn) = difference.outcome();
        values![
            product.id.as_str(),
            effective_at,
            revision,
            is_withdrawn,
            product.kind.as_str(),
            product.publisher_type.as_str(),
            product.billing_type.as_str(),
            product.category.as_str(),
            super::json(product),
        ]
    });
    write_many(
        tx,
        "INSERT INTO product_versions (product_id, effective_at, revision, is_withdrawn, kind,
            publisher_type, billing_type, category, body)",
        rows.collect(),
        "",
    )
    .await
    .map(drop)
}
