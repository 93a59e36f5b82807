//! A publisher's service reports metered usage.

use access::Caller;
use replay::{Answer, Once};

use super::{App, Target};
use crate::domain::{self, Receipt, Usage};
use crate::error::Error;

impl App {
    /// Charges usage (BIL-12).
    ///
    /// # Errors
    ///
    /// What [`domain::record_usage`] refuses.
    pub async fn record_usage(
        &self,
        once: &Once<Receipt>,
        caller: &Caller,
        target: Target,
        usage: Usage,
    ) -> Result<Answer<Receipt>, Error> {
        self.act(once, caller, target, |sub, _, at| Ok(Some(domain::record_usage(sub, usage, at)?)))
            .await
    }
}
