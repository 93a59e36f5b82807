//! A caller says how often the rest of the term is charged.

use access::Caller;
use replay::{Answer, Once};
use vocab::BillingCycle;

use super::act::Needs;
use super::{App, Target};
use crate::domain::{self, Receipt};
use crate::error::Error;

impl App {
    /// Lets the next charge change the billing frequency (TRM-9).
    ///
    /// # Errors
    ///
    /// What [`domain::change_billing`] refuses.
    pub async fn change_billing(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        billing: BillingCycle,
    ) -> Result<Answer<Receipt>, Error> {
        let needs = Needs { plans: true, ..Needs::default() };
        self.act_with(once, caller, target, needs, |sub, prices, at| {
            Ok(domain::change_billing(sub, billing, prices, at)?)
        })
        .await
    }
}
