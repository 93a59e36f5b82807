//! A caller sets the number of seats.

use access::Caller;
use replay::{Answer, Once};

use super::act::Needs;
use super::{App, Target};
use crate::domain::{self, Receipt};
use crate::error::Error;

impl App {
    /// Sets the total number of seats (SEA-4), under the customer's lock (CAT-9, QTY-1, QTY-2).
    ///
    /// # Errors
    ///
    /// What [`domain::change_quantity`] refuses.
    pub async fn change_quantity(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        total: i64,
    ) -> Result<Answer<Receipt>, Error> {
        let needs = Needs { limits: true, ..Needs::default() };
        self.act_with(once, caller, target, needs, |sub, _, at| {
            Ok(domain::change_quantity(sub, total, at)?)
        })
        .await
    }
}
