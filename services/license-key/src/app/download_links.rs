//! Lists download links and revokes them.

use access::Caller;
use db::Tx;
use replay::{Answer, Once};
use rpc::{Classify as _, Page, Pager, name};
use vocab::DownloadLinkId;

use super::App;
use super::entry::Deed;
use super::purchases::{Of, own_purchase_in};
use crate::domain::{DownloadLink, Purchase, Standing};
use crate::error::{Error, Sought};
use crate::store;

const ACTION: &str = "RevokeDownloadLink";

/// A link, and whether it opens.
pub type ShownLink = (DownloadLink, Standing);

impl App {
    /// Returns a page of a purchase's links, the newest first, and the token of the next page.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14).
    pub async fn list_download_links(
        &self,
        caller: &Caller,
        of: Of,
        (pager, page): (&Pager<'_>, &Page),
    ) -> Result<(Vec<ShownLink>, String), Error> {
        let mut tx = self.db.read_as(caller.reach.sight()).await?;
        let purchase = own_purchase_in(&mut tx, caller, of).await?;
        let now = self.now_of(&mut tx, purchase.test_clock).await?;
        let rows = store::download_links::page(&mut tx, of, page).await?;
        tx.commit().await?;
        let (links, next) = pager.cut(page, rows, store::download_links::page_key);
        let shown = links.into_iter().map(|link| {
            let standing = link.standing(purchase.state, now);
            (link, standing)
        });
        Ok((shown.collect(), next))
    }

    /// Revokes a link; one that was revoked stays as it is. A refused attempt is on record before the
    /// caller learns of it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Replay`] (D-28).
    ///
    /// Source: DWN-5, AUD-4.
    pub async fn revoke_download_link(
        &self,
        once: &Once<ShownLink>,
        caller: &Caller,
        link: (Of, DownloadLinkId),
    ) -> Result<Answer<ShownLink>, Error> {
        let outcome = self.revoke_link(once, caller, link).await;
        if let Err(error) = &outcome {
            let deed = Deed { resource: name(link), ..Deed::at(caller, link.0, ACTION) };
            self.record_refusal_of(deed, None, error.reason()).await?;
        }
        outcome
    }

    async fn revoke_link(
        &self,
        once: &Once<ShownLink>,
        caller: &Caller,
        (of, id): (Of, DownloadLinkId),
    ) -> Result<Answer<ShownLink>, Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if let Some(answer) = once.answered(&mut tx, self.clocks.real_now()).await? {
            return Ok(answer);
        }
        let (mut link, purchase) = own_link(&mut tx, caller, (of, id)).await?;
        let now = self.now_of(&mut tx, purchase.test_clock).await?;
        if link.revoked_at.is_none() {
            link.revoked_at = Some(now);
            store::download_links::revoke(&mut tx, id, now).await?;
            let test_clock_at = purchase.test_clock.map(|_| now);
            let deed = Deed::at(caller, of, ACTION).on(&purchase);
            let deed = Deed { resource: name((of, id)), test_clock_at, ..deed };
            self.write(&mut tx, &self.entry(deed, None)).await?;
        }
        let standing = link.standing(purchase.state, now);
        let shown = (link, standing);
        if once.validate_only {
            return Ok(Answer::Fresh(shown));
        }
        once.keep(&mut tx, &shown).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(Answer::Fresh(shown))
    }
}

async fn own_link(
    tx: &mut Tx,
    caller: &Caller,
    (of, id): (Of, DownloadLinkId),
) -> Result<(DownloadLink, Purchase), Error> {
    let not_found = || Error::NotFound { what: Sought::DownloadLink(of, id) };
    let link = store::download_links::lock(tx, id).await?;
    let link = link.filter(|link| (link.customer, link.purchase) == of).ok_or_else(not_found)?;
    match own_purchase_in(tx, caller, of).await {
        Ok(purchase) => Ok((link, purchase)),
        Err(Error::NotFound { .. }) => Err(not_found()),
        Err(error) => Err(error),
    }
}

fn name((of, id): (Of, DownloadLinkId)) -> String {
    name::DownloadLink(name::Subscription(of.0, of.1), id).to_string()
}

/// Returns a link's name.
pub(super) fn name_of(link: &DownloadLink) -> String {
    name(((link.customer, link.purchase), link.id))
}
