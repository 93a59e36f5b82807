//! Orders and their lines.

use std::collections::BTreeMap;

use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use jiff::Timestamp;
use uuid::Uuid;
use vocab::{
    CartId, CustomerId, Money, Offer, OrderId, OrderLineId, PartnerId, ProductId, ProductKind,
    SubscriptionId,
};

use super::text::{decoded, decoded_if_any, encoded, parsed};
use crate::domain::{Attestation, LineState, Order, OrderLine};

static INSERT: Stmt = sql!(
    "INSERT INTO orders (customer_id, order_id, partner_id, cart_id, created_at,
                         attestation_version, attestation_actor, attestation_at, version,
                         resellers, brought_in)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
);

const INSERT_LINES: &str = "INSERT INTO order_lines (customer_id, order_id, place, line_id,
    subscription_id, offer, quantity, friendly_name, state, failure, first_charge, promotion,
    alignment)";

static LOAD: Stmt = sql!(
    "SELECT customer_id, order_id, partner_id, cart_id, created_at, attestation_version,
            attestation_actor, attestation_at, version, resellers, brought_in
       FROM orders WHERE customer_id = $1 AND order_id = $2"
);

static LOCK: Stmt = sql!(
    "SELECT customer_id, order_id, partner_id, cart_id, created_at, attestation_version,
            attestation_actor, attestation_at, version, resellers, brought_in
       FROM orders WHERE customer_id" in_uuids "$1" "AND order_id" in_uuids "$2"
    "ORDER BY order_id" for_update
);

static LIST: Stmt = sql!(
    "SELECT customer_id, order_id, partner_id, cart_id, created_at, attestation_version,
            attestation_actor, attestation_at, version, resellers, brought_in
       FROM orders
      WHERE customer_id = $1 AND (CAST($2 AS BOOLEAN) OR partner_id = $3)
        AND (created_at, order_id) < ($4, $5)
      ORDER BY created_at DESC, order_id DESC LIMIT $6"
);

static LINES: Stmt = sql!(
    "SELECT order_id, line_id, subscription_id, offer, quantity, friendly_name, state, failure,
            first_charge, promotion, alignment
       FROM order_lines
      WHERE customer_id" in_uuids "$1" "AND order_id" in_uuids "$2" "ORDER BY order_id, place"
);

static WITH_PRODUCT: Stmt = sql!(
    "SELECT customer_id, order_id, partner_id, cart_id, created_at, attestation_version,
            attestation_actor, attestation_at, version, resellers, brought_in
       FROM orders
      WHERE customer_id = $1 AND partner_id = $2 AND order_id" any_open
    "SELECT order_id FROM order_lines
      WHERE customer_id = $1 AND state = $3 AND offer ->> 'product' = $4
        AND offer ->> 'kind' = $5" any_close
    "ORDER BY created_at DESC, order_id DESC LIMIT $6"
);

const SAVE: (&str, &str) = (
    "UPDATE orders SET version = v.column3 FROM (",
    ") AS v WHERE orders.customer_id = v.column1 AND orders.order_id = v.column2
              AND orders.version = v.column3 - 1",
);

const SAVE_LINES: (&str, &str) = (
    "UPDATE order_lines SET quantity = v.column4, state = v.column5, failure = v.column6 FROM (",
    ") AS v WHERE order_lines.customer_id = v.column1 AND order_lines.order_id = v.column2
              AND order_lines.place = v.column3",
);

/// The text and the person, where nobody confirmed anything.
const NOT_CONFIRMED: (&str, &str) = ("", "");

/// Where a page of orders goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// When the last order of the page before was made.
    pub created_at: Timestamp,
    /// Which one it was.
    pub id: OrderId,
}

/// Writes a new order with its lines.
pub async fn insert(tx: &mut Tx, order: &Order) -> Result<(), DbError> {
    let Order { id, customer, partner, cart, lines, created_at, attestation, .. } = order;
    let confirmed = attestation.as_ref().map(|text| (text.version.as_str(), text.actor.as_str()));
    let (version, actor) = confirmed.unwrap_or(NOT_CONFIRMED);
    INSERT
        .bind(customer.0)
        .bind(id.0)
        .bind(partner.0)
        .bind(cart.map(|cart| cart.0))
        .bind(*created_at)
        .bind(version)
        .bind(actor)
        .bind(attestation.as_ref().map_or(*created_at, |text| text.accepted_at))
        .bind(order.version)
        .bind(encoded(&order.resellers))
        .bind(order.brought_in.as_ref().map(encoded))
        .execute(tx)
        .await?;
    let rows = (0_i64..).zip(lines).map(|(place, line)| {
        values![
            customer.0,
            id.0,
            place,
            line.id.0,
            line.subscription.0,
            encoded(&line.offer),
            line.quantity,
            &line.friendly_name,
            line.state.as_str(),
            line.failure.as_ref().map(encoded),
            line.first_charge.minor,
            line.promotion.as_ref().map(encoded),
            line.alignment.as_ref().map(encoded),
        ]
    });
    write_many(tx, INSERT_LINES, rows.collect(), "").await.map(drop)
}

/// Returns an order, if there is such.
pub async fn load(
    tx: &mut Tx,
    customer: CustomerId,
    id: OrderId,
) -> Result<Option<Order>, DbError> {
    let row = LOAD.bind(customer.0).bind(id.0).fetch_optional(tx).await?;
    Ok(read(tx, row.as_slice()).await?.pop())
}

