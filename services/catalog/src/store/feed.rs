//! The feed: everything that was imported, in the order of its positions.

use std::collections::BTreeMap;

use db::{DbError, Stmt, Tx, sql};

use crate::domain::revision::{Record, Stretch};

static OFFERS: Stmt = sql!(
    "SELECT body, effective_at, revision, is_withdrawn, position FROM offer_versions
      WHERE position > $1 ORDER BY position LIMIT $2"
);

static BLOCKED: Stmt = sql!(
    "SELECT body, position FROM blocked_markets WHERE position > $1 ORDER BY position LIMIT $2"
);

static PROMOTIONS: Stmt = sql!(
    "SELECT body, effective_at, revision, is_withdrawn, position FROM promotion_versions
      WHERE position > $1 ORDER BY position LIMIT $2"
);

/// Returns up to `limit` records after a position. The transaction must see one moment.
///
/// # Errors
///
/// Those of the database.
pub async fn after(tx: &mut Tx, position: i64, limit: usize) -> Result<Stretch, DbError> {
    let rows_max = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut records = BTreeMap::new();
    for row in OFFERS.bind(position).bind(rows_max).fetch_all(tx).await? {
        let version = super::offers::version(&row)?;
        records.insert(row.get::<i64>(4)?, Record::Offer(Box::new(version)));
    }
    for row in PROMOTIONS.bind(position).bind(rows_max).fetch_all(tx).await? {
        let version = super::promotions::version(&row)?;
        records.insert(row.get::<i64>(4)?, Record::Promotion(Box::new(version)));
    }
    for row in BLOCKED.bind(position).bind(rows_max).fetch_all(tx).await? {
        let statement = super::body("blocked_markets", &row, 0)?;
        records.insert(row.get::<i64>(1)?, Record::Blocked(statement));
    }
    let mut stretch = Stretch { records: vec![], position };
    for (position, record) in records.into_iter().take(limit) {
        stretch.position = position;
        stretch.records.push(record);
    }
    Ok(stretch)
}
