//! Customers, only to be locked: limits per customer are judged one order at a time.

use std::collections::BTreeSet;

use db::{DbError, Stmt, Tx, sql, values, write_many};
use uuid::Uuid;
use vocab::CustomerId;

static LOCK: Stmt = sql!(
    "SELECT customer_id FROM customers WHERE customer_id" in_uuids "$1"
    " ORDER BY customer_id" for_update
);

/// Locks customers until the transaction ends, in one order, so that nobody waits in a circle.
pub async fn lock(tx: &mut Tx, customers: &BTreeSet<CustomerId>) -> Result<(), DbError> {
    let ids: Vec<Uuid> = customers.iter().map(|customer| customer.0).collect();
    let rows = ids.iter().map(|id| values![*id]).collect();
    write_many(tx, "INSERT INTO customers (customer_id)", rows, "ON CONFLICT DO NOTHING").await?;
    LOCK.bind(ids).fetch_all(tx).await?;
    Ok(())
}
