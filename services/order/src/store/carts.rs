//! Carts.

use db::{DbError, Row, Stmt, Tx, sql};
use uuid::Uuid;
use vocab::{CartId, CustomerId, OrderId, PartnerId};

use super::text::{decoded, encoded};
use crate::domain::Cart;

static INSERT: Stmt = sql!(
    "INSERT INTO carts (customer_id, cart_id, partner_id, lines, created_at, order_id, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7)"
);

static LOAD: Stmt = sql!(
    "SELECT customer_id, cart_id, partner_id, lines, created_at, order_id, version
       FROM carts WHERE customer_id = $1 AND cart_id = $2"
);

static LOCK: Stmt = sql!(
    "SELECT customer_id, cart_id, partner_id, lines, created_at, order_id, version
       FROM carts WHERE customer_id = $1 AND cart_id = $2" for_update
);

static SAVE: Stmt = sql!(
    "UPDATE carts SET lines = $3, order_id = $4, version = $5
      WHERE customer_id = $1 AND cart_id = $2 AND version = $5 - 1"
);

static DELETE: Stmt =
    sql!("DELETE FROM carts WHERE customer_id = $1 AND cart_id = $2 AND version = $3");

/// Writes a new cart.
pub async fn insert(tx: &mut Tx, cart: &Cart) -> Result<(), DbError> {
    let Cart { id, customer, partner, lines, created_at, order, version } = cart;
    INSERT
        .bind(customer.0)
        .bind(id.0)
        .bind(partner.0)
        .bind(encoded(lines))
        .bind(*created_at)
        .bind(order.map(|order| order.0))
        .bind(*version)
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
    })
}
