//! The entries as readers ask for them: newest first, and only those within their reach.

use access::Reach;
use db::{DbError, Stmt, Tx, sql};
use uuid::Uuid;

use super::entries::logged;
use crate::domain::{Activity, Choice, Cursor, DateRange, Logged, Outcome};

/// One statement for each reach, so that each has an index of its own.
macro_rules! within {
    ($reach:literal) => {
        sql!(
            "SELECT entry_index, entry_id, appended_at, occurred_at, test_clock_at, service, actor,
                    actor_salt, actor_hash, partner_id, customer_id, action, resource, outcome,
                    reason, details, leaf_hash
               FROM entries
              WHERE " $reach "
                AND occurred_at >= $2
                AND (occurred_at, entry_index) < ($3, $4)
                AND ($5 IS NULL OR actor = $5) AND (actor IS NULL OR NOT (actor" in_texts "$6" "))
                AND ($7 IS NULL OR customer_id = $7)
                AND (customer_id IS NULL OR NOT (customer_id" in_uuids "$8" "))
                AND ($9 IS NULL OR action = $9) AND NOT (action" in_texts "$10" ")
                AND ($11 IS NULL OR outcome = $11) AND NOT (outcome" in_texts "$12" ")
              ORDER BY occurred_at DESC, entry_index DESC LIMIT $13"
        )
    };
}

static OF_PARTNER: Stmt = within!("partner_id = $1");
static OF_CUSTOMER: Stmt = within!("customer_id = $1");
static OF_ALL: Stmt = within!("$1 IS NULL");

macro_rules! after {
    ($reach:literal) => {
        sql!(
            "SELECT entry_index, entry_id, appended_at, occurred_at, test_clock_at, service, actor,
                    actor_salt, actor_hash, partner_id, customer_id, action, resource, outcome,
                    reason, details, leaf_hash
               FROM entries
              WHERE " $reach " AND entry_index > $2 AND entry_index <= $3
              ORDER BY entry_index"
        )
    };
}

static PARTNERS_AFTER: Stmt = after!("partner_id = $1");
static CUSTOMERS_AFTER: Stmt = after!("customer_id = $1");
static ALL_AFTER: Stmt = after!("$1 IS NULL");

/// Returns at most `limit` entries of the range that fit, from behind `after`.
pub async fn list(
    tx: &mut Tx,
    reach: Reach,
    range: DateRange,
    asked: &Activity,
    after: Cursor,
    limit: i64,
) -> Result<Vec<Logged>, DbError> {
    let (statement, owner) = match reach {
        Reach::All => (OF_ALL, None),
        Reach::Partner(partner) => (OF_PARTNER, Some(partner.0)),
        Reach::Customer(customer) => (OF_CUSTOMER, Some(customer.0)),
    };
    let Activity { actor, customer, action, outcome } = asked;
    let rows = statement
        .bind(owner)
        .bind(range.since)
        .bind(after.occurred_at)
        .bind(after.index)
        .bind(actor.only.clone())
        .bind(actor.never.clone())
        .bind(customer.only.map(|customer| customer.0))
        .bind(customer.never.iter().map(|customer| customer.0).collect::<Vec<Uuid>>())
        .bind(action.only.clone())
        .bind(action.never.clone())
        .bind(outcome.only.map(|outcome| outcome.as_str().to_owned()))
        .bind(texts(outcome))
        .bind(limit)
        .fetch_all(tx)
        .await?;
    rows.iter().map(logged).collect()
}

/// Returns those of the `limit` places after `after` that are within reach, in the order of the log.
///
/// Places are looked at, not matches, so that a reader with few entries costs no more than another.
pub async fn after(
    tx: &mut Tx,
    reach: Reach,
    after: i64,
    limit: i64,
) -> Result<Vec<Logged>, DbError> {
    let (statement, owner) = match reach {
        Reach::All => (ALL_AFTER, None),
        Reach::Partner(partner) => (PARTNERS_AFTER, Some(partner.0)),
        Reach::Customer(customer) => (CUSTOMERS_AFTER, Some(customer.0)),
    };
    let rows = statement.bind(owner).bind(after).bind(after + limit).fetch_all(tx).await?;
    rows.iter().map(logged).collect()
}

fn texts(outcome: &Choice<Outcome>) -> Vec<String> {
    outcome.never.iter().map(|outcome| outcome.as_str().to_owned()).collect()
}
