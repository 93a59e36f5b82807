//! Reads the stock of keys, and warns before it is empty.

use rpc::{Page, Pager};

use super::App;
use crate::domain::{Pool, SkuName};
use crate::error::{Error, Sought};
use crate::store;

impl App {
    /// Returns the pool of a SKU.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if no key of the SKU was ever imported.
    pub async fn pool(&self, sku: SkuName) -> Result<Pool, Error> {
        let mut tx = self.db.read().await?;
        let pool = store::pools::load(&mut tx, &sku).await?;
        tx.commit().await?;
        pool.ok_or(Error::NotFound { what: Sought::Pool(sku) })
    }

    /// Returns every pool with how many keys it has left, counted no further than `most`.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn pool_levels(&self, most: i64) -> Result<Vec<(SkuName, i64)>, Error> {
        let mut tx = self.db.read().await?;
        let levels = store::pools::levels(&mut tx, most).await?;
        tx.commit().await?;
        Ok(levels)
    }

    /// Tells whether so few keys are left that more should be imported.
    pub fn is_low(&self, left: i64) -> bool {
        left <= self.key_pool_low_water
    }

    /// Warns of a pool from which a key was taken, while there still is time to import more (KEY-2).
    pub(super) fn warn_if_low(&self, sku: &SkuName, left: i64) {
        if self.is_low(left) {
            tracing::warn!(
                monotonic_counter.key_pool_low = 1,
                sku = %sku,
                left,
                "a pool of product keys is low: import more before it is empty"
            );
        }
    }

    /// Returns a page of the pools, by product and SKU, and the token of the next page.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn list_pools(
        &self,
        pager: &Pager<'_>,
        page: &Page,
    ) -> Result<(Vec<Pool>, String), Error> {
        let mut tx = self.db.read().await?;
        let pools = store::pools::page(&mut tx, page).await?;
        tx.commit().await?;
        Ok(pager.cut(page, pools, store::pools::page_key))
    }
}
