//! Reads the stock of keys.

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
