//! A caller cancels a subscription.

use access::Caller;
use replay::{Answer, Once};

use super::{App, Target};
use crate::domain::{self, Receipt, Subscription};
use crate::error::Error;

impl App {
    /// Cancels at once and for ever, with the credit that its policy gives.
    ///
    /// # Errors
    ///
    /// [`Error::RoleRequired`] (CAN-7), and what [`domain::cancel`] refuses.
    pub async fn cancel(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        is_acknowledged: bool,
    ) -> Result<Answer<Receipt>, Error> {
        let is_admin_agent = caller.is_admin_agent();
        self.act(once, caller, target, |sub, _, at| {
            check_role(sub, is_admin_agent)?;
            Ok(Some(domain::cancel(sub, is_acknowledged, at)?))
        })
        .await
    }
}

/// Software is cancelled by an Admin agent. Source: CAN-7.
pub(super) fn check_role(sub: &Subscription, is_admin_agent: bool) -> Result<(), Error> {
    if domain::needs_admin_agent(sub.product.kind) && !is_admin_agent {
        return Err(Error::RoleRequired { role: "ADMIN_AGENT" });
    }
    Ok(())
}
