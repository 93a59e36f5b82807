//! A caller sets the number of seats.

use access::Caller;
use replay::{Answer, Once};

use super::act::Needs;
use super::{App, Target};
use crate::domain::{self, AddOnWish, Receipt};
use crate::error::Error;

impl App {
    /// Sets the total number of seats (SEA-4), and of a legacy base those of its add-ons (ADD-1), under
    /// the customer's lock (CAT-9, QTY-1, QTY-2).
    ///
    /// # Errors
    ///
    /// What [`domain::change_quantity`] and [`domain::set_add_ons`] refuse.
    pub async fn change_quantity(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        (total, add_ons): (i64, Vec<AddOnWish>),
    ) -> Result<Answer<Receipt>, Error> {
        let needs = Needs { limits: true, add_ons, ..Needs::default() };
        let verb = self.act_with(once, caller, target, needs, |sub, _, at| {
            Ok(domain::change_quantity(sub, total, at)?)
        });
        Box::pin(verb).await
    }
}
