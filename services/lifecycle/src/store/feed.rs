//! The feed: the history in the order of commits. Its places are given by the database when changes
//! are written (migrations 8 and 13); here it is read.

use db::{DbError, Row, Stmt, Tx, sql};
use jiff::{SignedDuration, Timestamp};
use vocab::{CustomerId, PartnerId, SubscriptionId};

use super::changes;
use crate::domain::{Position, Record};

/// More than clocks of several processes differ, and than a transaction lasts.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// The last place below which nothing can come any more.
static SETTLED: Stmt = Stmt {
    pg: "SELECT feed_major, feed_minor FROM changes
          WHERE feed_major < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)
                + coalesce(pg_sequence_last_value('changes_feed_offset'), 0)
          ORDER BY feed_major DESC, feed_minor DESC LIMIT 1",
    lite: "SELECT feed_major, feed_minor FROM changes
            ORDER BY feed_major DESC, feed_minor DESC LIMIT 1",
};

/// Only in a database that was restored into another cluster can there be a place that no transaction has
/// reached.
static MOVE_ON: Stmt = Stmt {
    pg: "SELECT setval('changes_feed_offset', last.place + $1)
           FROM (SELECT max(feed_major) AS place FROM changes) AS last
          WHERE last.place >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
                + coalesce(pg_sequence_last_value('changes_feed_offset'), 0)",
    lite: "SELECT $1 WHERE FALSE",
};

static LAST: Stmt = sql!(
    "SELECT feed_major, feed_minor FROM changes ORDER BY feed_major DESC, feed_minor DESC LIMIT 1"
);

/// How far the places of a moved feed go on behind the last: whoever had followed it further than the copy
/// of the database reaches is then still before what comes, and misses none of it.
const GAP: i64 = 1_000_000_000;

/// A scope is the index that begins with it.
macro_rules! stretch {
    ($scope:literal) => {
        sql!(
            "SELECT change_id, kind, effective_at, committed_at, quantity_before, quantity_after,
                    status_after, reason, warnings,
                    subscription_id, customer_id, partner_id, coalesce(recorded_at, committed_at),
                    feed_major, feed_minor
             FROM changes WHERE "
            $scope
            " AND (feed_major, feed_minor) > ($3, $4) AND (feed_major, feed_minor) <= ($5, $6)
              ORDER BY feed_major, feed_minor LIMIT $7"
        )
    };
}

static OF_CUSTOMER: Stmt = stretch!("customer_id = $1 AND ($2 IS NULL OR partner_id = $2)");
static OF_PARTNER: Stmt = stretch!("partner_id = $2 AND $1 IS NULL");
static OF_ALL: Stmt = stretch!("$1 IS NULL AND $2 IS NULL");

static RECORDED: Stmt = sql!(
    "SELECT feed_major, coalesce(recorded_at, committed_at) FROM changes
     WHERE feed_major >= $1 ORDER BY feed_major, feed_minor LIMIT 1"
);

/// The feed's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last place below which nothing can come any more.
    pub settled: Position,
    /// Whether more was written already, which waits for transactions that still run.
    pub has_more: bool,
}

/// Whose changes are read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Of {
    /// One customer's.
    pub customer: Option<CustomerId>,
    /// One partner's.
    pub partner: Option<PartnerId>,
}

/// Returns the feed's end. The transaction must see one moment.
pub async fn head(tx: &mut Tx) -> Result<Head, DbError> {
    let settled =
        SETTLED.fetch_optional(tx).await?.map_or(Ok(Position::START), |row| place(&row, 0))?;
    let last = LAST.fetch_optional(tx).await?.map_or(Ok(settled), |row| place(&row, 0))?;
    Ok(Head { settled, has_more: settled < last })
}

/// Lets the places of a database that was restored into another cluster go on where they were; returns
/// whether it was. Harmless in any other database, whoever writes into it.
pub async fn move_on(tx: &mut Tx) -> Result<bool, DbError> {
    Ok(MOVE_ON.bind(GAP).fetch_optional(tx).await?.is_some())
}

/// Returns the first `limit` changes behind `from`, up to `to`.
pub async fn after(
    tx: &mut Tx,
    of: Of,
    (from, to): (Position, Position),
    limit: usize,
) -> Result<Vec<Record>, DbError> {
    let statement = match (of.customer, of.partner) {
        (Some(_), _) => OF_CUSTOMER,
        (None, Some(_)) => OF_PARTNER,
        (None, None) => OF_ALL,
    };
    let rows = statement
        .bind(of.customer.map(|id| id.0))
        .bind(of.partner.map(|id| id.0))
        .bind(from.major)
        .bind(from.minor)
        .bind(to.major)
        .bind(to.minor)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(tx)
        .await?;
    rows.iter().map(read).collect()
}

/// Returns a place such that everything that was recorded at `at` or later stands behind it, and
/// little else does. Instants follow places but for [`SLACK`], so halving finds it.
pub async fn before(tx: &mut Tx, at: Timestamp) -> Result<Position, DbError> {
    let wanted = at.checked_sub(SLACK).unwrap_or(Timestamp::MIN);
    let last = LAST.fetch_optional(tx).await?.map_or(Ok(Position::START), |row| place(&row, 0))?;
    // What lies below `low` is too old; from `high` on, nothing is.
    let (mut low, mut high) = (0, last.major.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        match RECORDED.bind(middle).fetch_optional(tx).await? {
            Some(row) if row.get::<Timestamp>(1)? < wanted => low = row.get::<i64>(0)? + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(if low == 0 { Position::START } else { Position { major: low - 1, minor: i64::MAX } })
}

fn read(row: &Row) -> Result<Record, DbError> {
    Ok(Record {
        entry: changes::read(row)?,
        subscription: SubscriptionId(row.get(9)?),
        customer: CustomerId(row.get(10)?),
        partner: PartnerId(row.get(11)?),
        recorded_at: row.get(12)?,
        position: place(row, 13)?,
    })
}

fn place(row: &Row, column: usize) -> Result<Position, DbError> {
    Ok(Position { major: row.get(column)?, minor: row.get(column + 1)? })
}
