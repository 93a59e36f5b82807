//! Lists a customer's software.

use access::{Caller, Reach};
use rpc::{Page, Pager};
use vocab::CustomerId;

use super::App;
use crate::domain::Purchase;
use crate::error::{Error, Sought};
use crate::store;

impl App {
    /// Returns a page of a customer's software, the newest first, and the token of the next page.
    /// Cancelled software stays on the list (PCX-3, TRP-51).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for another's customer, and for one of whom no purchase within reach is
    /// known: the two are told apart by nobody (PAR-14).
    pub async fn list_software(
        &self,
        caller: &Caller,
        customer: CustomerId,
        (pager, page): (&Pager<'_>, &Page),
    ) -> Result<(Vec<Purchase>, String), Error> {
        let not_found = || Error::NotFound { what: Sought::Customer(customer) };
        let is_own = caller.reach == Reach::Customer(customer);
        if !is_own && matches!(caller.reach, Reach::Customer(_)) {
            return Err(not_found());
        }
        let mut tx = self.db.read().await?;
        if !is_own && !store::purchases::knows(&mut tx, customer, caller.reach).await? {
            return Err(not_found());
        }
        let rows = store::purchases::software(&mut tx, customer, caller.reach, page).await?;
        tx.commit().await?;
        Ok(pager.cut(page, rows, store::purchases::page_key))
    }
}
