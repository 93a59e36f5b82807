//! Which legacy add-ons a SKU has. Whether one can be bought is the business of whoever asks.

use std::collections::BTreeSet;

use db::{DbError, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use vocab::{Currency, Market, Offer, SkuId};

use crate::lookup::body;

static ADD_ONS: Stmt = sql!(
    "SELECT v.body FROM price_list_add_ons a JOIN price_list_offers v ON v.sku_id = a.sku_id
      WHERE a.base_sku_id = $1 AND v.market = $2 AND v.currency = $3
        AND v.effective_at <= $4 AND NOT v.is_withdrawn AND NOT EXISTS (
            SELECT 1 FROM price_list_offers w
             WHERE w.offer_id = v.offer_id AND w.effective_at <= $4
               AND (w.effective_at, w.revision) > (v.effective_at, v.revision))
      ORDER BY v.offer_id"
);

/// Returns the offers of a SKU's legacy add-ons in a market and currency at an instant, by id.
///
/// Source: ADD-1.
///
/// # Errors
///
/// Those of the database.
pub async fn add_ons_of(
    tx: &mut Tx,
    base: &SkuId,
    market: Market,
    currency: Currency,
    at: Timestamp,
) -> Result<Vec<Offer>, DbError> {
    let offers = ADD_ONS.bind(base.as_str()).bind(market.as_str()).bind(currency.code()).bind(at);
    let rows = offers.fetch_all(tx).await?;
    let offers = rows.iter().map(|row| body::<Offer>("price_list_offers", row));
    let mut offers = offers.collect::<Result<Vec<_>, _>>()?;
    // What it was an add-on of once, it need not be at that instant.
    offers.retain(|offer| {
        let restrictions = &offer.restrictions;
        restrictions.is_legacy_add_on(offer.kind) && restrictions.prerequisites.contains(base)
    });
    Ok(offers)
}

/// Notes what is an add-on of what: pairs of base and add-on.
pub(crate) async fn write_add_ons(
    tx: &mut Tx,
    add_ons: BTreeSet<(SkuId, SkuId)>,
) -> Result<(), DbError> {
    let rows = add_ons.iter().map(|(base, sku)| values![base.as_str(), sku.as_str()]).collect();
    let insert = "INSERT INTO price_list_add_ons (base_sku_id, sku_id)";
    write_many(tx, insert, rows, "ON CONFLICT (base_sku_id, sku_id) DO NOTHING").await.map(drop)
}
