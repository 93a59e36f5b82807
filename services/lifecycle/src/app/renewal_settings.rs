//! A caller says what happens at the term's end ("manage renewal").

use access::Caller;
use replay::{Answer, Once};

use super::act::Needs;
use super::{App, Target};
use crate::domain::{self, Receipt, ScheduledSet};
use crate::error::Error;

impl App {
    /// Switches auto-renew (REN-3).
    ///
    /// # Errors
    ///
    /// What [`domain::set_auto_renew`] refuses.
    pub async fn set_auto_renew(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        is_on: bool,
    ) -> Result<Answer<Receipt>, Error> {
        self.act(once, caller, target, |sub, _, at| Ok(domain::set_auto_renew(sub, is_on, at)?))
            .await
    }

    /// Saves what the next renewal shall change (SCH-1, SCH-3).
    ///
    /// # Errors
    ///
    /// What [`domain::schedule`] refuses, and [`Error::CatalogAway`] where the catalog must be asked.
    pub async fn schedule(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        wanted: ScheduledSet,
    ) -> Result<Answer<Receipt>, Error> {
        if let Some(answer) = self.replayed(once).await? {
            return Ok(answer);
        }
        let wanted = self.with_path(caller, target, wanted).await?;
        self.schedule_by(once, caller, target, wanted).await
    }

    /// As [`Self::schedule`], by what the catalog said.
    pub(crate) async fn schedule_by(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        wanted: ScheduledSet,
    ) -> Result<Answer<Receipt>, Error> {
        let needs = Needs {
            offer: wanted.offer.clone(),
            limits: wanted.quantity.is_some() || wanted.path.is_some(),
            another_sku: wanted.path.is_some(),
            ends: wanted.co_term.is_some(),
            ..Needs::default()
        };
        self.act_with(once, caller, target, needs, |sub, prices, at| {
            Ok(domain::schedule(sub, &wanted, prices, at)?)
        })
        .await
    }

    /// Drops what was saved (SCH-3).
    ///
    /// # Errors
    ///
    /// What [`domain::remove_scheduled`] refuses.
    pub async fn remove_scheduled(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
    ) -> Result<Answer<Receipt>, Error> {
        self.act(once, caller, target, |sub, _, at| Ok(domain::remove_scheduled(sub, at)?)).await
    }
}
