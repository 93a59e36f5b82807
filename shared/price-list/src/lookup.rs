//! Answers from the copy. What is asked for by id is asked for many at once.

use db::{DbError, Json, Row, Stmt, Tx, sql};
use jiff::Timestamp;
use vocab::{BlockedMarkets, Currency, Market, Offer, OfferId, OfferVersion, ProductKind, SkuId};

/// Of all versions up to an instant the one with the greatest effective instant holds, and of
/// several with the same one the greatest revision.
static OFFERS: Stmt = sql!(
    "SELECT v.body FROM price_list_offers v WHERE v.offer_id" in_texts "$1"
      " AND v.effective_at <= $2 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM price_list_offers w
             WHERE w.offer_id = v.offer_id AND w.effective_at <= $2
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))
      ORDER BY v.offer_id"
);

static WITHDRAWN: Stmt = sql!(
    "SELECT v.offer_id, v.effective_at FROM price_list_offers v WHERE v.offer_id" in_texts "$1"
      " AND v.effective_at <= $2 AND v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM price_list_offers w
             WHERE w.offer_id = v.offer_id AND w.effective_at <= $2
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))"
);

static VERSIONS: Stmt = sql!(
    "SELECT body, effective_at, revision, is_withdrawn FROM price_list_offers
      WHERE offer_id" in_texts "$1" " ORDER BY offer_id, effective_at, revision"
);

static PLANS: Stmt = sql!(
    "SELECT v.body FROM price_list_offers v
      WHERE v.sku_id = $1 AND v.market = $2 AND v.currency = $3
        AND v.effective_at <= $4 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM price_list_offers w
             WHERE w.offer_id = v.offer_id AND w.effective_at <= $4
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))"
);

static BLOCKED: Stmt = sql!(
    "SELECT body FROM price_list_blocked_markets WHERE kind = $1 AND effective_at <= $2
      ORDER BY effective_at DESC LIMIT 1"
);

static CAUGHT_UP: Stmt = sql!("SELECT is_caught_up FROM price_list_feed WHERE id = 1");

/// Returns what an offer says at an instant; `None` if it is unknown, not yet for sale, or
/// withdrawn.
///
/// # Errors
///
/// Those of the database.
pub async fn offer_at(
    tx: &mut Tx,
    offer: &OfferId,
    at: Timestamp,
) -> Result<Option<Offer>, DbError> {
    Ok(offers_at(tx, std::slice::from_ref(offer), at).await?.pop())
}

/// Returns what offers say at an instant, by id. Those that are not for sale then are left out.
///
/// # Errors
///
/// Those of the database.
pub async fn offers_at(
    tx: &mut Tx,
    offers: &[OfferId],
    at: Timestamp,
) -> Result<Vec<Offer>, DbError> {
    let ids: Vec<String> = offers.iter().map(|id| id.0.clone()).collect();
    let rows = OFFERS.bind(ids).bind(at).fetch_all(tx).await?;
    rows.iter().map(|row| body("price_list_offers", row)).collect()
}

/// Returns those of the offers that were sold once and are not at an instant, each with the instant
/// since when.
///
/// # Errors
///
/// Those of the database.
pub async fn withdrawn_at(
    tx: &mut Tx,
    offers: &[OfferId],
    at: Timestamp,
) -> Result<Vec<(OfferId, Timestamp)>, DbError> {
    let ids: Vec<String> = offers.iter().map(|id| id.0.clone()).collect();
    let rows = WITHDRAWN.bind(ids).bind(at).fetch_all(tx).await?;
    rows.iter().map(|row| Ok((OfferId(row.get(0)?), row.get(1)?))).collect()
}

/// Returns every version of offers, by id, then in the order in which they come into force: the
/// later of two from the same instant is the one that holds.
///
/// # Errors
///
/// Those of the database.
pub async fn versions(tx: &mut Tx, offers: &[OfferId]) -> Result<Vec<OfferVersion>, DbError> {
    let ids: Vec<String> = offers.iter().map(|id| id.0.clone()).collect();
    let rows = VERSIONS.bind(ids).fetch_all(tx).await?;
    rows.iter()
        .map(|row| {
            Ok(OfferVersion {
                offer: body("price_list_offers", row)?,
                effective_at: row.get(1)?,
                revision: row.get(2)?,
                is_withdrawn: row.get(3)?,
            })
        })
        .collect()
}

/// Returns the offers of a SKU in a market and currency at an instant: its terms and billing plans,
/// the shortest first.
///
/// Source: CAT-8.
///
/// # Errors
///
/// Those of the database.
pub async fn plans_of(
    tx: &mut Tx,
    sku: &SkuId,
    market: Market,
    currency: Currency,
    at: Timestamp,
) -> Result<Vec<Offer>, DbError> {
    let plans = PLANS.bind(sku.as_str()).bind(market.as_str()).bind(currency.code()).bind(at);
    let rows = plans.fetch_all(tx).await?;
    let mut plans: Vec<Offer> =
        rows.iter().map(|row| body("price_list_offers", row)).collect::<Result<_, _>>()?;
    plans.sort_by_key(|offer| (offer.term, offer.billing));
    Ok(plans)
}

/// Returns where a kind is not sold at an instant; `None` if no statement speaks of it.
///
/// Source: MKT-1, MKT-4.
///
/// # Errors
///
/// Those of the database.
pub async fn blocked_markets_at(
    tx: &mut Tx,
    kind: ProductKind,
    at: Timestamp,
) -> Result<Option<BlockedMarkets>, DbError> {
    let row = BLOCKED.bind(kind.as_str()).bind(at).fetch_optional(tx).await?;
    row.map(|row| body("price_list_blocked_markets", &row)).transpose()
}

/// Tells whether the copy has been complete at least once. Before that an unknown offer may only be
/// unknown here.
///
/// # Errors
///
/// Those of the database.
pub async fn caught_up(tx: &mut Tx) -> Result<bool, DbError> {
    CAUGHT_UP.fetch_one(tx).await?.get(0)
}

pub(crate) fn body<T: serde::de::DeserializeOwned>(table: &str, row: &Row) -> Result<T, DbError> {
    let Json(text) = row.get(0)?;
    serde_json::from_str(&text).map_err(|error| DbError::corrupt(table, "body", error.to_string()))
}
