//! Customers: registering them, reading them.

use std::collections::BTreeMap;

use access::Caller;
use clock::ClockError;
use db::Tx;
use jiff::Timestamp;
use replay::{Answer, Once};
use rpc::Page;
use vocab::{CustomerId, RelationshipId};

use super::App;
use super::journal::Deed;
use super::partners::one_more;
use super::scope::partner_of;
use crate::domain::{Customer, CustomerDraft};
use crate::error::Error;
use crate::store;
use crate::store::customers::Taken;

impl App {
    /// Registers a customer, with a relationship to the caller's partner (PAR-2).
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] for a partner that does not transact (PAR-1) or is in another cloud
    /// (PAR-13), [`Error::Invalid`] for a test clock that is not known here, [`Error::Exists`] for a
    /// tenant or domain that is taken.
    pub async fn create_customer(
        &self,
        once: &Once<Customer>,
        caller: &Caller,
        draft: CustomerDraft,
    ) -> Result<Answer<Customer>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let partner = self.own_partner(&mut tx, caller).await?;
        draft.check_seller(&partner)?;
        let now = self.now_on_clock(&mut tx, &draft).await?;
        let customer = Customer { id: CustomerId(self.ids.uuid()), facts: draft, created_at: now };
        if let Some(taken) = store::customers::insert(&mut tx, &customer).await? {
            return Err(exists(&customer.facts, taken));
        }
        if once.validate_only {
            return Ok(Answer::Fresh(customer));
        }
        store::customers::relate(&mut tx, partner.id, customer.id, now).await?;
        let relationship = RelationshipId(self.ids.uuid());
        store::relationships::register(&mut tx, relationship, partner.id, &customer).await?;
        let deed = Deed {
            action: "CreateCustomer",
            resource: format!("customers/{}", customer.id),
            partner: Some(partner.id),
            customer: Some((&customer, now)),
            details: BTreeMap::new(),
        };
        mailbox::send(&mut tx, &[self.entry(caller, deed)], real_now).await?;
        once.keep(&mut tx, &customer).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(customer))
    }

    /// Returns a customer that the caller reaches.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn get_customer(&self, caller: &Caller, id: CustomerId) -> Result<Customer, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        self.customer(&mut tx, caller, id).await
    }

    /// Lists the customers that the caller reaches, oldest first: one more than the page holds, if
    /// there is.
    pub async fn list_customers(
        &self,
        caller: &Caller,
        page: &Page,
    ) -> Result<Vec<Customer>, Error> {
        let after = page.after.as_deref().and_then(|key| key.parse().ok());
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let partner = partner_of(caller);
        Ok(store::customers::list(&mut tx, partner, after, one_more(page)).await?)
    }

    /// Returns what time it is for a customer to be; a clock that nobody knows is a wrong field.
    async fn now_on_clock(&self, tx: &mut Tx, draft: &CustomerDraft) -> Result<Timestamp, Error> {
        self.clocks.now(tx, draft.test_clock).await.map_err(|error| match error {
            ClockError::Db(error) => error.into(),
            ClockError::Unknown(clock) => Error::wrong_field(
                "customer.test_clock",
                format!("names testClocks/{clock}, which is not known here; create it first"),
            ),
        })
    }
}

fn exists(facts: &CustomerDraft, taken: Taken) -> Error {
    match taken {
        Taken::TenantId => Error::Exists { field: "tenant_id", value: facts.tenant_id.to_string() },
        Taken::Domain => Error::Exists { field: "domain", value: facts.domain.clone() },
    }
}
