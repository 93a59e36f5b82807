//! A caller sets the number of seats.

use access::Caller;
use replay::{Answer, Once};

use super::{App, Target};
use crate::domain::{self, Receipt};
use crate::error::Error;

impl App {
    /// Sets the total number of seats (SEA-4).
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
        self.act(once, caller, target, |sub, _, at| Ok(domain::change_quantity(sub, total, at)?))
            .await
    }
}
