//! The prices of a file while it is imported: on disk, however many they are. What they are compared
//! with is in `offers`.

use std::collections::BTreeMap;

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use vocab::{Offer, OfferId, SkuId};

use crate::domain::file::Priced;
use crate::domain::finding::Place;

/// How many offers are looked at together: enough for few statements, and some megabytes.
const PAGE: i64 = 2_000;

static PLACES: Stmt = sql!(
    "SELECT offer_id, list, line, place FROM staged_offers WHERE offer_id" in_texts "$1"
);

/// An end needs something that it ends in a list before.
static VAIN_ENDS: Stmt = sql!(
    "SELECT s.offer_id, s.list, s.line, s.place FROM staged_offers s
      WHERE s.body IS NULL AND NOT EXISTS (
            SELECT 1 FROM staged_offers b WHERE b.offer_id = s.offer_id AND b.body IS NOT NULL
               AND b.list = (SELECT max(t.list) FROM staged_offers t
                              WHERE t.offer_id = s.offer_id AND t.list < s.list))
      ORDER BY s.line, s.place LIMIT $1"
);

/// What holds as from a list on is what the last list until then says. A scalar subquery looks that up
/// for each offer by the index, whatever the engine believes about a table that was just filled.
static TRIALS: Stmt = sql!(
    "SELECT s.body, s.becomes FROM staged_offers s
      WHERE s.becomes IS NOT NULL AND s.body IS NOT NULL AND s.offer_id > $1 AND s.list = (
            SELECT max(t.list) FROM staged_offers t
             WHERE t.offer_id = s.offer_id AND t.list <= $2)
      ORDER BY s.offer_id LIMIT $3"
);

static FOR_SALE: Stmt = sql!(
    "SELECT s.body FROM staged_offers s WHERE s.offer_id" in_texts "$1"
      " AND s.body IS NOT NULL AND s.list = (
            SELECT max(t.list) FROM staged_offers t
             WHERE t.offer_id = s.offer_id AND t.list <= $2)"
);

static NEXT: Stmt = sql!(
    "SELECT max(p.offer_id), count(*) FROM (
            SELECT offer_id FROM staged_offers WHERE offer_id > $1 ORDER BY offer_id LIMIT $2) p"
);

static NEXT_IN_FORCE: Stmt = sql!(
    "SELECT max(p.offer_id), count(*) FROM (
            SELECT offer_id FROM offer_versions WHERE offer_id > $1 ORDER BY offer_id LIMIT $2) p"
);

static ARRIVING: Stmt = sql!(
    "SELECT p.wanted, p.present FROM (
            SELECT s.offer_id, s.body AS wanted, (
                   SELECT CASE WHEN v.is_withdrawn THEN NULL ELSE v.body END FROM offer_versions v
                    WHERE v.offer_id = s.offer_id AND v.effective_at <= $4
                    ORDER BY v.effective_at DESC, v.revision DESC LIMIT 1) AS present
              FROM staged_offers s
             WHERE s.offer_id > $1 AND s.offer_id <= $2 AND s.body IS NOT NULL AND s.list = (
                   SELECT max(t.list) FROM staged_offers t
                    WHERE t.offer_id = s.offer_id AND t.list <= $3)) p
      WHERE p.present IS NULL OR p.present <> p.wanted ORDER BY p.offer_id"
);

static LEAVING: Stmt = sql!(
    "SELECT v.body FROM offer_versions v
      WHERE v.offer_id > $1 AND v.offer_id <= $2 AND v.effective_at <= $4 AND NOT v.is_withdrawn
        AND (v.effective_at, v.revision) = (
            SELECT w.effective_at, w.revision FROM offer_versions w
             WHERE w.offer_id = v.offer_id AND w.effective_at <= $4
             ORDER BY w.effective_at DESC, w.revision DESC LIMIT 1)
        AND (SELECT t.body FROM staged_offers t
              WHERE t.offer_id = v.offer_id AND t.list <= $3
              ORDER BY t.list DESC LIMIT 1) IS NULL
      ORDER BY v.offer_id"
);

/// Takes no time, however many rows there are.
static CLEAR: Stmt = Stmt { pg: "TRUNCATE staged_offers", lite: "DELETE FROM staged_offers" };

/// A stretch of offers by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    after: String,
    end: String,
    count: i64,
}

impl Span {
    /// Returns the last id in it.
    pub fn end(&self) -> &str {
        &self.end
    }

    /// Returns about how many offers are in it.
    pub fn count(&self) -> u64 {
        u64::try_from(self.count).unwrap_or_default()
    }
}

/// A dated list of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// Counts from 0.
    pub number: i64,
    /// When it comes into force.
    pub effective_at: Timestamp,
}

/// Writes prices. Of an offer that a list has twice the first counts; those that were left out are
/// returned.
///
/// # Errors
///
/// Those of the database.
pub async fn write(tx: &mut Tx, page: &[Priced]) -> Result<Vec<(Place, OfferId)>, DbError> {
    let written = insert(tx, page, "ON CONFLICT (offer_id, list) DO NOTHING").await?;
    if usize::try_from(written).is_ok_and(|written| written == page.len()) {
        return Ok(vec![]);
    }
    let ids: Vec<String> = page.iter().map(|priced| priced.id.0.clone()).collect();
    let rows = PLACES.bind(ids).fetch_all(tx).await?;
    let first = rows.iter().map(|row| place(row).map(|(id, list, place)| ((id, list), place)));
    let first = first.collect::<Result<BTreeMap<_, _>, DbError>>()?;
    let is_first = |one: &&Priced| first.get(&(one.id.clone(), one.list)) == Some(&one.place);
    let others = page.iter().filter(|priced| !is_first(priced));
    Ok(others.map(|priced| (priced.place, priced.id.clone())).collect())
}

