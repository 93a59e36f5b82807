//! A caller lets another reseller own and manage a subscription.

use access::Caller;
use replay::{Answer, Once};
use vocab::PartnerId;

use super::act::within_reach;
use super::{App, Target};
use crate::domain::{self, Receipt};
use crate::error::Error;
use crate::store;

impl App {
    /// Lets another reseller own and manage it, or none. order is asked first whether that one can be
    /// its reseller, with no transaction open.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] (PAR-14), [`Error::PeerRefused`] with what order says against the reseller
    /// (PAR-9), [`Error::PeerUnavailable`] where it says nothing, and what [`domain::assign_reseller`]
    /// refuses.
    pub async fn assign_reseller(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        reseller: Option<PartnerId>,
    ) -> Result<Answer<Receipt>, Error> {
        if let Some(reseller) = reseller
            && let Some(seller) = self.seller_to_ask_for(once, caller, target, reseller).await?
        {
            self.peers.check_reseller(target.0, seller, reseller).await?;
        }
        self.act(once, caller, target, |sub, _, at| Ok(domain::assign_reseller(sub, reseller, at)?))
            .await
    }

    /// Returns who sold it; `None` where there is nothing to ask, as the call was answered before or
    /// it is so already.
    async fn seller_to_ask_for(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        reseller: PartnerId,
    ) -> Result<Option<PartnerId>, Error> {
        let mut tx = self.db.begin_as(caller.reach.sight()).await?;
        if once.answered(&mut tx, self.clocks.real_now()).await?.is_some() {
            return Ok(None);
        }
        let found = store::subscriptions::load(&mut tx, &[target.1]).await?;
        let sub = within_reach(found, caller, target)?;
        Ok((sub.reseller != Some(reseller)).then_some(sub.partner))
    }
}
