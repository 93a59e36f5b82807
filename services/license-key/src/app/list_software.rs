//! Lists a customer's software.

use access::{Caller, Reach};
use db::Tx;
use rpc::{Page, Pager};
use vocab::{CustomerId, PartnerId};

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
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        self.customer_within_reach(&mut tx, caller, customer).await?;
        let rows = store::purchases::software(&mut tx, customer, caller.reach, page).await?;
        tx.commit().await?;
        Ok(pager.cut(page, rows, store::purchases::page_key))
    }

    /// Makes sure that a customer is within the caller's reach; returns whose sales alone are, `None`
    /// for everybody's.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub(super) async fn customer_within_reach(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        customer: CustomerId,
    ) -> Result<Option<PartnerId>, Error> {
        let (is_within, seller) = match caller.reach {
            Reach::Customer(own) => (own == customer, None),
            Reach::Partner(partner) => {
                (store::purchases::knows(tx, customer, caller.reach).await?, Some(partner))
            }
            Reach::All => (store::purchases::knows(tx, customer, caller.reach).await?, None),
        };
        if is_within {
            Ok(seller)
        } else {
            Err(Error::NotFound { what: Sought::Customer(customer) })
        }
    }
}