/// Writes prices in place of what was there.
///
/// # Errors
///
/// Those of the database.
pub async fn replace(tx: &mut Tx, page: &[Priced]) -> Result<(), DbError> {
    insert(tx, page, "ON CONFLICT (offer_id, list) DO UPDATE SET body = excluded.body")
        .await
        .map(drop)
}

async fn insert(tx: &mut Tx, page: &[Priced], conflict: &'static str) -> Result<u64, DbError> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let rows = page.iter().map(|priced| {
        values![
            priced.id.as_str(),
            priced.list,
            number(priced.place.line),
            number(priced.place.column),
            priced.becomes.as_ref().map(|sku| sku.0.clone()),
            priced.offer.as_ref().map(super::json),
        ]
    });
    let head = "INSERT INTO staged_offers (offer_id, list, line, place, becomes, body)";
    write_many(tx, head, rows.collect(), conflict).await
}

/// Returns up to `limit` prices that end without ever having begun, the first ones of the file.
///
/// # Errors
///
/// Those of the database.
pub async fn vain_ends(tx: &mut Tx, limit: i64) -> Result<Vec<(Place, OfferId)>, DbError> {
    let rows = VAIN_ENDS.bind(limit).fetch_all(tx).await?;
    rows.iter().map(|row| place(row).map(|(id, _, place)| (place, id))).collect()
}

/// Reads the columns `offer_id`, list, line, place.
fn place(row: &Row) -> Result<(OfferId, i64, Place), DbError> {
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    let place = Place { line: number(row.get(2)?), column: number(row.get(3)?) };
    Ok((OfferId(row.get(0)?), row.get(1)?, place))
}

/// Returns a page of the trials that are for sale from a list on, by id, after an id; and what each
/// becomes.
///
/// # Errors
///
/// Those of the database.
pub async fn trials(tx: &mut Tx, list: i64, after: &str) -> Result<Vec<(Offer, SkuId)>, DbError> {
    let rows = TRIALS.bind(after).bind(list).bind(PAGE).fetch_all(tx).await?;
    let read = |row: &Row| Ok((super::body("staged_offers", row, 0)?, SkuId(row.get(1)?)));
    rows.iter().map(read).collect()
}

/// Returns those of the offers that are for sale from a list on.
///
/// # Errors
///
/// Those of the database.
pub async fn for_sale(
    tx: &mut Tx,
    list: i64,
    offers: impl IntoIterator<Item = OfferId>,
) -> Result<Vec<Offer>, DbError> {
    let ids: Vec<String> = offers.into_iter().map(|id| id.0).collect();
    let rows = FOR_SALE.bind(ids).bind(list).fetch_all(tx).await?;
    rows.iter().map(|row| super::body("staged_offers", row, 0)).collect()
}

/// Returns the next stretch of the file's offers; `None` after the last.
///
/// # Errors
///
/// Those of the database.
pub async fn next(tx: &mut Tx, after: &str) -> Result<Option<Span>, DbError> {
    span(tx, NEXT, after).await
}

/// Returns the next stretch of the catalog's offers; `None` after the last.
///
/// # Errors
///
/// Those of the database.
pub async fn next_in_force(tx: &mut Tx, after: &str) -> Result<Option<Span>, DbError> {
    span(tx, NEXT_IN_FORCE, after).await
}

async fn span(tx: &mut Tx, next: Stmt, after: &str) -> Result<Option<Span>, DbError> {
    let row = next.bind(after).bind(PAGE).fetch_one(tx).await?;
    let (end, count) = (row.get::<Option<String>>(0)?, row.get(1)?);
    Ok(end.map(|end| Span { after: after.to_owned(), end, count }))
}

/// Returns the offers of a stretch that a list wants otherwise than they are: what it wants, and what
/// is, if anything. What is written otherwise may still be the same.
///
/// # Errors
///
/// Those of the database.
pub async fn arriving(
    tx: &mut Tx,
    Span { after, end, count: _ }: &Span,
    list: List,
) -> Result<Vec<(Offer, Option<Offer>)>, DbError> {
    let asked = ARRIVING.bind(after.as_str()).bind(end.as_str()).bind(list.number);
    let rows = asked.bind(list.effective_at).fetch_all(tx).await?;
    let read = |row: &Row| {
        let present: Option<db::Json> = row.get(1)?;
        let present = present.map(|_| super::body("offer_versions", row, 1)).transpose()?;
        Ok((super::body("staged_offers", row, 0)?, present))
    };
    rows.iter().map(read).collect()
}

/// Returns the offers of a stretch of the catalog that a list does not want.
///
/// # Errors
///
/// Those of the database.
pub async fn leaving(
    tx: &mut Tx,
    Span { after, end, count: _ }: &Span,
    list: List,
) -> Result<Vec<Offer>, DbError> {
    let asked = LEAVING.bind(after.as_str()).bind(end.as_str()).bind(list.number);
    let rows = asked.bind(list.effective_at).fetch_all(tx).await?;
    rows.iter().map(|row| super::body("offer_versions", row, 0)).collect()
}

/// Forgets all prices.
///
/// # Errors
///
/// Those of the database.
pub async fn clear(tx: &mut Tx) -> Result<(), DbError> {
    CLEAR.execute(tx).await.map(drop)
}
