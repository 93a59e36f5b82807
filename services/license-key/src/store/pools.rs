//! Pools, with how many keys they have. The counts are counted, not kept: nothing can make them wrong.

use db::{DbError, Row, Stmt, Tx, sql};
use jiff::Timestamp;
use rpc::Page;
use vocab::{ProductId, SkuId};

use super::{bad_key, limit};
use crate::domain::{Pool, SkuName};

static OPEN: Stmt = sql!(
    "INSERT INTO key_pools (product_id, sku_id, made_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
);

/// All columns that [`read`] wants, in its order.
macro_rules! select {
    ($rest:literal) => {
        sql!(
            "SELECT p.product_id, p.sku_id,
                    (SELECT count(*) FROM product_keys AS k WHERE k.product_id = p.product_id
                        AND k.sku_id = p.sku_id AND k.state = 'AVAILABLE'),
                    (SELECT count(*) FROM product_keys AS k WHERE k.product_id = p.product_id
                        AND k.sku_id = p.sku_id AND k.state = 'ASSIGNED'),
                    (SELECT count(*) FROM product_keys AS k WHERE k.product_id = p.product_id
                        AND k.sku_id = p.sku_id AND k.state = 'REVOKED')
               FROM key_pools AS p " $rest
        )
    };
}

static PAGE: Stmt =
    select!("WHERE (p.product_id, p.sku_id) > ($1, $2) ORDER BY p.product_id, p.sku_id LIMIT $3");

static LOAD: Stmt = select!("WHERE p.product_id = $1 AND p.sku_id = $2");

/// Keys are counted no further than the limit, so that full pools are not read.
static LEVELS: Stmt = sql!(
    "SELECT p.product_id, p.sku_id,
            (SELECT count(*) FROM (SELECT 1 FROM product_keys AS k
              WHERE k.product_id = p.product_id AND k.sku_id = p.sku_id AND k.state = 'AVAILABLE'
              LIMIT $1) AS few)
       FROM key_pools AS p ORDER BY p.product_id, p.sku_id"
);

/// Makes a pool unless it is there; returns whether it is new.
///
/// # Errors
///
/// Those of the database.
pub async fn open(tx: &mut Tx, sku: &SkuName, now: Timestamp) -> Result<bool, DbError> {
    let SkuName { product, sku } = sku;
    let made = OPEN.bind(product.as_str()).bind(sku.as_str()).bind(now).execute(tx).await?;
    Ok(made == 1)
}

/// Returns a pool; `None` if no key ever entered it.
///
/// # Errors
///
/// Those of the database.
pub async fn load(tx: &mut Tx, sku: &SkuName) -> Result<Option<Pool>, DbError> {
    let SkuName { product, sku } = sku;
    let row = LOAD.bind(product.as_str()).bind(sku.as_str()).fetch_optional(tx).await?;
    row.as_ref().map(read).transpose()
}

/// Returns the pools of a page and one more, by product and SKU.
///
/// # Errors
///
/// Those of the database.
pub async fn page(tx: &mut Tx, page: &Page) -> Result<Vec<Pool>, DbError> {
    // No id is empty, so nothing comes before the first.
    let after = page.after.as_deref().unwrap_or("/");
    let (product, sku) = after.split_once('/').ok_or_else(|| bad_key("key_pools", after))?;
    let rows = PAGE.bind(product).bind(sku).bind(limit(page)).fetch_all(tx).await?;
    rows.iter().map(read).collect()
}

/// Returns every pool with how many keys can still be handed out, counted up to `most`.
///
/// # Errors
///
/// Those of the database.
pub async fn levels(tx: &mut Tx, most: i64) -> Result<Vec<(SkuName, i64)>, DbError> {
    let rows = LEVELS.bind(most).fetch_all(tx).await?;
    let read = |row: &Row| {
        let sku = SkuName { product: ProductId(row.get(0)?), sku: SkuId(row.get(1)?) };
        Ok((sku, row.get(2)?))
    };
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Pool, DbError> {
    Ok(Pool {
        sku: SkuName { product: ProductId(row.get(0)?), sku: SkuId(row.get(1)?) },
        available_count: row.get(2)?,
        assigned_count: row.get(3)?,
        revoked_count: row.get(4)?,
    })
}

/// Returns the key of a pool in the list of [`page`].
pub fn page_key(pool: &Pool) -> String {
    format!("{}/{}", pool.sku.product, pool.sku.sku)
}
