//! Versions of offers.

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use vocab::{Currency, Market, Offer, OfferId, OfferVersion, Segment, SkuId};

use super::head::Head;
use crate::domain::compare::Difference;
use crate::domain::query::{OfferQuery, Viewer};

static AT: Stmt = sql!(
    "SELECT body, effective_at, revision, is_withdrawn FROM offer_versions
      WHERE offer_id = $1 AND effective_at <= $2
      ORDER BY effective_at DESC, revision DESC LIMIT 1"
);

static OF_SKUS: Stmt = sql!(
    "SELECT v.body FROM offer_versions v WHERE v.sku_id" in_texts "$1"
      " AND ($2 IS NULL OR v.market = $2) AND ($3 IS NULL OR v.currency = $3)
        AND v.effective_at <= $4 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM offer_versions w
             WHERE w.offer_id = v.offer_id AND w.effective_at <= $4
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))"
);

/// Of all versions up to an instant the one with the greatest effective instant holds, and of
/// several with the same one the greatest revision. Legacy add-ons are on no list (ORD-10).
static LIST: Stmt = sql!(
    "SELECT v.body, v.effective_at, v.revision, v.is_withdrawn FROM offer_versions v
      WHERE v.effective_at <= $1 AND NOT v.is_withdrawn AND v.offer_id > $2
        AND ($3 IS NULL OR v.kind = $3)
        AND ($4 IS NULL OR v.publisher_type = $4)
        AND ($5 IS NULL OR v.billing_type = $5)
        AND ($6 IS NULL OR v.category = $6)
        AND ($7 IS NULL OR v.product_id = $7)
        AND ($8 IS NULL OR v.sku_id = $8)
        AND ($9 IS NULL OR v.market = $9)
        AND ($10 IS NULL OR v.currency = $10)
        AND ($11 IS NULL OR v.segments LIKE $11)
        AND ($13 IS NULL OR v.exclusive_to IS NULL OR v.exclusive_to LIKE $13)
        AND (v.kind <> 'LICENSE_LEGACY' OR coalesce(
            CAST(v.body->'restrictions'->'is_add_on' AS TEXT), 'false') = 'false')
        AND NOT EXISTS (
            SELECT 1 FROM offer_versions w
             WHERE w.offer_id = v.offer_id AND w.effective_at <= $1
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))
      ORDER BY v.offer_id LIMIT $12"
);

/// Returns the version of an offer that holds at an instant; it may be a withdrawal.
///
/// # Errors
///
/// Those of the database.
pub async fn at(
    tx: &mut Tx,
    offer: &OfferId,
    at: Timestamp,
) -> Result<Option<OfferVersion>, DbError> {
    let row = AT.bind(offer.as_str()).bind(at).fetch_optional(tx).await?;
    row.map(|row| version(&row)).transpose()
}

/// Returns the offers of SKUs that are for sale at an instant, in one market or currency or all.
///
/// # Errors
///
/// Those of the database.
pub async fn of_skus(
    tx: &mut Tx,
    skus: impl IntoIterator<Item = &SkuId>,
    (market, currency): (Option<Market>, Option<Currency>),
    at: Timestamp,
) -> Result<Vec<Offer>, DbError> {
    let ids: Vec<String> = skus.into_iter().map(|id| id.0.clone()).collect();
    let rows = OF_SKUS
        .bind(ids)
        .bind(market.map(|market| market.as_str().to_owned()))
        .bind(currency.map(|currency| currency.code().to_owned()))
        .bind(at)
        .fetch_all(tx)
        .await?;
    rows.iter().map(|row| super::body("offer_versions", row, 0)).collect()
}

/// Returns up to `limit` offers that are for sale at an instant, by id, after an id.
///
/// # Errors
///
/// Those of the database.
pub async fn list(
    tx: &mut Tx,
    query: &OfferQuery,
    at: Timestamp,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<OfferVersion>, DbError> {
    let pattern = query.of.segment.map(|segment| format!("%|{segment}|%"));
    let rows = LIST
        .bind(at)
        .bind(after.unwrap_or_default())
        .bind(query.of.kind.map(|kind| kind.as_str().to_owned()))
        .bind(query.of.publisher_type.map(|publisher| publisher.as_str().to_owned()))
        .bind(query.of.billing_type.map(|billing| billing.as_str().to_owned()))
        .bind(query.of.category.map(|category| category.as_str().to_owned()))
        .bind(query.product.as_ref().map(|product| product.0.clone()))
        .bind(query.sku.as_ref().map(|sku| sku.0.clone()))
        .bind(query.market.map(|market| market.as_str().to_owned()))
        .bind(query.currency.map(|currency| currency.code().to_owned()))
        .bind(pattern)
        .bind(limit)
        .bind(exclusive(query.of.viewer))
        .fetch_all(tx)
        .await?;
    rows.iter().map(version).collect()
}

/// Reads a version from the columns body, `effective_at`, revision, `is_withdrawn`.
pub(super) fn version(row: &Row) -> Result<OfferVersion, DbError> {
    Ok(OfferVersion {
        offer: super::body("offer_versions", row, 0)?,
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
    differences: &[Difference<Offer>],
    effective_at: Timestamp,
    head: Head,
) -> Result<i64, DbError> {
    let mut position = head.position;
    let rows = differences.iter().map(|difference| {
        let (offer, is_withdrawn) = difference.outcome();
        position += 1;
        values![
            offer.id.as_str(),
            effective_at,
            head.revision,
            position,
            is_withdrawn,
            offer.product.as_str(),
            offer.sku.as_str(),
            offer.kind.as_str(),
            offer.market.as_str(),
            offer.price.currency.code(),
            segments(offer),
            offer.publisher_type.as_str(),
            offer.billing_type.as_str(),
            offer.category.as_str(),
            super::json(offer),
            exclusive_to(offer),
        ]
    });
    let rows = rows.collect();
    write_many(
        tx,
        "INSERT INTO offer_versions (offer_id, effective_at, revision, position, is_withdrawn,
            product_id, sku_id, kind, market, currency, segments, publisher_type, billing_type,
            category, body, exclusive_to)",
        rows,
        "",
    )
    .await?;
    Ok(position)
}

fn segments(offer: &Offer) -> String {
    let names: Vec<_> = offer.segments.iter().copied().map(Segment::as_str).collect();
    format!("|{}|", names.join("|"))
}

fn exclusive_to(offer: &Offer) -> Option<String> {
    let partners: Vec<_> =
        offer.restrictions.exclusive_to.iter().map(ToString::to_string).collect();
    (!partners.is_empty()).then(|| format!("|{}|", partners.join("|")))
}

/// Returns the pattern of the exclusive offers that somebody sees; `None`: of all.
fn exclusive(viewer: Viewer) -> Option<String> {
    match viewer {
        Viewer::Everything => None,
        Viewer::Partner(partner) => Some(format!("%|{partner}|%")),
        Viewer::Nobody => Some(String::new()),
    }
}
