//! Versions of promotions.

use std::collections::BTreeMap;
use std::fmt::Display;

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use vocab::{Promotion, PromotionId, PromotionVersion};

use super::head::Head;
use crate::domain::compare::Difference;
use crate::domain::query::PromotionQuery;

/// Of all versions up to an instant the one with the greatest effective instant holds, and of
/// several with the same one the greatest revision.
static IN_FORCE: Stmt = sql!(
    "SELECT v.body FROM promotion_versions v
      WHERE v.effective_at <= $1 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM promotion_versions w
             WHERE w.promotion_id = v.promotion_id AND w.effective_at <= $1
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))"
);

static LIST: Stmt = sql!(
    "SELECT v.body FROM promotion_versions v
      WHERE v.effective_at <= $1 AND NOT v.is_withdrawn AND v.promotion_id > $2
        AND ($3 IS NULL OR v.skus LIKE $3 ESCAPE '!')
        AND ($4 IS NULL OR v.markets = '||' OR v.markets LIKE $4)
        AND ($5 IS NULL OR v.segments = '||' OR v.segments LIKE $5)
        AND ($6 IS NULL OR v.terms = '||' OR v.terms LIKE $6)
        AND NOT EXISTS (
            SELECT 1 FROM promotion_versions w
             WHERE w.promotion_id = v.promotion_id AND w.effective_at <= $1
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))
      ORDER BY v.promotion_id LIMIT $7"
);

/// Returns all promotions at an instant, whether their days have come or not.
///
/// # Errors
///
/// Those of the database.
pub async fn in_force(
    tx: &mut Tx,
    at: Timestamp,
) -> Result<BTreeMap<PromotionId, Promotion>, DbError> {
    let rows = IN_FORCE.bind(at).fetch_all(tx).await?;
    let promotions = rows.iter().map(|row| super::body::<Promotion>("promotion_versions", row, 0));
    promotions.map(|found| found.map(|found| (found.id.clone(), found))).collect()
}

/// Returns up to `limit` promotions at an instant, by id, after an id.
///
/// # Errors
///
/// Those of the database.
pub async fn list(
    tx: &mut Tx,
    query: &PromotionQuery,
    at: Timestamp,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Promotion>, DbError> {
    let rows = LIST
        .bind(at)
        .bind(after.unwrap_or_default())
        // An id may have an underscore, which stands for anything in a pattern.
        .bind(query.sku.as_ref().map(|sku| pattern(sku.as_str().replace('_', "!_"))))
        .bind(query.market.map(pattern))
        .bind(query.segment.map(pattern))
        .bind(query.term.map(pattern))
        .bind(limit)
        .fetch_all(tx)
        .await?;
    rows.iter().map(|row| super::body("promotion_versions", row, 0)).collect()
}

fn pattern(one: impl Display) -> String {
    format!("%|{one}|%")
}

/// Reads a version from the columns body, `effective_at`, revision, `is_withdrawn`.
pub(super) fn version(row: &Row) -> Result<PromotionVersion, DbError> {
    Ok(PromotionVersion {
        promotion: super::body("promotion_versions", row, 0)?,
        effective_at: row.get(1)?,
        revision: row.get(2)?,
        is_withdrawn: row.get(3)?,
    })
}

/// Writes what differs, as versions of the head's revision in the next places of the feed; returns
/// the last place.
///
/// # Errors
///
/// Those of the database.
pub async fn write(
    tx: &mut Tx,
    differences: &[Difference<Promotion>],
    effective_at: Timestamp,
    head: Head,
) -> Result<i64, DbError> {
    let mut position = head.position;
    let rows = differences.iter().map(|difference| {
        let (promotion, is_withdrawn) = difference.outcome();
        position += 1;
        values![
            promotion.id.as_str(),
            effective_at,
            head.revision,
            position,
            is_withdrawn,
            listed(&promotion.skus),
            listed(&promotion.markets),
            listed(&promotion.segments),
            listed(&promotion.terms),
            super::json(promotion),
        ]
    });
    let rows = rows.collect();
    write_many(
        tx,
        "INSERT INTO promotion_versions (promotion_id, effective_at, revision, position,
            is_withdrawn, skus, markets, segments, terms, body)",
        rows,
        "",
    )
    .await?;
    Ok(position)
}

fn listed<T: ToString>(list: impl IntoIterator<Item = T>) -> String {
    let names: Vec<_> = list.into_iter().map(|one| one.to_string()).collect();
    format!("|{}|", names.join("|"))
}
