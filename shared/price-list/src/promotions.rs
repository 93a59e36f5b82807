//! The copy's promotions: takes them over, and answers from them.

use std::collections::BTreeMap;

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use proto::catalog::WatchCatalogResponse;
use vocab::{Promotion, PromotionId, PromotionVersion, SkuId};

use crate::copy::{ApplyError, json};
use crate::lookup::body;
use crate::wire::read_promotion_version;

/// Of all versions up to an instant the one with the greatest effective instant holds, and of
/// several with the same one the greatest revision.
static OF_SKUS: Stmt = sql!(
    "SELECT v.body FROM price_list_promoted_skus s
       JOIN price_list_promotions v ON v.promotion_id = s.promotion_id
        AND v.effective_at = s.effective_at AND v.revision = s.revision
      WHERE s.sku_id" in_texts "$1" " AND s.effective_at <= $2 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM price_list_promotions w
             WHERE w.promotion_id = v.promotion_id AND w.effective_at <= $2
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))
      ORDER BY v.promotion_id"
);

static NAMED: Stmt = sql!(
    "SELECT v.body FROM price_list_promotions v WHERE v.promotion_id" in_texts "$1"
      " AND v.effective_at <= $2 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM price_list_promotions w
             WHERE w.promotion_id = v.promotion_id AND w.effective_at <= $2
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))
      ORDER BY v.promotion_id"
);

/// A version that is for other SKUs ends one that was for these, so it is among them.
static VERSIONS: Stmt = sql!(
    "SELECT body, effective_at, revision, is_withdrawn FROM price_list_promotions
      WHERE promotion_id IN (SELECT promotion_id FROM price_list_promoted_skus
            WHERE sku_id" in_texts "$1" ")
      ORDER BY promotion_id, effective_at, revision"
);

static FORGET_SKUS: Stmt = sql!(
    "DELETE FROM price_list_promoted_skus
      WHERE promotion_id = $1 AND effective_at = $2 AND revision = $3"
);

/// Returns the promotions of a SKU that are in force on the day of an instant, by id. For which
/// market, segment and term they are is for [`Promotion::check`] to tell.
///
/// # Errors
///
/// Those of the database.
pub async fn promotions_at(
    tx: &mut Tx,
    sku: &SkuId,
    at: Timestamp,
) -> Result<Vec<Promotion>, DbError> {
    promotions_of(tx, std::slice::from_ref(sku), at).await
}

/// Returns the promotions of any of the SKUs that are in force on the day of an instant, by id, each
/// once.
///
/// # Errors
///
/// Those of the database.
pub async fn promotions_of(
    tx: &mut Tx,
    skus: &[SkuId],
    at: Timestamp,
) -> Result<Vec<Promotion>, DbError> {
    let ids: Vec<String> = skus.iter().map(|sku| sku.0.clone()).collect();
    let rows = OF_SKUS.bind(ids).bind(at).fetch_all(tx).await?;
    let mut found = read(&rows)?;
    found.retain(|promotion| promotion.is_in_force(at));
    found.dedup_by(|next, one| next.id == one.id);
    Ok(found)
}

/// Returns what a promotion says at an instant, whether its days have come or are over or not; `None`
/// if it is unknown or withdrawn.
///
/// # Errors
///
/// Those of the database.
pub async fn promotion(
    tx: &mut Tx,
    promotion: &PromotionId,
    at: Timestamp,
) -> Result<Option<Promotion>, DbError> {
    Ok(promotions_named(tx, std::slice::from_ref(promotion), at).await?.pop())
}

/// Returns what promotions say at an instant, as [`promotion`] does, by id; unknown and withdrawn ones
/// are left out.
///
/// # Errors
///
/// Those of the database.
pub async fn promotions_named(
    tx: &mut Tx,
    promotions: &[PromotionId],
    at: Timestamp,
) -> Result<Vec<Promotion>, DbError> {
    let ids: Vec<String> = promotions.iter().map(|id| id.0.clone()).collect();
    read(&NAMED.bind(ids).bind(at).fetch_all(tx).await?)
}

fn read(rows: &[Row]) -> Result<Vec<Promotion>, DbError> {
    rows.iter().map(|row| body("price_list_promotions", row)).collect()
}

/// Returns every version of the promotions that are, or were, for some of these SKUs, by id, then in
/// the order in which they come into force: the later of two from the same instant is the one that
/// holds.
///
/// # Errors
///
/// Those of the database.
pub async fn promotion_versions(
    tx: &mut Tx,
    skus: &[SkuId],
) -> Result<Vec<PromotionVersion>, DbError> {
    if skus.is_empty() {
        return Ok(vec![]);
    }
    let skus: Vec<String> = skus.iter().map(|sku| sku.0.clone()).collect();
    let rows = VERSIONS.bind(skus).fetch_all(tx).await?;
    let read = rows.iter().map(|row| {
        Ok(PromotionVersion {
            promotion: body("price_list_promotions", row)?,
            effective_at: row.get(1)?,
            revision: row.get(2)?,
            is_withdrawn: row.get(3)?,
        })
    });
    read.collect()
}

/// Takes over the promotions of a piece of the feed.
pub(crate) async fn write_promotions(
    tx: &mut Tx,
    piece: &WatchCatalogResponse,
) -> Result<(), ApplyError> {
    let mut versions = BTreeMap::new();
    for message in &piece.promotions {
        let version = read_promotion_version(message)?;
        let key = (version.promotion.id.clone(), version.effective_at, version.revision);
        versions.insert(key, version);
    }
    let (mut rows, mut skus) = (vec![], vec![]);
    for version in versions.values() {
        let PromotionVersion { promotion, effective_at, revision, is_withdrawn } = version;
        let id = promotion.id.as_str();
        FORGET_SKUS.bind(id).bind(*effective_at).bind(*revision).execute(tx).await?;
        rows.push(values![id, *effective_at, *revision, *is_withdrawn, json(promotion)]);
        let promoted = promotion.skus.iter();
        skus.extend(promoted.map(|sku| values![sku.as_str(), id, *effective_at, *revision]));
    }
    write_many(
        tx,
        "INSERT INTO price_list_promotions (promotion_id, effective_at, revision, is_withdrawn,
            body)",
        rows,
        "ON CONFLICT (promotion_id, effective_at, revision) DO UPDATE SET
            is_withdrawn = excluded.is_withdrawn, body = excluded.body",
    )
    .await?;
    write_many(
        tx,
        "INSERT INTO price_list_promoted_skus (sku_id, promotion_id, effective_at, revision)",
        skus,
        "",
    )
    .await?;
    Ok(())
}
