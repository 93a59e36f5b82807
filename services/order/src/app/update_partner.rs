//! Changing what operators say of a partner.

use std::collections::BTreeMap;

use access::Caller;
use replay::{Answer, Once};

use super::App;
use super::journal::Deed;
use super::scope::{not_found, unchanged};
use crate::domain::{Partner, UpdatePartner};
use crate::error::Error;
use crate::store;

impl App {
    /// Changes a partner's name, and whether it has signed the agreement (PAR-9). Nothing else of a
    /// partner ever changes.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::StaleEtag`].
    pub async fn update_partner(
        &self,
        once: &Once<Partner>,
        caller: &Caller,
        update: UpdatePartner,
    ) -> Result<Answer<Partner>, Error> {
        let now = self.clocks.real_now();
        let mut tx = self.db.begin().await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let id = update.partner;
        let partner = store::partners::lock(&mut tx, id)
            .await?
            .ok_or_else(|| not_found("Partner", format!("partners/{id}")))?;
        unchanged("partner", once.etag.as_deref(), partner.etag())?;
        let next = partner.updated(&update);
        if once.validate_only {
            return Ok(Answer::Fresh(next));
        }
        if next != partner {
            store::partners::save(&mut tx, &next).await?;
            mailbox::send(&mut tx, &[self.entry(caller, change(&next))], now).await?;
        }
        once.keep(&mut tx, &next).await?;
        tx.commit().await?;
        self.post.notify();
        Ok(Answer::Fresh(next))
    }
}

fn change(partner: &Partner) -> Deed<'_> {
    let signed = partner.facts.has_signed_agreement.to_string();
    Deed {
        action: "UpdatePartner",
        resource: format!("partners/{}", partner.id),
        partner: Some(partner.id),
        customer: None,
        details: BTreeMap::from([
            ("display_name".to_owned(), partner.facts.display_name.clone()),
            ("agreement_signed".to_owned(), signed),
        ]),
    }
}
