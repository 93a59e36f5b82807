//! Opens a download link: counts the download and says where the artifact lies.

use jiff::Timestamp;

use super::App;
use super::download_links::name_of;
use super::entry::Deed;
use crate::cipher::LinkToken;
use crate::domain::{self, DownloadLink, LinkPolicy, Live, Purchase, Standing};
use crate::error::Error;
use crate::store;

/// Whoever opens a link says nothing of who it is.
const ACTOR: &str = "unknown";

/// What comes of opening a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It leads here. Not so for those who only look: nothing was counted for them.
    To(String),
    /// It would open.
    Valid,
    /// It does not open (any more).
    Gone(Standing),
    /// There is no such link.
    Unknown,
}

/// Returns what a path would open a link with; `None` for a path in which nothing can be that.
///
/// Source: DWN-2.
pub fn sent_in(path: &str) -> Option<LinkToken> {
    domain::token_of(path).map(LinkToken::sent)
}

impl App {
    /// Opens a link. A download is counted and on record before anybody learns where the artifact lies.
    ///
    /// Whether the purchase is live is asked of lifecycle each time, so that no link opens after a
    /// cancellation was confirmed. With `is_look` nothing is counted and nothing shown.
    ///
    /// # Errors
    ///
    /// [`Error::CannotAsk`]; nothing was then counted.
    ///
    /// Source: DWN-2, DWN-5, TRP-48..50.
    pub async fn download(&self, token: &LinkToken, is_look: bool) -> Result<Opened, Error> {
        let Some((link, purchase)) = self.link_of(token).await? else { return Ok(Opened::Unknown) };
        let asked = self.peers.check_purchase(link.customer, link.purchase).await;
        let Some(live) = asked.map_err(Error::CannotAsk)? else { return Ok(Opened::Unknown) };
        let now = self.instant_of(&purchase, &live);
        let standing = link.standing(live.with(&purchase), now);
        match (standing == Standing::Valid, is_look) {
            (true, true) => Ok(Opened::Valid),
            (true, false) => self.count(&link, (&purchase, &live), now).await,
            (false, true) => Ok(Opened::Gone(standing)),
            (false, false) => self.gone(&link, &purchase, standing).await,
        }
    }

    async fn link_of(&self, token: &LinkToken) -> Result<Option<(DownloadLink, Purchase)>, Error> {
        let mut tx = self.db.read().await?;
        let link = store::download_links::opened_by(&mut tx, token.hash()).await?;
        let Some(link) = link else { return Ok(None) };
        let purchase = store::purchases::load(&mut tx, (link.customer, link.purchase)).await?;
        Ok(purchase.map(|purchase| (link, purchase)))
    }

    /// Counts a download, unless others took the last one, or somebody revoked the link, in the
    /// meantime.
    async fn count(
        &self,
        link: &DownloadLink,
        (purchase, live): (&Purchase, &Live),
        now: Timestamp,
    ) -> Result<Opened, Error> {
        let from_first = LinkPolicy::named(&link.policy).map(|row| row.expires_from_first(now));
        let mut tx = self.db.begin().await?;
        if !store::download_links::count(&mut tx, link.id, now, from_first).await? {
            drop(tx);
            return self.lost(link, (purchase, live), now).await;
        }
        let deed = Deed { test_clock_at: purchase.test_clock.map(|_| now), ..deed(link) };
        self.write(&mut tx, &self.entry(deed.on(purchase), None)).await?;
        tx.commit().await?;
        self.nudge.notify();
        Ok(Opened::To(link.artifact_uri.clone()))
    }

    async fn lost(
        &self,
        link: &DownloadLink,
        (purchase, live): (&Purchase, &Live),
        now: Timestamp,
    ) -> Result<Opened, Error> {
        let mut tx = self.db.read().await?;
        let Some(link) = store::download_links::load(&mut tx, link.id).await? else {
            return Ok(Opened::Unknown);
        };
        drop(tx);
        let standing = link.standing(live.with(purchase), now);
        self.gone(&link, purchase, standing).await
    }

    /// That somebody tried is on record once a minute (T-148): whoever has a dead link can go on trying
    /// for ever.
    async fn gone(
        &self,
        link: &DownloadLink,
        purchase: &Purchase,
        standing: Standing,
    ) -> Result<Opened, Error> {
        let reason = standing.reason().unwrap_or("CONFLICT");
        let thing = format!("{} {reason}", link.id);
        if let Some(again) = self.dead_links.say(&thing, self.clocks.real_now()) {
            let deed = Deed { details: again.counts(), ..deed(link) };
            self.record_refusal_of(deed, Some(purchase), reason).await?;
        }
        Ok(Opened::Gone(standing))
    }
}

fn deed(link: &DownloadLink) -> Deed {
    Deed {
        actor: ACTOR.to_owned(),
        action: "DownloadSoftware".to_owned(),
        resource: name_of(link),
        ..Deed::default()
    }
}
