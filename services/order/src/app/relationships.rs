//! Relationships: asking for them, accepting them, listing them.

use std::collections::BTreeMap;

use access::Caller;
use clock::ClockError;
use db::Tx;
use jiff::Timestamp;
use replay::{Answer, Once};
use rpc::Page;
use vocab::{ClockId, CustomerId, RelationshipId};

use super::App;
use super::journal::Deed;
use super::partners::one_more;
use super::scope::{decides_for, not_found};
use crate::domain::{Customer, Introduced, Partner, Relationship, RequestRelationship};
use crate::error::Error;
use crate::store;

impl App {
    /// Asks whoever has a tenant or a domain for a relationship with the caller's partner.
    ///
    /// Whether there is such a customer makes no difference to what is written and answered: a
    /// request waits for whoever has the tenant or the domain, or will have it. Asking again, or for
    /// what there is, answers with that.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] for a partner that does not transact (PAR-1), [`Error::Invalid`] for a test
    /// clock that is not known here.
    ///
    /// Source: PAR-14, TRF-1.
    pub async fn request_relationship(
        &self,
        once: &Once<Introduced>,
        caller: &Caller,
        command: RequestRelationship,
    ) -> Result<Answer<Introduced>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let partner = self.seller(&mut tx, caller).await?;
        let now = self.now_in(&mut tx, command.test_clock).await?;
        let id = RelationshipId(self.ids.uuid());
        let wanted = Relationship::requested(id, partner.id, command, now);
        let found = store::relationships::find(&mut tx, &wanted).await?;
        let relationship = found.unwrap_or_else(|| wanted.clone());
        let introduced =
            Introduced { relationship, partner_name: partner.facts.display_name.clone() };
        if once.validate_only {
            return Ok(Answer::Fresh(introduced));
        }
        if store::relationships::insert(&mut tx, &wanted).await? {
            let letter = self.entry(caller, request(&wanted, &partner));
            mailbox::send(&mut tx, &[letter], real_now).await?;
        }
        once.keep(&mut tx, &introduced).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(introduced))
    }

    /// Accepts a partner; one that was accepted before is answered as it is.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] unless it was the caller's customer that was asked (PAR-14),
    /// [`Error::Rejected`] for a partner of another cloud (PAR-13).
    pub async fn accept_relationship(
        &self,
        once: &Once<Introduced>,
        caller: &Caller,
        id: RelationshipId,
    ) -> Result<Answer<Introduced>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let (waiting, customer) = self.asked(&mut tx, caller, id).await?;
        let partner =
            store::partners::load(&mut tx, waiting.partner).await?.ok_or_else(|| unknown(id))?;
        let now = self.now_of(&mut tx, &customer).await?;
        let next = waiting.accepted_by(&customer, &partner, now)?;
        let partner_name = partner.facts.display_name.clone();
        let introduced = Introduced { relationship: next.clone(), partner_name };
        if once.validate_only {
            return Ok(Answer::Fresh(introduced));
        }
        if next != waiting
            && let Some(acceptance) = next.accepted
        {
            store::relationships::accept(&mut tx, id, acceptance).await?;
            store::customers::relate(&mut tx, partner.id, customer.id, now).await?;
            let letter = self.entry(caller, acceptance_of(&next, (&customer, now)));
            mailbox::send(&mut tx, &[letter], real_now).await?;
        }
        once.keep(&mut tx, &introduced).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(introduced))
    }

    /// Lists what was asked of a customer, oldest first: one more than the page holds, if there is.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn list_relationships(
        &self,
        caller: &Caller,
        customer: CustomerId,
        page: &Page,
    ) -> Result<Vec<Introduced>, Error> {
        let after = page.after.as_deref().and_then(|key| key.parse().ok());
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let customer = self.deciding_customer(&mut tx, caller, customer).await?;
        Ok(store::relationships::list(&mut tx, &customer, after, one_more(page)).await?)
    }

    /// Returns a relationship with the customer that was asked, if that is the caller's to decide.
    async fn asked(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: RelationshipId,
    ) -> Result<(Relationship, Customer), Error> {
        let found = store::relationships::lock(tx, id).await?.ok_or_else(|| unknown(id))?;
        let (tenant, domain) = (found.tenant_id, found.domain.as_deref());
        let owner = store::customers::owner(tx, found.test_clock, tenant, domain).await?;
        let customer = owner.filter(|customer| decides_for(caller, customer.id));
        customer.map(|customer| (found, customer)).ok_or_else(|| unknown(id))
    }

    /// Returns what time it is in a world; a clock that nobody knows is a wrong field.
    async fn now_in(&self, tx: &mut Tx, clock: Option<ClockId>) -> Result<Timestamp, Error> {
        self.clocks.now(tx, clock).await.map_err(|error| match error {
            ClockError::Db(error) => error.into(),
            ClockError::Unknown(clock) => Error::wrong_field(
                "test_clock",
                format!("names testClocks/{clock}, which is not known here; create it first"),
            ),
        })
    }
}

/// Returns where a page ends, for the token of the next one.
pub fn relationship_key(introduced: &Introduced) -> String {
    introduced.relationship.id.to_string()
}

fn unknown(id: RelationshipId) -> Error {
    not_found("Relationship", format!("relationships/{id}"))
}

fn request<'a>(wanted: &Relationship, partner: &Partner) -> Deed<'a> {
    let tenant = wanted.tenant_id.map(|tenant| ("tenant_id".to_owned(), tenant.to_string()));
    let domain = wanted.domain.clone().map(|domain| ("domain".to_owned(), domain));
    Deed {
        action: "RequestRelationship",
        resource: format!("relationships/{}", wanted.id),
        partner: Some(partner.id),
        // Nothing here may tell whether there is one (PAR-14).
        customer: None,
        details: tenant.into_iter().chain(domain).collect(),
    }
}

fn acceptance_of<'a>(accepted: &Relationship, customer: (&'a Customer, Timestamp)) -> Deed<'a> {
    Deed {
        action: "AcceptRelationship",
        resource: format!("relationships/{}", accepted.id),
        partner: Some(accepted.partner),
        customer: Some(customer),
        details: BTreeMap::new(),
    }
}
