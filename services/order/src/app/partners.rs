//! Partners: registering them, reading them.

use std::collections::BTreeMap;

use access::Caller;
use replay::{Answer, Once};
use rpc::Page;
use vocab::PartnerId;

use super::App;
use super::journal::Deed;
use super::scope::{not_found, partner_of};
use crate::domain::{Partner, PartnerDraft};
use crate::error::Error;
use crate::store;

impl App {
    /// Registers a partner.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a provider that is none, or that is not the partner's to have;
    /// [`Error::Rejected`] for one of another cloud (PAR-13).
    pub async fn create_partner(
        &self,
        once: &Once<Partner>,
        caller: &Caller,
        draft: PartnerDraft,
    ) -> Result<Answer<Partner>, Error> {
        let now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let provider = match draft.provider {
            Some(id) => store::partners::load(&mut tx, id).await?,
            None => None,
        };
        draft
            .check_provider(provider.as_ref())
            .map_err(|why| Error::wrong_field("partner.provider", why))?;
        draft.check_cloud(provider.as_ref())?;
        let partner =
            Partner { id: PartnerId(self.ids.uuid()), facts: draft, created_at: now, version: 1 };
        if once.validate_only {
            return Ok(Answer::Fresh(partner));
        }
        store::partners::insert(&mut tx, &partner).await?;
        let letter = self.entry(caller, creation(&partner));
        mailbox::send(&mut tx, &[letter], now).await?;
        once.keep(&mut tx, &partner).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(partner))
    }

    /// Returns a partner: the caller's own, or any for operators.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn get_partner(&self, caller: &Caller, id: PartnerId) -> Result<Partner, Error> {
        let missing = || not_found("Partner", format!("partners/{id}"));
        if partner_of(caller).is_some_and(|own| own != id) {
            return Err(missing());
        }
        let mut tx = self.db.read().await?;
        store::partners::load(&mut tx, id).await?.ok_or_else(missing)
    }

    /// Lists partners, oldest first: one more than the page holds, if there is.
    pub async fn list_partners(&self, page: &Page) -> Result<Vec<Partner>, Error> {
        let after = page.after.as_deref().and_then(|key| key.parse().ok());
        let mut tx = self.db.read().await?;
        Ok(store::partners::list(&mut tx, after, one_more(page)).await?)
    }
}

/// Returns how many rows to read for a page, so that it is known whether another one follows.
pub fn one_more(page: &Page) -> i64 {
    i64::try_from(page.size).unwrap_or(i64::MAX).saturating_add(1)
}

fn creation(partner: &Partner) -> Deed<'_> {
    Deed {
        action: "CreatePartner",
        resource: format!("partners/{}", partner.id),
        partner: Some(partner.id),
        customer: None,
        details: BTreeMap::from([("type".to_owned(), partner.facts.kind.to_string())]),
    }
}
