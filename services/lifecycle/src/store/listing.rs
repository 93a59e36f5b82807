//! Lists of subscriptions. However many rows there are and however few match, one page looks at no
//! more than [`SCAN_MAX`] of them, along an index.

use std::collections::BTreeMap;

use db::{DbError, Row, Stmt, Tx, sql};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{PartnerId, SubscriptionId};

use super::subscriptions;
use crate::domain::{Subscription, SubscriptionQuery};

/// The most rows that one page looks at.
const SCAN_MAX: usize = 2_000;

/// Some rows of a scope in the order of an index, and of each whether it matches. A NULL lets all
/// pass.
macro_rules! scan {
    ($scope:literal $and_place:literal) => {
        sql!(
            "SELECT subscription_id, renews_at, coalesce(is_listed
                AND ($3 IS NULL OR status = $3) AND ($4 IS NULL OR product_id = $4)
                AND ($5 IS NULL OR sku_id = $5) AND ($6 IS NULL OR kind = $6)
                AND ($7 IS NULL OR auto_renew = $7)
                AND ($8 IS NULL OR renews_at >= $8) AND ($9 IS NULL OR renews_at < $9), FALSE)
             FROM subscriptions WHERE "
            $scope
            $and_place
            " LIMIT $12"
        )
    };
}

macro_rules! newest_first {
    ($scope:literal) => {
        scan!($scope " AND $10 IS NOT NULL AND subscription_id < $11 ORDER BY subscription_id DESC")
    };
}

macro_rules! renewing_first {
    ($scope:literal) => {
        scan!($scope " AND renews_at < $9 AND (renews_at, subscription_id) > ($10, $11)
                       ORDER BY renews_at, subscription_id")
    };
}

static OF_CUSTOMER: Stmt = newest_first!("customer_id = $1 AND ($2 IS NULL OR partner_id = $2)");
static OF_PARTNER: Stmt = newest_first!("partner_id = $2 AND $1 IS NULL");
static OF_ALL: Stmt = newest_first!("$1 IS NULL AND $2 IS NULL");
static RENEWING_OF_CUSTOMER: Stmt =
    renewing_first!("customer_id = $1 AND ($2 IS NULL OR partner_id = $2)");
static RENEWING_OF_PARTNER: Stmt = renewing_first!("partner_id = $2 AND $1 IS NULL");

/// Some subscriptions, and the key behind which the list goes on; `None` at its end.
pub type Listed = (Vec<Subscription>, Option<String>);

/// A place in a list.
#[derive(Debug, Clone, Copy)]
struct Place {
    renews_at: Option<Timestamp>,
    id: Uuid,
}

/// Returns a page: newest first, or the earliest renewal first where the query asks for a time of
/// renewal, of one customer or partner. At most `size`; there may be more although it has fewer.
pub async fn list(
    tx: &mut Tx,
    partner: Option<PartnerId>,
    query: &SubscriptionQuery,
    after: Option<&str>,
    size: usize,
) -> Result<Listed, DbError> {
    let is_by_renewal = query.is_about_renewal() && (query.customer.is_some() || partner.is_some());
    let mut place = match after {
        Some(key) => Place::of_key(key),
        None if is_by_renewal => Place { renews_at: query.renews_from, id: Uuid::nil() },
        None => Place { renews_at: None, id: Uuid::max() },
    };
    let (mut hits, mut seen, mut is_over) = (vec![], 0, false);
    while hits.len() <= size && seen < SCAN_MAX && !is_over {
        let chunk = (seen + size + 1).min(SCAN_MAX - seen);
        let rows = scan(tx, partner, query, is_by_renewal, place, chunk).await?;
        for row in &rows {
            place = Place { id: row.get(0)?, renews_at: row.get(1)? };
            if row.get(2)? {
                hits.push(place);
            }
        }
        seen += rows.len();
        is_over = rows.len() < chunk;
    }
    let next = if hits.len() > size {
        hits.truncate(size);
        hits.last().copied()
    } else {
        Some(place).filter(|_| !is_over)
    };
    Ok((in_order(tx, &hits).await?, next.map(Place::key)))
}

async fn scan(
    tx: &mut Tx,
    partner: Option<PartnerId>,
    query: &SubscriptionQuery,
    is_by_renewal: bool,
    place: Place,
    limit: usize,
) -> Result<Vec<Row>, DbError> {
    let statement = match (query.customer, partner) {
        (Some(_), _) if is_by_renewal => RENEWING_OF_CUSTOMER,
        (Some(_), _) => OF_CUSTOMER,
        (None, Some(_)) if is_by_renewal => RENEWING_OF_PARTNER,
        (None, Some(_)) => OF_PARTNER,
        (None, None) => OF_ALL,
    };
    let end = if is_by_renewal { Some(Timestamp::MAX) } else { None };
    statement
        .bind(query.customer.map(|id| id.0))
        .bind(partner.map(|id| id.0))
        .bind(query.status.map(|it| it.to_string()))
        .bind(query.product.as_ref().map(|id| id.0.clone()))
        .bind(query.sku.as_ref().map(|id| id.0.clone()))
        .bind(query.kind.map(|it| it.to_string()))
        .bind(query.auto_renew)
        .bind(query.renews_from)
        .bind(query.renews_before.or(end))
        .bind(place.renews_at.unwrap_or(Timestamp::UNIX_EPOCH))
        .bind(place.id)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(tx)
        .await
}

async fn in_order(tx: &mut Tx, hits: &[Place]) -> Result<Vec<Subscription>, DbError> {
    let ids: Vec<_> = hits.iter().map(|hit| SubscriptionId(hit.id)).collect();
    let found = subscriptions::load(tx, &ids).await?;
    let mut found: BTreeMap<_, _> = found.into_iter().map(|sub| (sub.id, sub)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

impl Place {
    /// Writes it as it stands in a page token.
    fn key(self) -> String {
        match self.renews_at {
            Some(at) => format!("{} {at}", self.id),
            None => self.id.to_string(),
        }
    }

    /// Reads a key; ours can always be read.
    fn of_key(key: &str) -> Self {
        let (id, at) = key.split_once(' ').unwrap_or((key, ""));
        Self { id: Uuid::try_parse(id).unwrap_or_default(), renews_at: at.parse().ok() }
    }
}
