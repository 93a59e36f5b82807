//! Says to lifecycle whether a partner has a relationship with a customer.

use vocab::{CustomerId, PartnerId};

use super::App;
use crate::domain::Customer;
use crate::error::Error;
use crate::store;

impl App {
    /// Returns the customer if it has accepted the partner.
    ///
    /// # Errors
    ///
    /// Those of the database.
    ///
    /// Source: TRF-2, PAR-14.
    pub async fn related_customer(
        &self,
        customer: CustomerId,
        partner: PartnerId,
    ) -> Result<Option<Customer>, Error> {
        let mut tx = self.db.read().await?;
        Ok(store::customers::load(&mut tx, customer, Some(partner)).await?)
    }
}
