//! Whose rows a caller reaches, and what time it is for them (PAR-14).

use access::{Caller, Reach};
use clock::ClockError;
use db::Tx;
use jiff::Timestamp;
use vocab::{CustomerId, PartnerId};

use super::App;
use crate::domain::{Customer, Partner};
use crate::error::{Error, Resource};
use crate::store;

/// Returns the partner to which a caller's reads are bound; `None` for operators and services.
pub fn partner_of(caller: &Caller) -> Option<PartnerId> {
    match caller.reach {
        Reach::All => None,
        Reach::Partner(partner) => Some(partner),
        // A customer's own reads are not among the methods of this service: a partner that does not
        // exist sees nothing.
        Reach::Customer(customer) => Some(PartnerId(customer.0)),
    }
}

/// The answer for what does not exist, and for what belongs to somebody else.
pub fn not_found(kind: &'static str, name: String) -> Error {
    Error::NotFound(Resource { kind, name })
}

/// Tells whether a caller is the customer, or an operator on its behalf.
pub fn decides_for(caller: &Caller, customer: CustomerId) -> bool {
    match caller.reach {
        Reach::All => true,
        Reach::Customer(own) => own == customer,
        Reach::Partner(_) => false,
    }
}

/// Lets a request pass whose etag, if it has one, is the present one.
///
/// # Errors
///
/// [`Error::StaleEtag`].
pub fn unchanged(what: &'static str, seen: Option<&str>, current: String) -> Result<(), Error> {
    match seen {
        Some(seen) if seen != current => Err(Error::StaleEtag { what, current }),
        Some(_) | None => Ok(()),
    }
}

impl App {
    /// Returns a customer that decides for itself, or for which an operator does.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for anybody else's (PAR-14).
    pub(super) async fn deciding_customer(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: CustomerId,
    ) -> Result<Customer, Error> {
        let found = if decides_for(caller, id) {
            store::customers::load(tx, id, None).await?
        } else {
            None
        };
        found.ok_or_else(|| not_found("Customer", format!("customers/{id}")))
    }

    /// Returns the caller's partner if it may sell.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a partner that is not registered,
    /// [`Rejection::ContactIndirectProvider`](crate::domain::Rejection) (PAR-1).
    pub(super) async fn seller(&self, tx: &mut Tx, caller: &Caller) -> Result<Partner, Error> {
        let partner = self.own_partner(tx, caller).await?;
        partner.check_transacts()?;
        Ok(partner)
    }

    /// Returns the caller's partner.
    pub(super) async fn own_partner(&self, tx: &mut Tx, caller: &Caller) -> Result<Partner, Error> {
        let missing = |id: Option<PartnerId>| {
            let id = id.map_or_else(|| "-".to_owned(), |id| id.to_string());
            not_found("Partner", format!("partners/{id}"))
        };
        let id = partner_of(caller).or(caller.partner).ok_or_else(|| missing(None))?;
        store::partners::load(tx, id).await?.ok_or_else(|| missing(Some(id)))
    }

    /// Returns a customer that the caller reaches.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-2, PAR-14).
    pub(super) async fn customer(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: CustomerId,
    ) -> Result<Customer, Error> {
        let found = store::customers::load(tx, id, partner_of(caller)).await?;
        found.ok_or_else(|| not_found("Customer", format!("customers/{id}")))
    }

    /// Returns what time it is for a customer.
    pub(super) async fn now_of(
        &self,
        tx: &mut Tx,
        customer: &Customer,
    ) -> Result<Timestamp, Error> {
        self.clocks.now(tx, customer.facts.test_clock).await.map_err(|error| match error {
            ClockError::Db(error) => Error::Db(error),
            lost @ ClockError::Unknown(_) => Error::ClockLost(lost),
        })
    }
}
