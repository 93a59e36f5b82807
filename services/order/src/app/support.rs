//! Requests for support: filing, reading, adding to them, taking them back.

use std::collections::BTreeMap;

use access::{Caller, Reach};
use db::Tx;
use jiff::Timestamp;
use replay::{Answer, Once};
use rpc::{Page, name};
use vocab::SupportRequestId;

use super::App;
use super::journal::Deed;
use super::orders::own_order;
use super::partners::one_more;
use super::scope::{not_found, partner_of, unchanged};
use crate::domain::{
    CreateSupportRequest, Customer, IssueType, Note, Partner, Rejection, SupportListing,
    SupportRequest, SupportedPurchase,
};
use crate::error::Error;
use crate::store;

impl App {
    /// Returns how many bytes the files of one request may have in all.
    pub const fn attachment_bytes_max(&self) -> usize {
        self.policy.attachment_bytes_max
    }

    /// Files a request for support. Redundant licences are checked against the term that lifecycle
    /// tells, which is asked without an open transaction.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a customer or a purchase that is not the caller's (PAR-14);
    /// [`Error::Rejected`] (PAR-1, DUP-1); [`Error::Invalid`] if the description names another
    /// customer; [`Error::PeerUnavailable`].
    ///
    /// Source: SUP-1, SUP-2, DUP-1.
    pub async fn create_support_request(
        &self,
        once: &Once<SupportRequest>,
        caller: &Caller,
        command: CreateSupportRequest,
    ) -> Result<Answer<SupportRequest>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        let (partner, customer) = self.check_filing(&mut tx, caller, &command).await?;
        if !self.is_known(&mut tx, &partner, &command).await? {
            // Claimed again once there is an answer.
            drop(tx);
            self.check_standing(&partner, &command).await?;
            tx = self.db.begin_as(caller.reach.sight()).await?;
            if let Some(answer) = once.answered(&mut tx, real_now).await? {
                return Ok(answer);
            }
        }
        let now = self.now_of(&mut tx, &customer).await?;
        let CreateSupportRequest { facts, attachments, .. } = command;
        let request = SupportRequest {
            id: SupportRequestId(self.ids.uuid()),
            customer: customer.id,
            partner: partner.id,
            author: caller.subject.clone(),
            facts,
            attachments,
            notes: Vec::new(),
            created_at: now,
            pending: None,
            closing: None,
            version: i64::from(!once.validate_only),
        };
        if once.validate_only {
            return Ok(Answer::Fresh(request));
        }
        store::support::insert(&mut tx, &request).await?;
        let issue = ("issue_type", request.facts.issue_type.to_string());
        let deed = deed("CreateSupportRequest", &request, (&customer, now), [issue]);
        mailbox::send(&mut tx, &[self.entry(caller, deed)], real_now).await?;
        once.keep(&mut tx, &request).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(request))
    }

    /// Returns a request for support, with what is in its files.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn get_support_request(
        &self,
        caller: &Caller,
        name: name::SupportRequest,
    ) -> Result<SupportRequest, Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        self.customer(&mut tx, caller, name.0).await?;
        let found = store::support::load(&mut tx, name.0, name.1).await?;
        let mut request = own_request(caller, found, name)?;
        store::support::read_contents(&mut tx, &mut request).await?;
        Ok(request)
    }

    /// Lists requests for support, newest first: one more than the page holds, if there is.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a customer that is not the caller's (PAR-14), [`Error::Page`].
    pub async fn list_support_requests(
        &self,
        caller: &Caller,
        listing: SupportListing,
        page: &Page,
    ) -> Result<Vec<SupportRequest>, Error> {
        let before =
            page.after.as_deref().map(str::parse).transpose().map_err(|_| rpc::PageError)?;
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        if let Some(customer) = listing.customer {
            self.customer(&mut tx, caller, customer).await?;
        }
        let partner = partner_of(caller);
        Ok(store::support::list(&mut tx, listing, partner, before, one_more(page)).await?)
    }

    /// Appends a note to a request for support; the partner's people and operators write to each
    /// other this way.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::StaleEtag`], [`Error::Rejected`] (PAR-1, SUP-2, SUP-4).
    pub async fn add_note(
        &self,
        once: &Once<SupportRequest>,
        caller: &Caller,
        name: name::SupportRequest,
        text: String,
    ) -> Result<Answer<SupportRequest>, Error> {
        self.amend(once, caller, name, "AddNote", |request, now| {
            request.noted(Note { author: caller.subject.clone(), noted_at: now, text })
        })
        .await
    }

    /// Takes a request for support back.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::StaleEtag`], [`Error::Rejected`] (PAR-1, SUP-4).
    pub async fn close_support_request(
        &self,
        once: &Once<SupportRequest>,
        caller: &Caller,
        name: name::SupportRequest,
        reason: String,
    ) -> Result<Answer<SupportRequest>, Error> {
        self.amend(once, caller, name, "CloseSupportRequest", |request, now| {
            request.withdrawn(reason, caller.subject.clone(), now)
        })
        .await
    }

    /// Lets `verb` change one request, in one transaction.
    async fn amend(
        &self,
        once: &Once<SupportRequest>,
        caller: &Caller,
        name: name::SupportRequest,
        action: &'static str,
        verb: impl FnOnce(&SupportRequest, Timestamp) -> Result<SupportRequest, Rejection> + Send,
    ) -> Result<Answer<SupportRequest>, Error> {
        let real_now = self.clocks.real_now();
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, real_now).await? {
            return Ok(answer);
        }
        if caller.reach != Reach::All {
            self.seller(&mut tx, caller).await?;
        }
        let customer = self.customer(&mut tx, caller, name.0).await?;
        let now = self.now_of(&mut tx, &customer).await?;
        let found = store::support::lock(&mut tx, name.0, name.1).await?;
        let request = own_request(caller, found, name)?;
        unchanged("support request", once.etag.as_deref(), request.etag())?;
        let next = verb(&request, now)?;
        if once.validate_only {
            return Ok(Answer::Fresh(next));
        }
        store::support::save(&mut tx, &next, request.notes.len()).await?;
        let deed = deed(action, &next, (&customer, now), []);
        mailbox::send(&mut tx, &[self.entry(caller, deed)], real_now).await?;
        once.keep(&mut tx, &next).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(next))
    }

    /// Checks who files for whom (PAR-1, PAR-14), and that the description means the same customer.
    async fn check_filing(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &CreateSupportRequest,
    ) -> Result<(Partner, Customer), Error> {
        let partner = self.seller(tx, caller).await?;
        let customer = self.customer(tx, caller, command.customer).await?;
        if !customer.is_meant_by(&command.facts.named_customer) {
            return Err(Error::wrong_field(
                "support_request.description.customer",
                "is not the parent: give its name, its tenant's GUID or its domain",
            ));
        }
        if let SupportedPurchase::Order(id) = command.facts.purchase {
            let found = store::orders::load(tx, customer.id, id).await?;
            own_order(caller, found, customer.id, id)?;
        }
        Ok((partner, customer))
    }

    /// Whether nothing has to be asked of lifecycle: it alone knows terms, and subscriptions that no
    /// order of this service started.
    async fn is_known(
        &self,
        tx: &mut Tx,
        partner: &Partner,
        command: &CreateSupportRequest,
    ) -> Result<bool, Error> {
        let SupportedPurchase::Subscription(id) = command.facts.purchase else { return Ok(true) };
        if command.facts.issue_type == IssueType::RedundantLicenses {
            return Ok(false);
        }
        Ok(store::support::is_known(tx, command.customer, id, partner.id).await?)
    }

    async fn check_standing(
        &self,
        partner: &Partner,
        command: &CreateSupportRequest,
    ) -> Result<(), Error> {
        let SupportedPurchase::Subscription(id) = command.facts.purchase else { return Ok(()) };
        let name = name::Subscription(command.customer, id);
        let standing = self.lifecycle.standing(name).await?;
        let standing = standing
            .filter(|standing| standing.partner == partner.id)
            .ok_or_else(|| not_found("Subscription", name.to_string()))?;
        if command.facts.issue_type == IssueType::RedundantLicenses {
            standing.check_redundancy()?;
        }
        Ok(())
    }
}

/// Returns the request if the caller reaches it (PAR-14).
pub(super) fn own_request(
    caller: &Caller,
    found: Option<SupportRequest>,
    name: name::SupportRequest,
) -> Result<SupportRequest, Error> {
    let own = partner_of(caller);
    found
        .filter(|request| own.is_none_or(|own| own == request.partner))
        .ok_or_else(|| not_found("SupportRequest", name.to_string()))
}

/// Returns what the log says of something done to a request: none of its words.
pub(super) fn deed<'a, const N: usize>(
    action: &'static str,
    request: &SupportRequest,
    customer: (&'a Customer, Timestamp),
    details: [(&'static str, String); N],
) -> Deed<'a> {
    Deed {
        action,
        resource: name::SupportRequest(request.customer, request.id).to_string(),
        partner: Some(request.partner),
        customer: Some(customer),
        details: BTreeMap::from(details.map(|(name, value)| (name.to_owned(), value))),
    }
}
