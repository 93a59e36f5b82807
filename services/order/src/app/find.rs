//! Finding customers.

use access::Caller;
use rpc::Page;

use super::App;
use super::partners::one_more;
use super::scope::partner_of;
use crate::domain::{Customer, Wanted};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns the customers that are wanted and that the caller reaches, oldest first: one more than
    /// the page holds, if there is. A name can give several, and so can a tenant id or a domain to
    /// somebody who reaches more than one world.
    ///
    /// # Errors
    ///
    /// Those of the database.
    ///
    /// Source: PAR-3, TRP-67.
    pub async fn find_customers(
        &self,
        caller: &Caller,
        wanted: &Wanted,
        page: &Page,
    ) -> Result<Vec<Customer>, Error> {
        let after = page.after.as_deref().and_then(|key| key.parse().ok());
        let mut tx = self.db.read().await?;
        let partner = partner_of(caller);
        let limit = one_more(page);
        Ok(store::customers::find(&mut tx, wanted, partner, after, limit).await?)
    }
}
