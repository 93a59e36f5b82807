//! What was said of orders from before, by their names in the partners' own books.

use std::collections::BTreeMap;

use db::{DbError, Stmt, Tx, sql, values, write_many};
use uuid::Uuid;
use vocab::{ClockId, CustomerId, OrderId, PartnerId};

use super::customers::world;
use super::text::{decoded, encoded};
use crate::domain::{Kept, PastOrder};

static FIND: Stmt = sql!(
    "SELECT partner_id, reference, customer_id, order_id, past FROM past_orders
      WHERE world = $1 AND partner_id" in_uuids "$2" "AND reference" in_texts "$3"
);

const INSERT: &str =
    "INSERT INTO past_orders (world, partner_id, reference, customer_id, order_id, past)";

/// Returns what was brought in before under the names of `orders`, in one world.
pub async fn find(
    tx: &mut Tx,
    clock: Option<ClockId>,
    orders: &[PastOrder],
) -> Result<BTreeMap<(PartnerId, String), Kept>, DbError> {
    let partners: Vec<Uuid> = orders.iter().map(|past| past.partner.0).collect();
    let references: Vec<String> = orders.iter().map(|past| past.reference.clone()).collect();
    let rows = FIND.bind(world(clock)).bind(partners).bind(references).fetch_all(tx).await?;
    rows.iter()
        .map(|row| {
            let key = (PartnerId(row.get(0)?), row.get(1)?);
            let (customer, order) = (CustomerId(row.get(2)?), OrderId(row.get(3)?));
            Ok((key, Kept { customer, order, past: decoded(row, 4, "past")? }))
        })
        .collect()
}

/// Writes what was said of orders.
///
/// # Errors
///
/// [`DbError::Raced`] if somebody else brought one in at the same time.
pub async fn insert(tx: &mut Tx, clock: Option<ClockId>, orders: &[Kept]) -> Result<(), DbError> {
    let rows = orders.iter().map(|kept| {
        values![
            world(clock),
            kept.past.partner.0,
            kept.past.reference.as_str(),
            kept.customer.0,
            kept.order.0,
            encoded(&kept.past),
        ]
    });
    let written = write_many(tx, INSERT, rows.collect(), "ON CONFLICT DO NOTHING").await?;
    if usize::try_from(written) == Ok(orders.len()) {
        return Ok(());
    }
    let row = orders.first().map(|kept| kept.past.reference.clone()).unwrap_or_default();
    Err(DbError::Raced { table: "past_orders", row: format!("one of {}, {row}", orders.len()) })
}
