//! Takes over what the feed says.

use std::collections::{BTreeMap, BTreeSet};

use db::{DbError, Json, Stmt, Tx, sql, values, write_many};
use proto::catalog::WatchCatalogResponse;

use crate::add_ons::write_add_ons;
use crate::promotions::write_promotions;
use crate::wire::{BadRecord, read_blocked_markets, read_version};

static CURSOR: Stmt = sql!("SELECT cursor FROM price_list_feed WHERE id = 1");

static ADVANCE: Stmt = sql!(
    "UPDATE price_list_feed SET cursor = $1, is_caught_up = (is_caught_up OR $2) WHERE id = 1"
);

static FORGET: Stmt = sql!("UPDATE price_list_feed SET cursor = '' WHERE id = 1");

/// Why a piece of the feed was not taken over.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A record cannot be understood: the catalog is newer than this service, or broken.
    #[error("the catalog sent a record that cannot be read")]
    Unreadable(#[from] BadRecord),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Returns where the feed is to be resumed; empty at the beginning.
///
/// # Errors
///
/// Those of the database.
pub async fn cursor(tx: &mut Tx) -> Result<String, DbError> {
    CURSOR.fetch_one(tx).await?.get(0)
}

/// Makes the feed be read from its beginning the next time.
///
/// # Errors
///
/// Those of the database.
pub(crate) async fn forget_cursor(tx: &mut Tx) -> Result<(), DbError> {
    FORGET.execute(tx).await.map(drop)
}

/// Takes over a piece of the feed, and where to resume after it, in one transaction.
///
/// The same piece twice is once. A piece without records says that the feed's end was reached.
///
/// # Errors
///
/// [`ApplyError`]; nothing of the piece is then to be saved.
pub async fn apply(tx: &mut Tx, piece: &WatchCatalogResponse) -> Result<(), ApplyError> {
    write_offers(tx, piece).await?;
    write_promotions(tx, piece).await?;
    write_blocked_markets(tx, piece).await?;
    let is_end =
        piece.offers.is_empty() && piece.promotions.is_empty() && piece.blocked_markets.is_empty();
    ADVANCE.bind(&piece.cursor).bind(is_end).execute(tx).await?;
    Ok(())
}

async fn write_offers(tx: &mut Tx, piece: &WatchCatalogResponse) -> Result<(), ApplyError> {
    let (mut rows, mut add_ons) = (BTreeMap::new(), BTreeSet::new());
    for message in &piece.offers {
        let version = read_version(message)?;
        let offer = &version.offer;
        if offer.restrictions.is_legacy_add_on(offer.kind) {
            let bases = offer.restrictions.prerequisites.iter();
            add_ons.extend(bases.map(|base| (base.clone(), offer.sku.clone())));
        }
        let row = values![
            offer.id.as_str(),
            version.effective_at,
            version.revision,
            version.is_withdrawn,
            offer.sku.as_str(),
            offer.market.as_str(),
            offer.price.currency.code(),
            json(offer),
        ];
        rows.insert((offer.id.clone(), version.effective_at, version.revision), row);
    }
    write_many(
        tx,
        "INSERT INTO price_list_offers (offer_id, effective_at, revision, is_withdrawn, sku_id,
            market, currency, body)",
        rows.into_values().collect(),
        "ON CONFLICT (offer_id, effective_at, revision) DO UPDATE SET
            is_withdrawn = excluded.is_withdrawn, sku_id = excluded.sku_id,
            market = excluded.market, currency = excluded.currency, body = excluded.body",
    )
    .await?;
    Ok(write_add_ons(tx, add_ons).await?)
}

/// Of two statements for one kind and instant the one that comes later in the feed stays.
async fn write_blocked_markets(
    tx: &mut Tx,
    piece: &WatchCatalogResponse,
) -> Result<(), ApplyError> {
    let mut rows = BTreeMap::new();
    for message in &piece.blocked_markets {
        let statement = read_blocked_markets(message)?;
        let row = values![statement.kind.as_str(), statement.effective_at, json(&statement)];
        rows.insert((statement.kind, statement.effective_at), row);
    }
    write_many(
        tx,
        "INSERT INTO price_list_blocked_markets (kind, effective_at, body)",
        rows.into_values().collect(),
        "ON CONFLICT (kind, effective_at) DO UPDATE SET body = excluded.body",
    )
    .await?;
    Ok(())
}

/// Writes a value as JSON: `json!` cannot fail for values whose keys are text, as all of ours are.
pub(crate) fn json(value: &impl serde::Serialize) -> Json {
    Json(serde_json::json!(value).to_string())
}
