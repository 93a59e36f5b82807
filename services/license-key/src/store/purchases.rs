//! The copy of what lifecycle knows of purchases.

use access::Reach;
use db::{DbError, Row, Stmt, Tx, sql, values, write_many};
use rpc::Page;
use uuid::Uuid;
use vocab::{
    ClockId, CustomerId, Fulfilment, OrderId, PartnerId, ProductId, SkuId, SubscriptionId,
};

use super::{limit, member};
use crate::domain::{Moves, Purchase, SkuName};

/// All columns that [`read`] wants, in its order.
macro_rules! select {
    ($($rest:tt)+) => {
        sql!(
            "SELECT customer_id, subscription_id, partner_id, order_id, test_clock_id, product_id,
                    sku_id, title, product_kind, quantity, state, has_key, has_download,
                    instructions_uri, purchased_at, version
               FROM purchases " $($rest)+
        )
    };
}

static LOAD: Stmt = select!("WHERE customer_id = $1 AND subscription_id = $2");

static LOCK: Stmt = select!("WHERE customer_id = $1 AND subscription_id = $2" for_update);

static SOFTWARE: Stmt = select!(
    "WHERE customer_id = $1 AND ($2 IS NULL OR partner_id = $2) AND is_software
        AND (purchased_at, subscription_id) < ($3, $4)
      ORDER BY purchased_at DESC, subscription_id DESC LIMIT $5"
);

static KNOWS: Stmt = sql!(
    "SELECT 1 FROM purchases WHERE customer_id = $1 AND ($2 IS NULL OR partner_id = $2) LIMIT 1"
);

/// Writes purchases, of each purchase one; a version that is not above the stored one changes nothing.
///
/// # Errors
///
/// Those of the database.
pub async fn record(tx: &mut Tx, purchases: &[Purchase]) -> Result<u64, DbError> {
    write_many(
        tx,
        "INSERT INTO purchases (customer_id, subscription_id, partner_id, order_id, test_clock_id,
             product_id, sku_id, title, product_kind, quantity, state, has_key, has_download,
             instructions_uri, is_software, purchased_at, version)",
        purchases.iter().map(row).collect(),
        "ON CONFLICT (customer_id, subscription_id) DO UPDATE SET
             partner_id = excluded.partner_id, order_id = excluded.order_id,
             test_clock_id = excluded.test_clock_id, product_id = excluded.product_id,
             sku_id = excluded.sku_id, title = excluded.title,
             product_kind = excluded.product_kind, quantity = excluded.quantity,
             state = excluded.state, has_key = excluded.has_key,
             has_download = excluded.has_download, instructions_uri = excluded.instructions_uri,
             is_software = excluded.is_software, purchased_at = excluded.purchased_at,
             version = excluded.version
         WHERE purchases.version < excluded.version",
    )
    .await
}

fn row(purchase: &Purchase) -> Vec<db::Value> {
    let SkuName { product, sku } = &purchase.sku;
    let Fulfilment { product_key, download, instructions_uri, setup_uri: _ } = &purchase.fulfilment;
    values![
        purchase.customer.0,
        purchase.id.0,
        purchase.partner.0,
        purchase.order.0,
        purchase.test_clock.map(|clock| clock.0),
        product.as_str(),
        sku.as_str(),
        &purchase.title,
        purchase.kind.as_str(),
        purchase.quantity,
        purchase.state.as_str(),
        *product_key,
        *download,
        instructions_uri.clone(),
        purchase.is_software(),
        purchase.purchased_at,
        purchase.version
    ]
}

/// Returns a purchase.
///
/// # Errors
///
/// Those of the database.
pub async fn load(
    tx: &mut Tx,
    (customer, id): (CustomerId, SubscriptionId),
) -> Result<Option<Purchase>, DbError> {
    let row = LOAD.bind(customer.0).bind(id.0).fetch_optional(tx).await?;
    row.as_ref().map(read).transpose()
}

/// Returns a purchase that nobody else can change, nor give a key to, before `tx` ends.
///
/// # Errors
///
/// Those of the database.
pub async fn lock(
    tx: &mut Tx,
    (customer, id): (CustomerId, SubscriptionId),
) -> Result<Option<Purchase>, DbError> {
    let row = LOCK.bind(customer.0).bind(id.0).fetch_optional(tx).await?;
    row.as_ref().map(read).transpose()
}

/// Returns a customer's software within reach: that of a page and one more, the newest first.
///
/// # Errors
///
/// Those of the database.
pub async fn software(
    tx: &mut Tx,
    customer: CustomerId,
    reach: Reach,
    page: &Page,
) -> Result<Vec<Purchase>, DbError> {
    let (before, id) = super::newest_first("purchases", page)?;
    let query = SOFTWARE.bind(customer.0).bind(seller(reach)).bind(before).bind(id);
    let rows = query.bind(limit(page)).fetch_all(tx).await?;
    rows.iter().map(read).collect()
}

/// Returns the key of a purchase in the list of [`software`].
pub fn page_key(purchase: &Purchase) -> String {
    super::time_key(purchase.purchased_at, purchase.id.0)
}

/// Returns whether a customer has any purchase within reach.
///
/// # Errors
///
/// Those of the database.
pub async fn knows(tx: &mut Tx, customer: CustomerId, reach: Reach) -> Result<bool, DbError> {
    let row = KNOWS.bind(customer.0).bind(seller(reach)).fetch_optional(tx).await?;
    Ok(row.is_some())
}

/// Returns whose sales alone are within reach; `None` for everybody's.
fn seller(reach: Reach) -> Option<Uuid> {
    match reach {
        Reach::Partner(partner) => Some(partner.0),
        Reach::All | Reach::Customer(_) => None,
    }
}

fn read(row: &Row) -> Result<Purchase, DbError> {
    Ok(Purchase {
        customer: CustomerId(row.get(0)?),
        id: SubscriptionId(row.get(1)?),
        partner: PartnerId(row.get(2)?),
        order: OrderId(row.get(3)?),
        test_clock: row.get::<Option<Uuid>>(4)?.map(ClockId),
        sku: SkuName { product: ProductId(row.get(5)?), sku: SkuId(row.get(6)?) },
        title: row.get(7)?,
        kind: member("purchases", "product_kind", &row.get::<String>(8)?)?,
        quantity: row.get(9)?,
        state: member("purchases", "state", &row.get::<String>(10)?)?,
        fulfilment: Fulfilment {
            product_key: row.get(11)?,
            download: row.get(12)?,
            instructions_uri: row.get(13)?,
            setup_uri: None,
        },
        purchased_at: row.get(14)?,
        moves: Moves::default(),
        version: row.get(15)?,
    })
}