/// Returns those of the orders that exist, and keeps others from changing them until the transaction
/// ends.
pub async fn lock(tx: &mut Tx, wanted: &[(CustomerId, OrderId)]) -> Result<Vec<Order>, DbError> {
    let customers: Vec<Uuid> = wanted.iter().map(|(customer, _)| customer.0).collect();
    let ids: Vec<Uuid> = wanted.iter().map(|(_, id)| id.0).collect();
    let rows = LOCK.bind(customers).bind(ids).fetch_all(tx).await?;
    read(tx, &rows).await
}

/// Returns up to `limit` orders of a customer, newest first; only those of `partner` when there is
/// one.
pub async fn list(
    tx: &mut Tx,
    customer: CustomerId,
    partner: Option<PartnerId>,
    before: Option<Before>,
    limit: i64,
) -> Result<Vec<Order>, DbError> {
    let (created_at, id) =
        before.map_or((Timestamp::MAX, Uuid::max()), |before| (before.created_at, before.id.0));
    let rows = LIST
        .bind(customer.0)
        .bind(partner.is_none())
        .bind(partner.map(|partner| partner.0))
        .bind(created_at)
        .bind(id)
        .bind(limit)
        .fetch_all(tx)
        .await?;
    read(tx, &rows).await
}

/// Returns up to `limit` orders of a customer with a partner in which something bought once of
/// `product` runs, newest first.
pub async fn with_product(
    tx: &mut Tx,
    (customer, partner): (CustomerId, PartnerId),
    product: &ProductId,
    limit: i64,
) -> Result<Vec<Order>, DbError> {
    let rows = WITH_PRODUCT
        .bind(customer.0)
        .bind(partner.0)
        .bind(LineState::Fulfilled.as_str())
        .bind(product.as_str())
        .bind(ProductKind::SoftwarePerpetual.as_str())
        .bind(limit)
        .fetch_all(tx)
        .await?;
    read(tx, &rows).await
}

/// Writes what became of the lines of orders, each changed once since it was loaded.
///
/// # Errors
///
/// [`DbError::Raced`] if somebody else changed one.
pub async fn save(tx: &mut Tx, orders: &[Order]) -> Result<(), DbError> {
    let heads = orders.iter().map(|order| values![order.customer.0, order.id.0, order.version]);
    let written = write_many(tx, SAVE.0, heads.collect(), SAVE.1).await?;
    if usize::try_from(written) != Ok(orders.len()) {
        let ids: Vec<_> = orders.iter().map(|order| order.id.to_string()).collect();
        return Err(DbError::Raced { table: "orders", row: ids.join(", ") });
    }
    let rows = orders.iter().flat_map(|order| {
        (0_i64..).zip(&order.lines).map(move |(place, line)| {
            values![
                order.customer.0,
                order.id.0,
                place,
                line.quantity,
                line.state.as_str(),
                line.failure.as_ref().map(encoded),
            ]
        })
    });
    write_many(tx, SAVE_LINES.0, rows.collect(), SAVE_LINES.1).await.map(drop)
}

/// Reads orders with their lines, in the order of `rows`.
async fn read(tx: &mut Tx, rows: &[Row]) -> Result<Vec<Order>, DbError> {
    let mut orders = rows.iter().map(read_head).collect::<Result<Vec<_>, _>>()?;
    if orders.is_empty() {
        return Ok(orders);
    }
    let customers: Vec<Uuid> = orders.iter().map(|order| order.customer.0).collect();
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id.0).collect();
    let mut lines: BTreeMap<Uuid, Vec<OrderLine>> = BTreeMap::new();
    for row in LINES.bind(customers).bind(ids).fetch_all(tx).await? {
        lines.entry(row.get(0)?).or_default().push(read_line(&row)?);
    }
    for order in &mut orders {
        order.lines = lines.remove(&order.id.0).unwrap_or_default();
    }
    Ok(orders)
}

fn read_head(row: &Row) -> Result<Order, DbError> {
    let attestation =
        Attestation { version: row.get(5)?, actor: row.get(6)?, accepted_at: row.get(7)? };
    Ok(Order {
        customer: CustomerId(row.get(0)?),
        id: OrderId(row.get(1)?),
        partner: PartnerId(row.get(2)?),
        cart: row.get::<Option<Uuid>>(3)?.map(CartId),
        lines: Vec::new(),
        created_at: row.get(4)?,
        attestation: Some(attestation).filter(|text| text.version != NOT_CONFIRMED.0),
        version: row.get(8)?,
        resellers: decoded(row, 9, "resellers")?,
        brought_in: decoded_if_any(row, 10, "brought_in")?,
    })
}

fn read_line(row: &Row) -> Result<OrderLine, DbError> {
    let offer: Offer = decoded(row, 3, "offer")?;
    Ok(OrderLine {
        id: OrderLineId(row.get(1)?),
        subscription: SubscriptionId(row.get(2)?),
        first_charge: Money::of_minor(row.get(8)?, offer.price.currency),
        offer,
        quantity: row.get(4)?,
        friendly_name: row.get(5)?,
        state: parsed(row, 6, "state")?,
        failure: decoded_if_any(row, 7, "failure")?,
        promotion: decoded_if_any(row, 9, "promotion")?,
        alignment: decoded_if_any(row, 10, "alignment")?,
    })
}
