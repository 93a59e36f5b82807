//! Makes a download link and shows it: the only verb that does.

use std::sync::Arc;

use access::Caller;
use replay::ReplayError;
use tracing::Instrument as _;
use vocab::{CustomerId, DownloadLinkId, RequestId, SubscriptionId, derived_id};

use super::App;
use super::entry::Deed;
use super::purchases::not_found;
use crate::cipher::LinkToken;
use crate::domain::{self, Download, DownloadLink, Live, Purchase, Standing, Wanted};
use crate::error::Error;
use crate::store;

const ACTION: &str = "CreateDownloadLink";

/// Which link is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAsk {
    /// Whose.
    pub customer: CustomerId,
    /// Of which purchase.
    pub purchase: SubscriptionId,
    /// What it shall download.
    pub wanted: Wanted,
    /// The caller's name for this.
    pub request_id: RequestId,
    /// Whether only to check.
    pub validate_only: bool,
}

/// What there is to download with.
#[derive(Debug)]
pub struct Handover {
    /// The link; `None` where there are instructions instead.
    pub link: Option<(DownloadLink, Standing)>,
    /// What opens it; `None` if nothing was made.
    pub token: Option<LinkToken>,
    /// Installation instructions instead of a link (DWN-4).
    pub instructions_uri: Option<String>,
    /// The place of the entry in the audit log, from 0; `None` if nothing was shown.
    pub entry_index: Option<i64>,
}

impl App {
    /// Makes a link and shows it; the same request shows the same link again.
    ///
    /// Each time the read is in the audit log before the link is shown, and every refusal before the
    /// caller learns of it, whether or not the caller waits for the answer. What opens the link is kept
    /// nowhere.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::Rejected`] (CAT-12, CAT-13, DWN-5, SUS-1),
    /// [`Error::CannotAsk`], [`Error::NoOptions`], [`Error::NotRecorded`] (AUD-4), [`Error::Replay`]
    /// (D-28).
    ///
    /// Source: DWN-1..6, AUD-4.
    pub async fn create_download_link(
        self: &Arc<Self>,
        caller: Caller,
        ask: LinkAsk,
    ) -> Result<Handover, Error> {
        let app = self.clone();
        // A task of its own: hanging up does not cut it off.
        let attempt = async move { app.attempt_link(&caller, &ask).await };
        tokio::spawn(attempt.in_current_span()).await?
    }

    async fn attempt_link(&self, caller: &Caller, ask: &LinkAsk) -> Result<Handover, Error> {
        let of = (ask.customer, ask.purchase);
        let (found, outcome) = match self.own_purchase(caller, of).await {
            Ok(purchase) => {
                let outcome = self.hand_over(caller, ask, &purchase).await;
                (Some(purchase), outcome)
            }
            Err(error) => (None, Err(error)),
        };
        if let Err(error) = &outcome {
            let reason = rpc::Classify::reason(error);
            self.record_refusal_of(Deed::at(caller, of, ACTION), found.as_ref(), reason).await?;
        }
        outcome
    }

    async fn hand_over(
        &self,
        caller: &Caller,
        ask: &LinkAsk,
        found: &Purchase,
    ) -> Result<Handover, Error> {
        let of = (ask.customer, ask.purchase);
        let has_instructions =
            !found.fulfilment.download && found.fulfilment.instructions_uri.is_some();
        if !has_instructions {
            domain::may_ask_download(found)?;
        }
        let live = self.live(caller, of).await?;
        domain::may_download(found, &live)?;
        let link = if has_instructions {
            None
        } else {
            Some(self.link(caller, ask, (found, &live)).await?)
        };
        let entry_index = if ask.validate_only {
            None
        } else {
            Some(self.record_link(caller, link.as_ref(), (found, &live)).await?)
        };
        let token = link.as_ref().filter(|_| !ask.validate_only);
        let token = token.map(|link| self.cipher.link_token(link.id));
        let now = self.instant_of(found, &live);
        let instructions_uri =
            found.fulfilment.instructions_uri.clone().filter(|_| has_instructions);
        let link = link.map(|link| {
            let standing = link.standing(live.with(found), now);
            (link, standing)
        });
        Ok(Handover { link, token, instructions_uri, entry_index })
    }

