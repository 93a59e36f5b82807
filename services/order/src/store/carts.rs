//! Carts.

use db::{DbError, Row, Stmt, Tx, sql};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{CartId, CustomerId, OrderId, PartnerId};

use super::text::{decoded, encoded};
use crate::domain::Cart;

static INSERT: Stmt = sql!(
    "INSERT INTO carts (customer_id, cart_id, partner_id, lines, created_at, order_id, version,
                        resellers)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
);

static LOAD: Stmt = sql!(
    "SELECT customer_id, cart_id, partner_id, lines, created_at, order_id, version, resellers
       FROM carts WHERE customer_id = $1 AND cart_id = $2"
);

static LOCK: Stmt = sql!(
    "SELECT customer_id, cart_id, partner_id, lines, created_at, order_id, version, resellers
       FROM carts WHERE customer_id = $1 AND cart_id = $2" for_update
);

static SAVE: Stmt = sql!(
    "UPDATE carts SET lines = $3, order_id = $4, version = $5, resellers = $6
      WHERE customer_id = $1 AND cart_id = $2 AND version = $5 - 1"
);

static DELETE: Stmt =
    sql!("DELETE FROM carts WHERE customer_id = $1 AND cart_id = $2 AND version = $3");

// What lives on a test clock expires by it, and there is little of it: it stays.
static FORGET: Stmt = sql!(
    "DELETE FROM carts WHERE (customer_id, cart_id) IN (
        SELECT t.customer_id, t.cart_id FROM carts AS t
          JOIN customers AS c ON c.customer_id = t.customer_id
         WHERE t.order_id IS NULL AND t.created_at < $1 AND c.world = $2
         ORDER BY t.created_at LIMIT $3)"
);

/// Writes a new cart.
pub async fn insert(tx: &mut Tx, cart: &Cart) -> Result<(), DbError> {
    let Cart { id, customer, partner, lines, resellers, created_at, order, version } = cart;
    INSERT
        .bind(customer.0)
        .bind(id.0)
        .bind(partner.0)
        .bind(encoded(lines))
        .bind(*created_at)
        .bind(order.map(|order| order.0))
        .bind(*version)
        .bind(encoded(resellers))
        .execute(tx)
        .await
        .map(drop)
}

/// Returns a cart, if there is such.
pub async fn load(tx: &mut Tx, customer: CustomerId, id: CartId) -> Result<Option<Cart>, DbError> {
    LOAD.bind(customer.0).bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Returns a cart and keeps others from changing it until the transaction ends.
pub async fn lock(tx: &mut Tx, customer: CustomerId, id: CartId) -> Result<Option<Cart>, DbError> {
    LOCK.bind(customer.0).bind(id.0).fetch_optional(tx).await?.as_ref().map(read).transpose()
}

/// Writes a cart that was changed once since it was loaded.
///
/// # Errors
///
/// [`DbError::Raced`] if somebody else changed it.
pub async fn save(tx: &mut Tx, cart: &Cart) -> Result<(), DbError> {
    let written = SAVE
        .bind(cart.customer.0)
        .bind(cart.id.0)
        .bind(encoded(&cart.lines))
        .bind(cart.order.map(|order| order.0))
        .bind(cart.version)
        .bind(encoded(&cart.resellers))
        .execute(tx)
        .await?;
    one(written, cart)
}

/// Removes a cart as it was loaded.
///
/// # Errors
///
/// [`DbError::Raced`] if somebody else changed it.
pub async fn delete(tx: &mut Tx, cart: &Cart) -> Result<(), DbError> {
    let deleted =
        DELETE.bind(cart.customer.0).bind(cart.id.0).bind(cart.version).execute(tx).await?;
    one(deleted, cart)
}

/// Removes up to `limit` carts in real time that were made before `before` and never ordered; returns
/// how many.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    FORGET.bind(before).bind(Uuid::nil()).bind(limit).execute(tx).await
}

fn one(written: u64, cart: &Cart) -> Result<(), DbError> {
    match written {
        1 => Ok(()),
        _ => Err(DbError::Raced { table: "carts", row: cart.id.to_string() }),
    }
}

fn read(row: &Row) -> Result<Cart, DbError> {
    Ok(Cart {
        customer: CustomerId(row.get(0)?),
        id: CartId(row.get(1)?),
        partner: PartnerId(row.get(2)?),
        lines: decoded(row, 3, "lines")?,
        created_at: row.get(4)?,
        order: row.get::<Option<Uuid>>(5)?.map(OrderId),
        version: row.get(6)?,
        resellers: decoded(row, 7, "resellers")?,
    })
}