    /// Returns the link of the request: the one that was made for it before, or a new one.
    async fn link(
        &self,
        caller: &Caller,
        ask: &LinkAsk,
        (found, live): (&Purchase, &Live),
    ) -> Result<DownloadLink, Error> {
        let what = format!("{} {ACTION}", caller.key());
        let id = DownloadLinkId(derived_id(ask.request_id.0, &what));
        if let Some(link) = self.made_before(id, ask).await? {
            return Ok(link);
        }
        let offered = self.downloads_of(&found.sku).await?;
        let download = domain::choose(&found.sku, offered, &ask.wanted)?;
        let link = self.new_link(id, download, (found, live));
        if ask.validate_only {
            return Ok(link);
        }
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        // A cancellation comes before or after, and then revokes it.
        let of = (ask.customer, ask.purchase);
        let copy = store::purchases::lock(&mut tx, of).await?.ok_or_else(|| not_found(of))?;
        domain::may_download(&copy, live)?;
        let token_hash = self.cipher.link_token(id).hash();
        let is_new = store::download_links::add(&mut tx, &link, token_hash).await?;
        tx.commit().await?;
        // The same request at the same time was quicker.
        if is_new { Ok(link) } else { Ok(self.made_before(id, ask).await?.unwrap_or(link)) }
    }

    async fn made_before(
        &self,
        id: DownloadLinkId,
        ask: &LinkAsk,
    ) -> Result<Option<DownloadLink>, Error> {
        let mut tx = self.db.read().await?;
        let Some(link) = store::download_links::load(&mut tx, id).await? else { return Ok(None) };
        let is_same = (link.customer, link.purchase) == (ask.customer, ask.purchase)
            && ask.wanted.admits(&link.option);
        if is_same {
            Ok(Some(link))
        } else {
            Err(ReplayError::Reused { request_id: ask.request_id }.into())
        }
    }

    fn new_link(
        &self,
        id: DownloadLinkId,
        Download { option, artifact_uri }: Download,
        (found, live): (&Purchase, &Live),
    ) -> DownloadLink {
        let issued_at = self.instant_of(found, live);
        DownloadLink {
            id,
            customer: found.customer,
            purchase: found.id,
            option,
            artifact_uri,
            policy: self.links.policy.id.to_owned(),
            max_download_count: self.links.policy.max_download_count,
            download_count: 0,
            issued_at,
            expires_at: self.links.policy.expires_at(issued_at),
            revoked_at: None,
        }
    }

    /// Puts on record that a link, or instructions, are shown; returns the entry's place.
    async fn record_link(
        &self,
        caller: &Caller,
        link: Option<&DownloadLink>,
        (found, live): (&Purchase, &Live),
    ) -> Result<i64, Error> {
        let test_clock_at = found.test_clock.map(|_| live.now);
        let of = (found.customer, found.id);
        let mut deed = Deed { test_clock_at, ..Deed::at(caller, of, ACTION).on(found) };
        if let Some(link) = link {
            deed.resource = super::download_links::name_of(link);
            deed.details.insert("option".to_owned(), link.option.to_string());
        }
        let receipt = self.peers.record_now(&self.entry(deed, None)).await;
        Ok(receipt.map_err(Error::NotRecorded)?.index)
    }

    /// Returns the customer's now: a test clock's as lifecycle told it, our own otherwise.
    pub(super) fn instant_of(&self, purchase: &Purchase, live: &Live) -> jiff::Timestamp {
        purchase.test_clock.map_or_else(|| self.clocks.real_now(), |_| live.now)
    }
}
